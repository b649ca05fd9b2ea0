/**
 * Instructions as they were read before: while someone types, all but one are written as they were, on the same lines. What an instruction
 * is depends on nothing but its own lines and on how the file begins.
 */
import type { Escape } from './directives';
import type { Instruction, Position, Problem, Range } from './types';

/** What reading an instruction depends on besides its lines. */
export interface ReadingPlace {
  /** Where its first line begins. */
  readonly start: Position;
  readonly index: number;
  readonly escapeToken: Escape;
  /** True when the file has a syntax directive. */
  readonly hasSyntax: boolean;
}

export interface ReadInstruction {
  readonly instruction: Instruction;
  /** Comments before its keyword, which do not belong to it. */
  readonly comments: readonly Range[];
  readonly problems: readonly Problem[];
}

interface Memory extends ReadInstruction, ReadingPlace {
  /** All its lines, with the end of the last one. */
  readonly written: string;
}

/** Variants of one line: the files that are open, and what is compared with them. */
const keptVariants = 6;
/** UTF-16 code units; longer instructions are few, and reading them again is less than holding them. */
const longest = 20_000;
/** All that is kept, about, in code units: what an instruction holds besides its text counts as so many. */
const kept = 4_000_000;
const heldBesides = 400;

/** By the line of the file; the newest first. */
const memories = new Map<number, Memory[]>();
let held = 0;

/** The instruction that is written at an offset of the text, if it has been read before at this place, and how many code units it takes. */
export function recallInstruction(
  text: string,
  offset: number,
  place: ReadingPlace,
): (ReadInstruction & { readonly length: number }) | undefined {
  const found = memories
    .get(place.start.line)
    ?.find((memory) => isSamePlace(memory, place) && text.startsWith(memory.written, offset));
  return found && { ...found, length: found.written.length };
}

/**
 * Remembers an instruction by its lines. They have to end within the text: what the text ends in may be only the beginning of another
 * instruction.
 */
export function rememberInstruction(written: string, place: ReadingPlace, read: ReadInstruction): void {
  if (written.length > longest) return;
  if (held > kept) forgetInstructions();
  const { line } = place.start;
  const before = memories.get(line) ?? [];
  memories.set(line, [{ ...read, ...place, written }, ...before].slice(0, keptVariants));
  held += weightOf(written) - (before.length < keptVariants ? 0 : weightOf(before.at(-1)?.written ?? ''));
}

/** Forgets everything. */
export function forgetInstructions(): void {
  memories.clear();
  held = 0;
}

function weightOf(written: string): number {
  return written.length + heldBesides;
}

function isSamePlace(memory: ReadingPlace, { start, index, escapeToken, hasSyntax }: ReadingPlace): boolean {
  return (
    memory.index === index &&
    memory.start.character === start.character &&
    memory.escapeToken === escapeToken &&
    memory.hasSyntax === hasSyntax
  );
}
