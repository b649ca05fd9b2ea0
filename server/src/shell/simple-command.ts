/** A simple command as written: its words, assignments and redirections after expansion. */
import type { Command, Redirection } from 'unbash';
import { baseName } from '../build/paths';
import { type ExpansionContext, expandHeredoc, expandText, expandWord, type Field } from './expand-word';
import { departure, type ShellState } from './shell-state';
import { isKnown, standInFor } from './stand-in';
import type { RunCommand, RunRedirection, RunWord } from './types';
import { type Call, type Frame, type Outcome, succeeded } from './walk-types';
import type { Walker } from './walker';

/** Expands a command and carries it out. */
export function runSimple(node: Command, state: ShellState, frame: Frame, walker: Walker): Outcome {
  const context = walker.expansion(state, frame);
  const words = node.name === undefined ? [] : [...expandWord(node.name, context)];
  for (const part of node.args) {
    if (part.type === 'Word') words.push(...expandWord(part, context));
    else {
      const value = part.value.type === 'Word' ? expandText(part.value, context) : standInFor(part.text);
      words.push({ text: part.text, value: `${part.name}${part.append ? '+' : ''}=${value}`, pattern: false });
      if (part.value.type === 'ArrayValue') {
        state.set(
          part.name,
          part.value.elements.flatMap((element) => expandWord(element, context).map((field) => field.value)),
        );
      }
    }
  }
  const redirections = node.redirects.map((part) => redirectionOf(part, context));
  const inner =
    words.length === 0 ? state : node.prefix.some((part) => part.type === 'Assignment') ? state.copy() : state;
  for (const part of node.prefix) {
    if (part.type !== 'Assignment') continue;
    if (part.value.type === 'ArrayValue') {
      const elements = part.value.elements.flatMap((element) =>
        expandWord(element, context).map((field) => field.value),
      );
      const before = state.get(part.name);
      inner.set(part.name, part.append && typeof before === 'object' ? [...before, ...elements] : elements);
    } else {
      const value = expandText(part.value, context);
      const before = part.append ? inner.get(part.name) : undefined;
      const known = part.index === undefined ? value : standInFor(part.text);
      inner.set(part.name, typeof before === 'string' ? `${before}${known}` : known, words.length > 0 || undefined);
    }
  }
  const span = walker.spanOf(node, frame);
  if (words.length === 0 && redirections.length === 0) {
    return /\$\(|`/.test(node.prefix.map((part) => (part.type === 'Assignment' ? part.text : '')).join(''))
      ? { status: 'assumed', flow: 'next' }
      : succeeded;
  }
  return walker.execute({ words, redirections, span, frame, state: inner });
}

/** A redirection after expansion. */
export function redirectionOf(part: Redirection, context: ExpansionContext): RunRedirection {
  const descriptor = part.descriptor?.type === 'FileDescriptor' ? { descriptor: part.descriptor.value } : {};
  if (part.type === 'HereDoc') {
    const input = expandHeredoc(part.body.text, part.body.parts, context);
    return { operator: part.operator, ...descriptor, ...(isKnown(input) && { input }) };
  }
  const value = part.target === undefined ? undefined : expandText(part.target, context);
  if (part.type === 'HereString') {
    return {
      operator: part.operator,
      ...descriptor,
      ...(value !== undefined && isKnown(value) && { input: `${value}\n` }),
    };
  }
  if (part.target === undefined || value === undefined) return { operator: part.operator, ...descriptor };
  return {
    operator: part.operator,
    ...descriptor,
    target: wordOf({ text: part.target.text, value, pattern: false }),
  };
}

/** The command as it is told to others. */
export function commandOf(call: Call): RunCommand {
  const [first, ...rest] = call.words;
  const { frame, state } = call;
  const known = first === undefined || (isKnown(first.value) && !first.pattern);
  const occurrence = frame.occurrence === 'runs' && state.mayHaveLeft !== departure.none ? 'may run' : frame.occurrence;
  const from = frame.input?.from;
  return {
    ...(known
      ? { name: first === undefined ? '' : baseName(first.value) }
      : first !== undefined && !first.pattern && programAtUnknownPlace(first.value)),
    ...(known && first !== undefined && { program: first.value }),
    words: rest.map(wordOf),
    redirections: frame.shared === undefined ? call.redirections : [...frame.shared.list, ...call.redirections],
    occurrence,
    ...(state.directory !== undefined && { directory: state.directory }),
    environment: state.environment(),
    user: state.user,
    ...(state.shell !== undefined && { shell: state.shell }),
    ...((frame.input !== undefined || frame.pipedOut) && {
      pipe: { ...(from !== undefined && { from }), to: frame.pipedOut },
    }),
    start: call.span.start,
    end: call.span.end,
  };
}

/** `python` of `$FOLDER/bin/python`: the folder of programs may be any, the name is told. */
function programAtUnknownPlace(value: string): { readonly name: string } | undefined {
  const name = /(?:^|\/)bin\/([\w.+-]+)$/.exec(value)?.[1];
  return name === undefined ? undefined : { name };
}

function wordOf(field: Field): RunWord {
  return {
    text: field.text,
    ...(isKnown(field.value) ? { value: field.value } : { standIn: field.value }),
    ...(field.pattern && { pattern: true }),
  };
}
