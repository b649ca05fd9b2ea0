/** From a word as written to the words that a command gets: expansions, field splitting, quote removal (POSIX 2.6). */
import {
  type ArithmeticExpansionPart,
  type CommandExpansionPart,
  type DoubleQuotedChild,
  type ProcessSubstitutionPart,
  parse,
  type Word,
  type WordPart,
} from 'unbash';
import { evaluate } from './arithmetic';
import { expandBraces } from './brace-expansion';
import { expandParameter, parameterValue } from './expand-parameter';
import { quotePattern } from './pattern-match';
import type { ShellState } from './shell-state';
import { standInFor } from './stand-in';

/** A word of a command; the value may hold marks. */
export interface Field {
  readonly text: string;
  readonly value: string;
  /** Has unquoted pattern characters. */
  readonly pattern: boolean;
}

export interface ExpansionContext {
  readonly state: ShellState;
  /** Braces are expanded: Bash, or a `sh` that is Bash. */
  readonly braces: boolean;
  /** Output of a command substitution without line ends behind it; its commands are recorded. */
  substitute(part: CommandExpansionPart): string;
  /** Path that stands for a process substitution; its commands are recorded. */
  substituteProcess(part: ProcessSubstitutionPart): string;
}

/** Longer values are not followed. */
const maximumValue = 100_000;
const maximumFields = 2_000;

/** The fields that a word becomes; none for an unquoted expansion to nothing. */
export function expandWord(word: Word, context: ExpansionContext): readonly Field[] {
  if (context.braces && word.parts?.some((part) => part.type === 'BraceExpansion')) {
    const alternatives = expandBraces(word.text);
    if (alternatives.length > 1) {
      return alternatives.flatMap((alternative) => {
        const command = parse(`: ${alternative}`).commands[0]?.command;
        const words = command?.type === 'Command' ? command.args : [];
        return words.flatMap((inner) =>
          inner.type === 'Word' ? expandWord(inner, { ...context, braces: false }) : [],
        );
      });
    }
  }
  const builder = new FieldBuilder(word.text, separators(context.state));
  if (word.parts === undefined) builder.quoted(tilde(word.value, word.text, context.state));
  else for (const [index, part] of word.parts.entries()) addPart(part, index === 0, builder, context);
  return builder.finish();
}

/** A word where the shell makes one text of it: the value of an assignment, the word of `case`, the target of a redirection. */
export function expandText(word: Word, context: ExpansionContext): string {
  const builder = new FieldBuilder(word.text, undefined);
  if (word.parts === undefined) builder.quoted(tilde(word.value, word.text, context.state));
  else for (const [index, part] of word.parts.entries()) addPart(part, index === 0, builder, context);
  return builder.finish()[0]?.value ?? '';
}

/** A word as a pattern: what is quoted in it is escaped. */
export function expandPattern(word: Word, context: ExpansionContext): string {
  if (word.parts === undefined) return /["'\\]/.test(word.text) ? quotePattern(word.value) : word.value;
  let pattern = '';
  for (const part of word.parts) {
    const builder = new FieldBuilder(part.text, undefined);
    addPart(part, false, builder, context);
    const value = builder.finish()[0]?.value ?? '';
    const quoted = part.type === 'SingleQuoted' || part.type === 'DoubleQuoted' || part.type === 'AnsiCQuoted';
    pattern += quoted || (part.type === 'Literal' && part.text !== part.value) ? quotePattern(value) : value;
  }
  return pattern;
}

/** Text of a here-document. */
export function expandHeredoc(text: string, parts: readonly WordPart[] | undefined, context: ExpansionContext): string {
  if (parts === undefined) return text;
  const builder = new FieldBuilder(text, undefined);
  for (const part of parts) addPart(part, false, builder, context);
  return builder.finish()[0]?.value ?? '';
}

function separators(state: ShellState): string {
  const value = state.get('IFS');
  return typeof value === 'string' ? value : ' \t\n';
}

function tilde(value: string, text: string, state: ShellState): string {
  if (!text.startsWith('~')) return value;
  const [, user = '', rest = ''] = /^~([^/]*)(.*)$/s.exec(value) ?? [];
  if (user === '') {
    const home = state.get('HOME');
    return `${typeof home === 'string' ? home : standInFor('$HOME')}${rest}`;
  }
  return `${user === 'root' ? '/root' : `/home/${user}`}${rest}`;
}

function addPart(part: WordPart, first: boolean, builder: FieldBuilder, context: ExpansionContext): void {
  switch (part.type) {
    case 'Literal':
      builder.quoted(first ? tilde(part.value, part.text, context.state) : part.value);
      break;
    case 'SingleQuoted':
    case 'AnsiCQuoted':
      builder.quoted(part.value);
      break;
    case 'DoubleQuoted':
    case 'LocaleString':
      addQuoted(part.parts, builder, context);
      break;
    case 'Glob':
    case 'ExtendedGlob':
      builder.pattern(patternText(part.text, context.state));
      break;
    case 'BraceExpansion':
      builder.quoted(part.text);
      break;
    case 'ProcessSubstitution':
      builder.quoted(context.substituteProcess(part));
      break;
    case 'SimpleExpansion':
    case 'ParameterExpansion':
    case 'CommandExpansion':
    case 'ArithmeticExpansion':
      addExpansion(part, false, builder, context);
      break;
  }
}

/** A pattern with the values of variables inside its brackets, which the parser leaves as they are written: `tool[${EXTRAS}]`. */
function patternText(text: string, state: ShellState): string {
  return text.replace(/\$(?:\{(\w+)\}|([A-Za-z_]\w*)|.*$)/gs, (written, braced?: string, plain?: string) => {
    const name = braced ?? plain;
    const value = name === undefined ? undefined : state.get(name);
    return typeof value === 'string' && !/\s/.test(value) ? value : standInFor(written);
  });
}

function addQuoted(parts: readonly DoubleQuotedChild[], builder: FieldBuilder, context: ExpansionContext): void {
  builder.quoted('');
  for (const part of parts) {
    if (part.type === 'Literal') builder.quoted(part.value);
    else addExpansion(part, true, builder, context);
  }
}

function addExpansion(
  part: Exclude<DoubleQuotedChild, { readonly type: 'Literal' }>,
  quoted: boolean,
  builder: FieldBuilder,
  context: ExpansionContext,
): void {
  const value = expansionOf(part, context);
  if (typeof value === 'string') {
    if (quoted) builder.quoted(value);
    else builder.split(value);
    return;
  }
  if (quoted && joins(part)) {
    builder.quoted(value.join(' '));
    return;
  }
  if (quoted && value.length === 0) builder.vanish();
  for (const [index, element] of value.entries()) {
    if (index > 0) builder.next();
    if (quoted) builder.quoted(element);
    else builder.split(element);
  }
}

/** `"$*"` and `"${a[*]}"` are one word, `"$@"` is as many as there are. */
function joins(part: WordPart): boolean {
  return /^\$\*$|\[\*\]|^\$\{\*/.test(part.text);
}

function expansionOf(
  part: Exclude<DoubleQuotedChild, { readonly type: 'Literal' }>,
  context: ExpansionContext,
): string | readonly string[] {
  switch (part.type) {
    case 'SimpleExpansion': {
      const value = parameterValue(part.text.slice(1), context.state);
      return typeof value === 'object' && !/^\$[@*]$/.test(part.text) ? (value[0] ?? '') : (value ?? '');
    }
    case 'ParameterExpansion':
      return expandParameter(part, {
        state: context.state,
        operand: (word, pattern) => (pattern ? expandPattern(word, context) : expandText(word, context)),
      });
    case 'CommandExpansion':
      return context.substitute(part);
    case 'ArithmeticExpansion':
      return arithmetic(part, context);
  }
}

function arithmetic(part: ArithmeticExpansionPart, context: ExpansionContext): string {
  const result = evaluate(part.expression, (word) => arithmeticWord(word, context.state));
  return result === undefined ? standInFor(`${part.text}`) : String(result);
}

/** The text of a variable in arithmetic, `$NAME` or `NAME`. */
export function arithmeticWord(word: string, state: ShellState): string | undefined {
  const name = /^\$?\{?([A-Za-z_]\w*|[0-9#]+)\}?$/.exec(word)?.[1];
  if (name === undefined) return undefined;
  const value = parameterValue(name, state);
  return typeof value === 'object' ? undefined : (value ?? '');
}

class FieldBuilder {
  private readonly fields: Field[] = [];
  private current = '';
  private present = false;
  private hasPattern = false;

  /** `separators` undefined: the result is one field. */
  constructor(
    private readonly text: string,
    private readonly separators: string | undefined,
  ) {}

  quoted(value: string): void {
    this.present = true;
    if (this.current.length + value.length <= maximumValue) this.current += value;
  }

  pattern(value: string): void {
    this.quoted(value);
    this.hasPattern = true;
  }

  /** `"$@"` without parameters: not even an empty word. */
  vanish(): void {
    if (this.current === '') this.present = false;
  }

  split(value: string): void {
    if (value === '') return;
    if (this.separators === undefined) {
      this.quoted(value);
      return;
    }
    let piece = '';
    const take = (): void => {
      if (piece === '') return;
      this.quoted(piece);
      if (/[*?[]/.test(piece)) this.hasPattern = true;
      piece = '';
    };
    let inMark = false;
    for (const character of value) {
      if (character === '\uE000') inMark = true;
      else if (character === '\uE001') inMark = false;
      if (!inMark && this.separators.includes(character)) {
        take();
        this.next();
      } else piece += character;
    }
    take();
  }

  /** Ends the field, when there is one. */
  next(): void {
    if (this.present && this.fields.length < maximumFields) {
      this.fields.push({ text: this.text, value: this.current, pattern: this.hasPattern });
    }
    this.current = '';
    this.present = false;
    this.hasPattern = false;
  }

  finish(): readonly Field[] {
    this.next();
    return this.fields;
  }
}
