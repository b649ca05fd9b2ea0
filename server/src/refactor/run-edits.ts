/**
 * Changes of the commands of one RUN, collected and written in the RUN's own style. Comments in what is taken out move above the
 * instruction.
 */
import type { Span } from '../dockerfile/source';
import type { Edit } from '../report/types';
import type { ShellWord } from '../shell/commands';
import type { Source } from './run-part';
import { chainStyle } from './run-style';
import type { RunText } from './run-text';

type Change = Span & { readonly text: string };

export class RunEdits {
  private readonly source: Source;
  private readonly text: RunText;
  private readonly place: (span: Span) => Span;
  private readonly flags: string[] = [];
  private readonly changes: Change[] = [];
  private readonly removed = new Set<number>();
  private readonly comments: string[] = [];

  /** `place` is the text's own: only a RUN that has one can be edited; flags can be put to any. */
  constructor(source: Source, text: RunText) {
    this.source = source;
    this.text = text;
    this.place = text.place ?? ((span) => span);
  }

  /** A flag behind those that are there. */
  addFlag(flag: string): void {
    this.flags.push(flag);
  }

  /** Words behind a word, with a blank between. */
  insertAfterWord(word: Span, words: string): void {
    const { end } = this.place(word);
    this.changes.push({ start: end, end, text: ` ${words}` });
  }

  /** A word with the blanks before it. */
  removeWord(word: Span, before: Span): void {
    this.remove({ start: this.place(before).end, end: this.place(word).end });
  }

  replaceWord(word: ShellWord, text: string): void {
    this.changes.push({ ...this.place(word), text });
  }

  /** Takes out a command of the sequence; at least one other must stay. */
  removeItem(index: number): void {
    this.removed.add(index);
  }

  /** A command behind one of the sequence: run when that one has succeeded, and what follows goes on as before. */
  insertAfterItem(index: number, command: string, comments: readonly string[] = []): void {
    const item = this.text.items[index];
    if (item === undefined) return;
    const { end } = this.place(item);
    const inChain = this.text.items[index + 1]?.join === '&&';
    this.changes.push({ start: end, end, text: this.joined(command, inChain || !this.text.errexit, end, comments) });
  }

  /** A command before all others, but behind `set -e` and the like. */
  insertFirst(command: string): void {
    const { items, shape } = this.text;
    const options = shape.prefix?.span.end ?? -1;
    const after = items.findLastIndex(({ end }) => end <= options);
    if (after >= 0) {
      this.insertAfterItem(after, command);
      return;
    }
    const [first] = items;
    if (first === undefined) return;
    const { start } = this.place(first);
    const { document, dockerfile } = this.source;
    if (this.text.heredoc) {
      this.changes.push({ start, end: start, text: `${command}${document.lineEnd}${this.indentAt(start)}` });
      return;
    }
    const indent = this.indent();
    const leading = this.style().operator === 'leading';
    const between = leading
      ? ` ${dockerfile.escape}${document.lineEnd}${indent}&& `
      : ` && ${dockerfile.escape}${document.lineEnd}${indent}`;
    this.changes.push({ start, end: start, text: command + between });
  }

  /** False when nothing of the sequence would be left. */
  get leavesSomething(): boolean {
    return this.text.items.length === 0 || this.removed.size < this.text.items.length;
  }

  edits(): readonly Edit[] {
    this.removeItems();
    const { instruction } = this.text;
    const { document } = this.source;
    const changes: Change[] = [];
    if (this.flags.length > 0) {
      const start = document.offset(instruction.command.range.start);
      changes.push({ start, end: start, text: this.flagText() });
    }
    // Flags come before a command that is put in at the same place.
    changes.push(...this.changes);
    if (this.comments.length > 0) {
      const start = document.offset(instruction.range.start);
      const indent = this.outerIndent();
      changes.push({
        start,
        end: start,
        text: this.comments.map((comment) => `${comment}${document.lineEnd}${indent}`).join(''),
      });
    }
    return changes.map(({ start, end, text }) => ({ range: document.range(start, end), newText: text }));
  }

  private flagText(): string {
    const between = this.text.heredoc
      ? ' '
      : ` ${this.source.dockerfile.escape}${this.source.document.lineEnd}${this.indent()}`;
    return this.flags.map((flag) => flag + between).join('');
  }

  private joined(command: string, chained: boolean, at: number, comments: readonly string[]): string {
    const { document, dockerfile } = this.source;
    const { lineEnd } = document;
    if (this.text.heredoc) {
      const indent = this.indentAt(at);
      const lines = [...comments, command].map((line) => `${lineEnd}${indent}${line}`).join('');
      return chained ? ` &&${lines}` : lines;
    }
    const indent = this.indent();
    const leading = chained && this.style().operator === 'leading';
    const between = comments.map((comment) => `${lineEnd}${indent}${comment}`).join('');
    const opening = chained ? (leading ? '' : ' &&') : ';';
    return `${opening} ${dockerfile.escape}${between}${lineEnd}${indent}${leading ? '&& ' : ''}${command}`;
  }

  private style(): { readonly operator: 'trailing' | 'leading'; readonly indent: string } {
    const own = this.source.document.slice(this.text.instruction.range);
    return chainStyle([own], this.source.dockerfile.escape) ?? this.source.style();
  }

  private indent(): string {
    const outer = this.outerIndent();
    const { indent } = this.style();
    return indent.length > outer.length ? indent : outer + indent;
  }

  private outerIndent(): string {
    return this.indentAt(this.source.document.offset(this.text.instruction.range.start));
  }

  private indentAt(offset: number): string {
    const { text } = this.source.document;
    const line = text.lastIndexOf('\n', offset - 1) + 1;
    return /^[ \t]*/.exec(text.slice(line, offset))?.[0] ?? '';
  }

  /** What is taken out may hold comments between continuation lines: they are kept. */
  private remove(span: Span): void {
    const { text } = this.source.document;
    for (const line of text.slice(span.start, span.end).split(/\r?\n/).slice(1)) {
      if (/^\s*#/.test(line)) this.comments.push(line.trim());
    }
    this.changes.push({ ...span, text: '' });
  }

  private removeItems(): void {
    const { items } = this.text;
    for (let index = 0; index < items.length; index += 1) {
      if (!this.removed.has(index)) continue;
      let last = index;
      while (this.removed.has(last + 1)) last += 1;
      const [previous, first, final, next] = [items[index - 1], items[index], items[last], items[last + 1]];
      index = last;
      if (first === undefined || final === undefined) continue;
      // `a; b && c` without b is `a; c`: the end of the statement stays, the `&&` goes.
      const forwards = previous === undefined || (first.join === 'statement' && next?.join === '&&');
      if (forwards && next !== undefined) {
        this.remove({ start: this.place(first).start, end: this.place(next).start });
      } else if (previous !== undefined) {
        this.remove({ start: this.place(previous).end, end: this.place(final).end });
      }
    }
  }
}
