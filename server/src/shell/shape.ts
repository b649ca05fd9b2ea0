/** What matters about a script when it is to be run beside another one in the same shell. */
import {
  type Command,
  forEachChild,
  type ParsedScript,
  type PipelineNode,
  parse,
  type Statement,
  type SyntaxNode,
} from 'unbash';
import type { Span } from './commands';
import { RecentReadings } from './recent';

/** State of the shell that outlives a command and would reach what is run after it. */
export type Leak =
  /** A variable gets a value: by assignment, `for`, `read`. */
  | { readonly kind: 'variable'; readonly name: string }
  /** Anything else: directory, options, exported variables, traps, functions, the end of the shell. `name` is the word that does it. */
  | { readonly kind: 'shell'; readonly name: string };

/** Leading `set` commands, for example `set -eux;`. */
export interface OptionPrefix {
  /** The commands as written with single blanks, without the separator that follows them. */
  readonly text: string;
  readonly separator: '&&' | ';';
  /** The commands themselves, without the separator behind the last. */
  readonly span: Span;
  /** Where the rest of the script begins. */
  readonly bodyStart: number;
  readonly errexit: boolean;
}

export interface ScriptShape {
  /** The shell parser's message when the script is not well-formed; nothing else here is to be trusted then. */
  readonly problem?: string;
  /** From the first command to the end of the last one; a `;` or `&` behind it and comments are outside. */
  readonly content: Span;
  /** A comment behind the last command, on its line. */
  readonly comment?: Span;
  /** Number of commands at the top, separated by `;`, `&` or line ends. */
  readonly statements: number;
  /** One statement of pipelines joined by nothing but `&&`: it fails exactly when one of them fails, at that one. */
  readonly chain: boolean;
  /** Ends and fails the same whether or not `set -e` is in force around it. */
  readonly errexitNeutral: boolean;
  /** `set -e` stops the shell after the script's last command when that fails. */
  readonly lastStops: boolean;
  /** It turns on `set -e` somewhere. */
  readonly setsErrexit: boolean;
  readonly leaks: readonly Leak[];
  /** Something goes on running after the script has ended: `&`, a coprocess, `>( )`. */
  readonly background: boolean;
  /** It runs text that can't be read here: `eval`, `.`, `source`. */
  readonly dynamic: boolean;
  /** Has `{{` or `<%` outside quotes: the source of a generator. */
  readonly template: boolean;
  readonly prefix?: OptionPrefix;
}

/** Builtins that change the shell they run in (POSIX 2.14 and 2.9.1.4, Bash manual 4). */
const stateful = new Set(
  (
    'cd pushd popd dirs set shopt export readonly declare typeset local unset mapfile readarray getopts let ' +
    'eval . source exec exit return break continue trap alias unalias shift umask ulimit enable bind hash times suspend logout'
  ).split(' '),
);

/** Reads a Bourne-family script (sh, dash, ash, bash) for its shape; never throws. */
export function readShape(script: string): ScriptShape {
  return recent.get(script);
}

const recent = new RecentReadings(readAnew);

function readAnew(script: string): ScriptShape {
  const tree = parse(script);
  const facts = collect(tree);
  const first = tree.commands[0];
  const last = tree.commands.at(-1);
  const content = { start: first?.pos ?? 0, end: last?.end ?? 0 };
  const comment = trailingComment(script, content.end);
  const prefix = first && optionPrefix(script, tree);
  const problem = facts.problem ?? (last ? undefined : 'no command');
  return {
    ...(problem !== undefined && { problem }),
    content,
    ...(comment && { comment }),
    statements: tree.commands.length,
    chain: tree.commands.length === 1 && first !== undefined && isChain(first),
    errexitNeutral: !facts.errexitSensitive && tree.commands.length <= 1,
    lastStops: last !== undefined && stopsUnderErrexit(last),
    setsErrexit: facts.setsErrexit,
    leaks: facts.leaks,
    background: facts.background,
    dynamic: facts.dynamic,
    template: facts.template,
    ...(prefix && { prefix }),
  };
}

interface Facts {
  problem?: string;
  errexitSensitive: boolean;
  setsErrexit: boolean;
  background: boolean;
  dynamic: boolean;
  template: boolean;
  readonly leaks: Leak[];
}

function collect(tree: ParsedScript): Facts {
  const facts: Facts = {
    errexitSensitive: false,
    setsErrexit: false,
    background: false,
    dynamic: false,
    template: false,
    leaks: [],
  };
  const visit = (node: SyntaxNode, isolated: boolean): void => {
    const inner = isolated || isolates(node);
    forEachChild(node, (child) => visit(child, inner));
    note(node, isolated, facts);
  };
  visit(tree, false);
  return facts;
}

function isolates(node: SyntaxNode): boolean {
  switch (node.type) {
    case 'Statement':
      return node.background === true;
    case 'Pipeline':
      return node.commands.length > 1;
    case 'Subshell':
    case 'CommandExpansion':
    case 'ArithmeticCommandExpansion':
    case 'ProcessSubstitution':
    case 'Coproc':
      return true;
    default:
      return false;
  }
}

function note(node: SyntaxNode, isolated: boolean, facts: Facts): void {
  const leak = (entry: Leak): void => {
    if (!isolated) facts.leaks.push(entry);
  };
  switch (node.type) {
    case 'Script': {
      const error = node.errors?.[0];
      if (error) facts.problem ??= error.message;
      if (node.commands.length > 1) facts.errexitSensitive = true;
      break;
    }
    case 'CompoundList':
      if (node.commands.length > 1) facts.errexitSensitive = true;
      break;
    case 'Statement':
      if (node.background) facts.background = true;
      break;
    case 'Coproc':
      facts.background = true;
      break;
    case 'ProcessSubstitution':
      if (node.operator === '>') facts.background = true;
      break;
    case 'For':
    case 'Select':
      facts.errexitSensitive = true;
      leak({ kind: 'variable', name: node.name.text });
      break;
    case 'While':
    case 'ArithmeticFor':
      facts.errexitSensitive = true;
      if (node.type === 'ArithmeticFor') leak({ kind: 'shell', name: '((' });
      break;
    case 'Function':
      facts.errexitSensitive = true;
      leak({ kind: 'shell', name: `${node.name.text}()` });
      break;
    case 'ArithmeticCommand':
      leak({ kind: 'shell', name: '((' });
      break;
    case 'ArithmeticExpansion':
      if (/\+\+|--|(?<![=<>!])=(?!=)|<<=|>>=/.test(node.text)) leak({ kind: 'shell', name: '$((' });
      break;
    case 'ParameterExpansion':
      if (node.operation?.type === 'Default' && /^:?=$/.test(node.operation.operator)) {
        leak({ kind: 'variable', name: node.parameter });
      }
      break;
    case 'FileDescriptorVariable':
      leak({ kind: 'variable', name: node.name });
      break;
    case 'Word':
      if (/\{\{|<%|\{%/.test(node.text) && !/^['"]/.test(node.text)) {
        if (/\{\{|<%|\{%/.test(withoutQuotes(node.text))) facts.template = true;
      }
      break;
    case 'Command':
      noteCommand(node, leak, facts);
      break;
    default:
      break;
  }
}

function noteCommand(node: Command, leak: (entry: Leak) => void, facts: Facts): void {
  const words = [...(node.name ? [node.name] : []), ...node.args];
  // `command cd x` and `builtin cd x` are `cd x`.
  while (words.length > 1 && /^(?:command|builtin)$/.test(words[0]?.text ?? '')) words.shift();
  const first = words[0];
  const name = first?.type === 'Word' ? first.value : undefined;
  const special = name !== undefined && (stateful.has(name) || name === ':');
  for (const part of node.prefix) {
    // Before a special builtin an assignment stays in force afterwards (POSIX 2.14).
    if (part.type === 'Assignment' && (name === undefined || special)) leak({ kind: 'variable', name: part.name });
  }
  if (name === undefined) return;
  if (first?.type === 'Word' && /[$`]/.test(first.text) && !/\/[\w.-]+"?$/.test(first.text)) {
    // A command that a variable names may be any of them; one that ends in `/name` is a program.
    leak({ kind: 'shell', name: first.text });
    facts.dynamic = true;
    facts.errexitSensitive = true;
    return;
  }
  if (name === 'read') {
    for (const word of words.slice(1)) {
      if (word.type === 'Word' && /^\w+$/.test(word.text)) leak({ kind: 'variable', name: word.text });
    }
  }
  if (name === 'printf' && words[1]?.text === '-v') leak({ kind: 'variable', name: words[2]?.text ?? '' });
  if (name === 'eval' || name === '.' || name === 'source') {
    facts.dynamic = true;
    facts.errexitSensitive = true;
  }
  if (name === 'set' && turnsOnErrexit(words.slice(1).map((word) => word.text))) facts.setsErrexit = true;
  if (stateful.has(name)) leak({ kind: 'shell', name });
}

/** True for the arguments of `set`, or of a shell, that turn on `-e`: `-eux`, `-o errexit`. */
export function turnsOnErrexit(options: readonly string[]): boolean {
  return options.some(
    (option, index) =>
      /^-[A-Za-z]*e/.test(option) || (option === 'errexit' && /^-[A-Za-z]*o$/.test(options[index - 1] ?? '')),
  );
}

function withoutQuotes(text: string): string {
  return text.replace(/'[^']*'|"(?:\\.|[^"\\])*"|\\./g, '');
}

function isChain(statement: Statement): boolean {
  if (statement.background) return false;
  const command = statement.command;
  return command.type !== 'AndOr' || command.operators.every((operator) => operator === '&&');
}

/**
 * POSIX `set -e` and the Bash manual: the shell exits after a failing pipeline, command or subshell, but neither for a list of
 * `&&` and `||`, nor for `!`, nor for a compound command that failed where `-e` was ignored.
 */
function stopsUnderErrexit(statement: Statement): boolean {
  if (statement.background || statement.command.type === 'AndOr') return false;
  const pipeline: PipelineNode = statement.command;
  if (pipeline.type === 'Command' || pipeline.type === 'Subshell') return true;
  return pipeline.type === 'Pipeline' && pipeline.commands.length > 1 && pipeline.prefixes.length === 0;
}

function trailingComment(script: string, from: number): Span | undefined {
  const match = /^([\s;]*)#[^\n]*/.exec(script.slice(from).split('\n', 1)[0] ?? '');
  return match ? { start: from + (match[1] ?? '').length, end: from + match[0].trimEnd().length } : undefined;
}

function optionPrefix(script: string, tree: ParsedScript): OptionPrefix | undefined {
  const sets: Command[] = [];
  const [first] = tree.commands;
  if (!first || first.background) return undefined;
  if (first.command.type === 'AndOr') {
    const { commands, operators } = first.command;
    for (const [index, command] of commands.entries()) {
      if (!isPlainSet(command) || operators[index] !== '&&') break;
      sets.push(command);
    }
    return prefixOf(script, sets, '&&', first.command.commands[sets.length]?.pos);
  }
  for (const statement of tree.commands) {
    if (statement.background || !isPlainSet(statement.command)) break;
    sets.push(statement.command);
  }
  return prefixOf(script, sets, ';', tree.commands[sets.length]?.pos);
}

function isPlainSet(node: PipelineNode | Statement['command']): node is Command {
  return (
    node.type === 'Command' &&
    node.name?.text === 'set' &&
    node.prefix.length === 0 &&
    node.suffix.length > 0 &&
    // `set -- a b` and `set +e` are not options that the whole script runs under.
    node.suffix.every((part) => part.type === 'Word' && /^(?:-[A-Za-z]+|[a-z]+)$/.test(part.text)) &&
    node.suffix[0]?.type === 'Word' &&
    node.suffix[0].text.startsWith('-')
  );
}

function prefixOf(
  script: string,
  sets: readonly Command[],
  separator: '&&' | ';',
  bodyStart: number | undefined,
): OptionPrefix | undefined {
  const first = sets[0];
  const last = sets.at(-1);
  if (!first || !last || bodyStart === undefined) return undefined;
  return {
    text: script.slice(first.pos, last.end).replace(/\s+/g, ' '),
    separator,
    span: { start: first.pos, end: last.end },
    bodyStart,
    errexit: sets.some((set) => turnsOnErrexit(set.args.map((word) => word.text))),
  };
}
