/** Which commands a shell script runs, in order, with their words. */
import {
  type Command,
  forEachChild,
  type ParsedScript,
  parse,
  type Redirection,
  type Script,
  type SyntaxNode,
  type Word,
} from 'unbash';
import { RecentReadings } from './recent';

/** Offsets into the script that was read, in UTF-16 code units, half-open. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface ShellWord extends Span {
  /** As written, quotes kept. */
  readonly text: string;
  /** What the command gets; absent when a variable, substitution or pattern decides it. */
  readonly value?: string;
}

export interface ShellRedirection extends Span {
  readonly operator: string;
  /** Absent for here-documents and for an operator without a word. */
  readonly target?: ShellWord;
}

export interface ShellCommand extends Span {
  /** Absent when the command is only assignments or redirections. */
  readonly name?: ShellWord;
  readonly arguments: readonly ShellWord[];
  /** `NAME=value` before the name, or on their own. */
  readonly assignments: readonly (Span & { readonly name: string; readonly text: string })[];
  readonly redirections: readonly ShellRedirection[];
  /** Runs in a process of its own (subshell, pipeline, substitution, background): its shell state is lost. */
  readonly isolated: boolean;
  /** A script that succeeds may have left it out or run it more than once: beside `||`, in `if`, a loop, `case` or a function. */
  readonly conditional: boolean;
}

export interface ShellProblem {
  /** English, from the shell parser. */
  readonly message: string;
  readonly offset: number;
}

export interface ShellReading {
  /** In order of execution as far as text order tells: substitutions before the command that uses them. */
  readonly commands: readonly ShellCommand[];
  readonly problems: readonly ShellProblem[];
}

interface Surroundings {
  readonly isolated: boolean;
  readonly conditional: boolean;
  /** Inside backticks with escapes the parser counts offsets in another text; the whole substitution stands for them. */
  readonly within?: Span;
}

/**
 * Reads a Bourne-family script (sh, dash, ash, bash). Never throws: what can't be understood is left out and named in `problems`.
 */
export function readCommands(script: string): ShellReading {
  return recent.get(script);
}

const recent = new RecentReadings(readAnew);

function readAnew(script: string): ShellReading {
  const commands: ShellCommand[] = [];
  const problems: ShellProblem[] = [];
  const visit = (node: SyntaxNode, surroundings: Surroundings): void => {
    if (node.type === 'Script') noteProblems(node, surroundings, problems);
    const inner = surroundingsOf(node, surroundings);
    let position = 0;
    forEachChild(node, (child) => {
      const alternative = node.type === 'AndOr' && position > 0 && node.operators.includes('||');
      const conditional = inner.conditional || alternative;
      const within = decodedSpan(child, node, inner);
      visit(child, { isolated: inner.isolated, conditional, ...(within && { within }) });
      position += 1;
    });
    if (node.type === 'Command') commands.push(commandOf(node, surroundings));
  };
  visit(parse(script), { isolated: false, conditional: false });
  return { commands, problems };
}

function surroundingsOf(node: SyntaxNode, outer: Surroundings): Surroundings {
  switch (node.type) {
    case 'Statement':
      return node.background ? { ...outer, isolated: true } : outer;
    case 'Pipeline':
      return node.commands.length > 1 ? { ...outer, isolated: true } : outer;
    case 'Subshell':
    case 'CommandExpansion':
    case 'ArithmeticCommandExpansion':
    case 'ProcessSubstitution':
    case 'Coproc':
      return { ...outer, isolated: true };
    case 'If':
    case 'For':
    case 'ArithmeticFor':
    case 'Select':
    case 'While':
    case 'Case':
    case 'Function':
      return { ...outer, conditional: true };
    default:
      return outer;
  }
}

function decodedSpan(child: SyntaxNode, parent: SyntaxNode, surroundings: Surroundings): Span | undefined {
  if (surroundings.within) return surroundings.within;
  const decoded = child.type === 'Script' && (child as Script).source !== undefined;
  return decoded ? { start: parent.pos, end: parent.end } : undefined;
}

function noteProblems(script: ParsedScript, surroundings: Surroundings, problems: ShellProblem[]): void {
  for (const error of script.errors ?? []) {
    problems.push({ message: error.message, offset: surroundings.within?.start ?? error.pos });
  }
}

function commandOf(node: Command, surroundings: Surroundings): ShellCommand {
  const span = (at: { readonly pos: number; readonly end: number }): Span =>
    surroundings.within ?? { start: at.pos, end: at.end };
  const wordOf = (word: Word): ShellWord => {
    const value = literalValue(word);
    return { ...span(word), text: word.text, ...(value !== undefined && { value }) };
  };
  const assignments: { name: string; text: string; start: number; end: number }[] = [];
  for (const part of node.prefix) {
    if (part.type === 'Assignment') assignments.push({ ...span(part), name: part.name, text: part.text });
  }
  return {
    ...span(node),
    ...(node.name && { name: wordOf(node.name) }),
    // `export A=1` has an assignment among its arguments; to the command it is a word like any other.
    arguments: node.args.map((part) => (part.type === 'Word' ? wordOf(part) : { ...span(part), text: part.text })),
    assignments,
    redirections: node.redirects.map((part) => redirectionOf(part, span, wordOf)),
    isolated: surroundings.isolated,
    conditional: surroundings.conditional,
  };
}

function redirectionOf(
  part: Redirection,
  span: (at: { readonly pos: number; readonly end: number }) => Span,
  wordOf: (word: Word) => ShellWord,
): ShellRedirection {
  const target = part.type === 'HereDoc' ? undefined : part.target;
  return { ...span(part), operator: part.operator, ...(target && { target: wordOf(target) }) };
}

/** The word after quote removal when the shell changes nothing else in it. */
function literalValue(word: Word): string | undefined {
  const dynamic = (word.parts ?? []).some(function expands(part): boolean {
    switch (part.type) {
      case 'Literal':
      case 'SingleQuoted':
      case 'AnsiCQuoted':
        return false;
      case 'DoubleQuoted':
      case 'LocaleString':
        return part.parts.some(expands);
      default:
        return true;
    }
  });
  return dynamic || (word.parts === undefined && /^~/.test(word.text)) ? undefined : word.value;
}
