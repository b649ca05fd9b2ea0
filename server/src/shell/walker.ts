/** Follows a script through its lists, pipelines and substitutions, and writes down the commands that it runs. */
import type { AndOr, CommandExpansionPart, CommandNode, PipelineNode, Script, Statement } from 'unbash';
import { t } from '../localize';
import { absolutePath } from './builtins';
import type { Span } from './commands';
import { runCompound } from './compound';
import { executeProgram } from './execute';
import type { ExpansionContext, Field } from './expand-word';
import type { ScriptSurroundings } from './interpret';
import type { OutputContext } from './known-output';
import { knownInput, knownOutput, printedTogether } from './known-output';
import { parseScript } from './parsed';
import { ScriptFiles } from './script-files';
import { departure, type ShellState } from './shell-state';
import { commandOf, runSimple } from './simple-command';
import { standInFor } from './stand-in';
import { outputName, substitutedText } from './substitution';
import type { Occurrence, RunCommand, RunScript } from './types';
import { type Call, type Frame, type Outcome, succeeded, type Walking } from './walk-types';

const maximumSteps = 8_000;
const maximumCommands = 3_000;
const maximumDepth = 40;

/** What a branch did: its outcome, the state it left and the commands it ran. */
export interface Branch {
  readonly outcome: Outcome;
  readonly state: ShellState;
  readonly commands: readonly RunCommand[];
  readonly reasons: readonly string[];
}

export class Walker implements Walking {
  private readonly commands: RunCommand[] = [];
  private readonly reasons: string[] = [];
  private readonly files: ScriptFiles;
  private steps = 0;
  private marks = 0;
  private branches = 0;
  private readonly output: OutputContext;

  constructor(
    private readonly surroundings: ScriptSurroundings,
    inlineFiles: readonly { readonly name: string; readonly content: string }[],
  ) {
    this.files = new ScriptFiles(surroundings, inlineFiles);
    this.output = {
      readText: (path) => this.files.readText(path),
      platform: surroundings.platform,
      shIsDash: surroundings.sh === undefined ? undefined : surroundings.sh === 'dash',
    };
  }

  /** Runs the words of a step; `script`: its text when it is in the shell form, for the offsets. */
  start(words: readonly Field[], state: ShellState, script: string | undefined): void {
    const frame: Frame = { occurrence: 'runs', must: 'chain', condition: false, pipedOut: false, depth: 0 };
    const span = { start: 0, end: script?.length ?? words.reduce((sum, word) => sum + word.value.length + 1, 0) };
    this.execute({ words, redirections: [], span, frame, state });
  }

  result(): RunScript {
    const unknown = [...new Set(this.reasons)];
    return {
      commands: this.commands,
      unknown,
      ...(this.files.pending.size > 0 && { pending: [...this.files.pending] }),
    };
  }

  unknown(reason: string): void {
    this.reasons.push(reason);
  }

  freshMark(name: string): string {
    this.marks += 1;
    return standInFor(`${name}.${this.marks}`);
  }

  readText(path: string): string | undefined {
    return this.files.readText(path);
  }

  exists(path: string): boolean | undefined {
    return this.files.exists(path);
  }

  hasProgram(name: string): boolean | undefined {
    return this.files.hasProgram(name);
  }

  /** Text of a file named in a redirection. */
  readFrom(path: string, state: ShellState): string | undefined {
    const absolute = absolutePath(path, state.directory);
    return absolute === undefined ? undefined : this.readText(absolute);
  }

  /** Text that comes through the pipe, when it is known. */
  pipedText(frame: Frame): string | undefined {
    return frame.input?.from === undefined ? undefined : knownOutput(frame.input.from, this.output);
  }

  /** The state's shell expands braces. */
  private expandsBraces(state: ShellState): boolean {
    const shell = state.shell === 'sh' ? (this.surroundings.sh ?? 'sh') : state.shell;
    return shell === 'bash' || shell === 'zsh' || shell === 'ksh';
  }

  expansion(state: ShellState, frame: Frame): ExpansionContext {
    return {
      state,
      braces: this.expandsBraces(state),
      substitute: (part) => this.substitute(part, state, frame),
      substituteProcess: (part) => {
        if (part.script) this.statements(part.script.commands, state.copy(), this.substitutionFrame(part, frame));
        return standInFor(`fd ${part.text}`);
      },
    };
  }

  private substitutionFrame(part: { readonly pos: number; readonly end: number }, frame: Frame): Frame {
    return {
      ...frame,
      must: 'no',
      condition: false,
      input: undefined,
      pipedOut: true,
      shared: undefined,
      within: frame.within ?? { start: part.pos, end: part.end },
      depth: frame.depth + 1,
    };
  }

  private substitute(part: CommandExpansionPart, state: ShellState, frame: Frame): string {
    if (part.script === undefined || frame.depth > maximumDepth) return standInFor(part.text);
    this.noteErrors(part.script);
    const from = this.commands.length;
    this.statements(part.script.commands, state.copy(), this.substitutionFrame(part, frame));
    const recorded = this.commands.slice(from);
    const text = substitutedText(part, recorded, this.output);
    if (text === undefined) return outputName(part.text, recorded, (name) => this.freshMark(name));
    // Commands that only compute a text do nothing to files; they are left out once their text is known.
    this.commands.length = from;
    return text;
  }

  runText(text: string, state: ShellState, frame: Frame, span: Span): Outcome {
    if (frame.depth > maximumDepth || text.length > 300_000) {
      this.unknown(t('The script is too long to be followed.'));
      return succeeded;
    }
    const script = parseScript(text);
    this.noteErrors(script);
    // The step's own script is the text that offsets count in.
    const own = frame.depth <= 1 && text.length === span.end && span.start === 0;
    return this.statements(script.commands, state, {
      ...frame,
      within: own ? undefined : (frame.within ?? span),
      depth: frame.depth + 1,
    });
  }

  private noteErrors(script: Script & { readonly errors?: readonly { readonly message: string }[] | undefined }): void {
    const [error] = script.errors ?? [];
    if (error) this.unknown(t('The shell script can’t be read: {0}', error.message));
  }

  /** False when the script has been followed long enough. */
  private step(): boolean {
    this.steps += 1;
    if (this.steps === maximumSteps || this.commands.length === maximumCommands) {
      this.unknown(t('The script is too long to be followed.'));
    }
    return this.steps < maximumSteps && this.commands.length < maximumCommands;
  }

  statements(list: readonly Statement[], state: ShellState, frame: Frame): Outcome {
    let outcome: Outcome = succeeded;
    for (const [index, statement] of list.entries()) {
      if (!this.step() || frame.depth > maximumDepth) return outcome;
      const last = index === list.length - 1;
      const stops = state.errexit && !frame.condition;
      const must = last && frame.must === 'chain' ? 'chain' : stops ? 'final' : last ? frame.must : 'no';
      const inner: Frame = { ...frame, must };
      outcome = statement.background
        ? this.background(statement, state, inner)
        : this.run(statement.command, state, inner);
      if (outcome.flow !== 'next') return outcome;
      if (stops && outcome.status === false && failureStops(statement.command)) return { status: false, flow: 'exit' };
    }
    return outcome;
  }

  private background(statement: Statement, state: ShellState, frame: Frame): Outcome {
    this.run(statement.command, state.copy(), { ...frame, must: 'no' });
    return succeeded;
  }

  run(node: PipelineNode | AndOr, state: ShellState, frame: Frame): Outcome {
    if (node.type === 'AndOr') return this.list(node, state, frame);
    if (node.type === 'Pipeline') {
      const negated = node.prefixes.filter((prefix) => prefix.type === 'Negation').length % 2 === 1;
      const inner: Frame = negated ? { ...frame, must: 'no', condition: true } : frame;
      const outcome = this.pipeline(node.commands, state, inner);
      if (!negated) return outcome;
      return { ...outcome, status: typeof outcome.status === 'boolean' ? !outcome.status : 'unknown' };
    }
    return this.command(node, state, frame);
  }

  private pipeline(nodes: readonly CommandNode[], state: ShellState, frame: Frame): Outcome {
    const [only] = nodes;
    if (nodes.length === 1 && only) return this.command(only, state, frame);
    let outcome: Outcome = succeeded;
    let input = frame.input;
    for (const [index, node] of nodes.entries()) {
      const last = index === nodes.length - 1;
      const from = this.commands.length;
      const inner = state.copy();
      outcome = this.command(node, inner, {
        ...frame,
        must: last || state.pipefail ? frame.must : 'no',
        input,
        pipedOut: last ? frame.pipedOut : true,
        shared: last ? frame.shared : undefined,
      });
      const recorded = this.commands.slice(from);
      const [single] = recorded;
      const feeding = recorded.length === 1 ? single : printedTogether(recorded, this.output);
      input = feeding === undefined ? {} : { from: feeding };
      if (outcome.flow === 'exit') outcome = { ...outcome, flow: 'next' };
    }
    return outcome.flow === 'next' ? outcome : { ...outcome, flow: 'next' };
  }

  private list(node: AndOr, state: ShellState, frame: Frame): Outcome {
    const { commands, operators } = node;
    const onlyAnd = (from: number): boolean => operators.slice(from).every((operator) => operator === '&&');
    const mustFrom = (index: number): Frame['must'] => {
      if (frame.must === 'chain' && onlyAnd(index)) return 'chain';
      return frame.must !== 'no' && index === operators.length ? 'final' : 'no';
    };
    const [first] = commands;
    if (first === undefined) return succeeded;
    let outcome = this.run(first, state, { ...frame, must: mustFrom(0), condition: true });
    for (const [index, operator] of operators.entries()) {
      const next = commands[index + 1];
      if (next === undefined || outcome.flow !== 'next') return outcome;
      const last = index === operators.length - 1;
      const inner: Frame = { ...frame, must: mustFrom(index + 1), condition: last ? frame.condition : true };
      if (operator === '&&') {
        if (outcome.status === false) continue;
        const sure = outcome.status !== 'unknown' || (frame.must === 'chain' && onlyAnd(index));
        outcome = sure
          ? this.run(next, state, inner)
          : this.optional(
              () => this.branch(state, (branch) => this.run(next, branch, inner)),
              state,
              false,
              inner.must !== 'no',
            );
      } else {
        if (outcome.status === true) continue;
        outcome =
          outcome.status === false
            ? this.run(next, state, inner)
            : this.optional(
                () => this.branch(state, (branch) => this.run(next, branch, inner)),
                state,
                true,
                inner.must !== 'no',
              );
      }
    }
    return outcome;
  }

  /** What comes behind a `&&` or `||` whose left side may succeed or fail; `otherwise` is the status when it does not run. */
  private optional(run: () => Branch, state: ShellState, otherwise: boolean, failureFails: boolean): Outcome {
    const branch = run();
    const fails = branch.outcome.status === false && (branch.outcome.flow === 'exit' || failureFails);
    if (fails) return { status: otherwise ? 'assumed' : 'unknown', flow: 'next' };
    return this.alternatives([branch], state, true, otherwise);
  }

  /** Runs something on a copy of the state and takes back what it recorded. */
  branch(state: ShellState, run: (state: ShellState) => Outcome): Branch {
    const from = this.commands.length;
    const reasonsFrom = this.reasons.length;
    const copy = state.copy();
    this.branches += 1;
    const outcome = run(copy);
    this.branches -= 1;
    return { outcome, state: copy, commands: this.commands.splice(from), reasons: this.reasons.splice(reasonsFrom) };
  }

  /** Puts back what a branch did, with the occurrence that it has. */
  keep(branch: Branch, occurrence: Occurrence): void {
    for (const command of branch.commands) {
      this.commands.push(
        command.occurrence === 'repeats' || occurrence === 'runs' ? command : { ...command, occurrence },
      );
    }
    this.reasons.push(...branch.reasons);
  }

  /**
   * One of the branches runs, or none when `mayBeNone`: keeps what they did as possible and merges the states. Branches that fail the step
   * can't have run when it succeeds; the caller leaves them out.
   */
  alternatives(branches: readonly Branch[], state: ShellState, mayBeNone: boolean, otherwise: boolean): Outcome {
    const [only] = branches;
    if (branches.length === 1 && only && !mayBeNone) {
      this.keep(only, 'runs');
      state.become(only.state);
      return only.outcome;
    }
    for (const branch of branches) this.keep(branch, 'may run');
    const staying = branches.filter((branch) => branch.outcome.flow === 'next');
    const leaving = branches.filter((branch) => branch.outcome.flow !== 'next');
    const ends: ShellState[] = staying.map((branch) => branch.state);
    if (mayBeNone) ends.push(state.copy());
    const [first, ...others] = ends;
    if (first === undefined) return leaving[0]?.outcome ?? succeeded;
    for (const other of others) first.mergeWith(other);
    state.become(first);
    for (const { outcome } of leaving) {
      const level =
        outcome.flow === 'exit' ? departure.script : outcome.flow === 'return' ? departure.function : departure.loop;
      if (level > state.mayHaveLeft) state.mayHaveLeft = level;
    }
    const statuses = new Set([...staying.map((branch) => branch.outcome.status), ...(mayBeNone ? [otherwise] : [])]);
    const [status] = statuses;
    if (statuses.size === 1 && status !== undefined) return { status, flow: 'next' };
    return { status: statuses.has('unknown') || statuses.has(false) ? 'unknown' : 'assumed', flow: 'next' };
  }

  private command(node: CommandNode, state: ShellState, frame: Frame): Outcome {
    if (!this.step() || frame.depth > maximumDepth) return succeeded;
    if (node.type === 'Command') return runSimple(node, state, frame, this);
    return runCompound(node, state, frame, this);
  }

  spanOf(node: { readonly pos: number; readonly end: number }, frame: Frame): Span {
    return frame.within ?? { start: node.pos, end: node.end };
  }

  execute(call: Call): Outcome {
    const name = call.words[0]?.value ?? '';
    const body = call.state.functions.get(name);
    if (body === undefined) return executeProgram(call, this);
    if (call.frame.depth > maximumDepth) return succeeded;
    const { positional } = call.state;
    call.state.positional = call.words.slice(1).map((word) => word.value);
    const shared = call.redirections.filter((part) => /^&?>/.test(part.operator));
    const frame: Frame = {
      ...call.frame,
      depth: call.frame.depth + 2,
      ...(shared.length > 0 && { shared: { list: [...(call.frame.shared?.list ?? []), ...shared] } }),
    };
    const outcome =
      body.type === 'CompoundList'
        ? this.statements(body.commands, call.state, frame)
        : this.command(body, call.state, frame);
    call.state.positional = positional;
    if (call.state.mayHaveLeft <= departure.function) call.state.mayHaveLeft = departure.none;
    return outcome.flow === 'exit' ? outcome : { status: outcome.status, flow: 'next' };
  }

  inputOf(call: Call): string | undefined {
    const given = call.redirections.findLast((part) => part.operator.startsWith('<') && (part.descriptor ?? 0) === 0);
    if (given === undefined && call.frame.input?.from === undefined) return undefined;
    return knownInput(commandOf(call), this.output);
  }

  record(call: Call): RunCommand {
    const command = commandOf(call);
    this.commands.push(command);
    const { shared } = call.frame;
    if (shared) {
      shared.list = shared.list.map((part) => ({ ...part, operator: part.operator.replace(/^(&?)>\|?$/, '$1>>') }));
    }
    this.files.note(command, this.output, this.branches === 0 && command.occurrence === 'runs');
    return command;
  }
}

/** `set -e` is heeded for these; not for lists whose last command did not run, nor behind `!`. */
function failureStops(node: PipelineNode | AndOr): boolean {
  if (node.type === 'AndOr' || node.type === 'If' || node.type === 'Case' || node.type === 'While') return false;
  return node.type !== 'Pipeline' || node.prefixes.every((prefix) => prefix.type !== 'Negation');
}
