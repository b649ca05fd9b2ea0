/** `if`, loops, `case`, groups, subshells, functions and `[[ ]]` (POSIX 2.9.4). */
import type { Case, CommandNode, CompoundList, For, If, While } from 'unbash';
import { evaluate } from './arithmetic';
import { conditionContext } from './builtins';
import { arithmeticWord, expandPattern, expandText, expandWord } from './expand-word';
import { knownFields } from './known-fields';
import { matchesPattern } from './pattern-match';
import { departure, type ShellState } from './shell-state';
import { redirectionOf } from './simple-command';
import { isKnown } from './stand-in';
import { testTree } from './test-condition';
import { type Frame, type Outcome, succeeded } from './walk-types';
import type { Branch, Walker } from './walker';

/** Runs a command that is not a simple one. */
export function runCompound(
  node: Exclude<CommandNode, { readonly type: 'Command' }>,
  state: ShellState,
  frame: Frame,
  walker: Walker,
): Outcome {
  switch (node.type) {
    case 'BraceGroup':
      return walker.statements(node.body.commands, state, deeper(frame));
    case 'Subshell': {
      const outcome = walker.statements(node.body.commands, state.copy(), deeper(frame));
      return { status: outcome.status, flow: 'next' };
    }
    case 'Redirected':
      return redirected(node, state, frame, walker);
    case 'Function':
      state.functions.set(node.name.text, node.body);
      return succeeded;
    case 'If':
      return runIf(node, state, frame, walker);
    case 'Case':
      return runCase(node, state, frame, walker);
    case 'For':
      return runFor(node, state, frame, walker);
    case 'While':
      return runWhile(node, state, frame, walker, undefined);
    case 'ArithmeticFor':
    case 'Select':
      return repeat(node.body, state, frame, walker);
    case 'Coproc':
      if (node.body.type !== 'CompoundList' && node.body.type !== 'Command') {
        runCompound(node.body, state.copy(), { ...deeper(frame), must: 'no' }, walker);
      }
      return succeeded;
    case 'TestCommand': {
      const context = walker.expansion(state, frame);
      const value = testTree(
        node.expression,
        (word) => expandText(word, context),
        (word) => expandPattern(word, context),
        conditionContext({ state }, walker),
      );
      return { status: value ?? 'unknown', flow: 'next' };
    }
    case 'ArithmeticCommand': {
      const value = evaluate(node.expression, (word) => arithmeticWord(word, state));
      for (const [, name] of node.body.matchAll(
        /([A-Za-z_]\w*)\s*(?:\+\+|--|[-+*/%]?=(?!=))|(?:\+\+|--)([A-Za-z_]\w*)/g,
      )) {
        if (name !== undefined) state.set(name, walker.freshMark(name));
      }
      return { status: value === undefined ? 'unknown' : value !== 0, flow: 'next' };
    }
  }
}

function deeper(frame: Frame): Frame {
  return { ...frame, depth: frame.depth + 1 };
}

function redirected(
  node: Extract<CommandNode, { readonly type: 'Redirected' }>,
  state: ShellState,
  frame: Frame,
  walker: Walker,
): Outcome {
  const context = walker.expansion(state, frame);
  const all = node.redirects.map((part) => redirectionOf(part, context));
  const outputs = all.filter((part) => /^&?>/.test(part.operator));
  const input = all.findLast((part) => part.operator.startsWith('<'));
  const inner: Frame =
    outputs.length === 0 ? frame : { ...frame, shared: { list: [...(frame.shared?.list ?? []), ...outputs] } };
  if (node.command.type === 'While' && input !== undefined) {
    const path = input.target?.value;
    const text =
      input.input ?? (input.operator === '<' && path !== undefined ? walker.readFrom(path, state) : undefined);
    return runWhile(node.command, state, deeper(inner), walker, text);
  }
  return runCompound(node.command, state, deeper(inner), walker);
}

function failsStep(branch: Branch): boolean {
  return branch.outcome.flow === 'exit' && branch.outcome.status === false;
}

/** Branches that may be the one that runs when the step succeeds; all of them when each would fail it. */
function possible(branches: readonly Branch[]): readonly Branch[] {
  const left = branches.filter((branch) => !failsStep(branch));
  return left.length > 0 ? left : branches;
}

function runIf(node: If, state: ShellState, frame: Frame, walker: Walker): Outcome {
  const clauses: readonly Pick<If, 'clause' | 'then'>[] = [node, ...node.elif];
  const taken: Branch[] = [];
  const body = (list: CompoundList | undefined): Branch =>
    walker.branch(state, (inner) =>
      list === undefined ? succeeded : walker.statements(list.commands, inner, deeper(frame)),
    );
  for (const { clause, then } of clauses) {
    const test = walker.statements(clause.commands, state, { ...deeper(frame), must: 'no', condition: true });
    if (test.flow !== 'next') return test;
    if (test.status === false) continue;
    if (test.status === true) {
      if (taken.length === 0) return walker.statements(then.commands, state, deeper(frame));
      taken.push(body(then));
      return finish(taken, state, walker);
    }
    taken.push(body(then));
  }
  if (taken.length === 0) {
    return node.else === undefined ? succeeded : walker.statements(node.else.commands, state, deeper(frame));
  }
  taken.push(body(node.else));
  return finish(taken, state, walker);
}

function finish(branches: readonly Branch[], state: ShellState, walker: Walker): Outcome {
  return walker.alternatives(possible(branches), state, false, true);
}

function runCase(node: Case, state: ShellState, frame: Frame, walker: Walker): Outcome {
  const context = walker.expansion(state, frame);
  const word = expandText(node.word, context);
  const branches: Branch[] = [];
  let complete = false;
  for (const item of node.items) {
    const patterns = item.pattern.map((pattern) => expandPattern(pattern, context));
    const matches = patterns.map((pattern) => matchOf(pattern, word));
    if (matches.every((match) => match === false)) continue;
    const sure = matches.includes(true);
    if (sure && branches.length === 0) return walker.statements(item.body.commands, state, deeper(frame));
    branches.push(walker.branch(state, (inner) => walker.statements(item.body.commands, inner, deeper(frame))));
    if (sure) {
      complete = true;
      break;
    }
  }
  if (branches.length === 0) return succeeded;
  if (!complete) branches.push(walker.branch(state, () => succeeded));
  return finish(branches, state, walker);
}

function matchOf(pattern: string, word: string): boolean | undefined {
  if (pattern === '*') return true;
  return isKnown(word) && isKnown(pattern) ? matchesPattern(pattern, word) : word === pattern ? true : undefined;
}

function runFor(node: For, state: ShellState, frame: Frame, walker: Walker): Outcome {
  const context = walker.expansion(state, frame);
  const fields =
    node.wordlist === undefined
      ? state.positional?.map((value) => ({ text: value, value, pattern: false }))
      : node.wordlist.flatMap((word) => expandWord(word, context));
  const name = node.name.text;
  if (fields === undefined || !knownFields(fields)) {
    state.set(name, walker.freshMark(name));
    return repeat(node.body, state, frame, walker);
  }
  let outcome: Outcome = succeeded;
  for (const field of fields) {
    state.set(name, field.value);
    outcome = walker.statements(node.body.commands, state, loopFrame(frame));
    if (outcome.flow === 'break') break;
    if (outcome.flow === 'return' || outcome.flow === 'exit') return outcome;
  }
  leaveLoop(state);
  return { status: outcome.status, flow: 'next' };
}

function loopFrame(frame: Frame): Frame {
  return { ...deeper(frame), must: 'no' };
}

function leaveLoop(state: ShellState): void {
  if (state.mayHaveLeft === departure.loop) state.mayHaveLeft = departure.none;
}

function runWhile(node: While, state: ShellState, frame: Frame, walker: Walker, given: string | undefined): Outcome {
  const text = given ?? walker.pipedText(frame);
  const reader = text === undefined ? undefined : readerOf(node);
  if (text !== undefined && reader !== undefined) {
    let outcome: Outcome = succeeded;
    for (const line of text
      .replace(/\n$/, '')
      .split('\n')
      .slice(0, text === '' ? 0 : 1_000)) {
      const parts = line.trim().split(/\s+/);
      for (const [index, name] of reader.entries()) {
        state.set(name, index === reader.length - 1 ? parts.slice(index).join(' ') : (parts[index] ?? ''));
      }
      outcome = walker.statements(node.body.commands, state, { ...loopFrame(frame), input: undefined });
      if (outcome.flow === 'break') break;
      if (outcome.flow === 'return' || outcome.flow === 'exit') return outcome;
    }
    leaveLoop(state);
    return { status: outcome.status, flow: 'next' };
  }
  const before = state.copy();
  const changes = walker.branch(before, (inner) => walker.statements(node.body.commands, inner, loopFrame(frame)));
  const test = walker.statements(node.clause.commands, state, { ...deeper(frame), must: 'no', condition: true });
  if (test.status === (node.kind === 'until')) return succeeded;
  if (node.kind === 'until' && test.status === 'assumed') {
    // A command that is tried until it succeeds has run once when it is done; what is done between two tries need not run.
    state.mergeWith(changes.state);
  }
  return repeat(node.body, state, { ...frame, input: undefined }, walker);
}

/** The variables of `while read NAME …`, when that is all the condition. */
function readerOf(node: While): readonly string[] | undefined {
  const [statement, ...others] = node.clause.commands;
  const command = statement?.command;
  if (others.length > 0 || command?.type !== 'Command' || command.name?.text !== 'read') return undefined;
  const names = command.args.map((part) => part.text).filter((word) => !/^-r?$/.test(word));
  return names.every((name) => /^[A-Za-z_]\w*$/.test(name)) ? names : undefined;
}

/** A loop that runs any number of times: what it changes is not known, neither inside nor behind it. */
function repeat(body: CompoundList, state: ShellState, frame: Frame, walker: Walker): Outcome {
  const inner: Frame = { ...loopFrame(frame), occurrence: 'repeats' };
  const first = walker.branch(state, (copy) => walker.statements(body.commands, copy, inner));
  state.mergeWith(first.state);
  const again = walker.branch(state, (copy) => walker.statements(body.commands, copy, inner));
  walker.keep(again, 'repeats');
  state.mergeWith(again.state);
  leaveLoop(state);
  if (again.outcome.flow === 'exit' || again.outcome.flow === 'return') {
    state.mayHaveLeft = again.outcome.flow === 'exit' ? departure.script : departure.function;
  }
  return { status: 'assumed', flow: 'next' };
}
