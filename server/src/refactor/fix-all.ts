/**
 * Everything at once that cannot change what the image does: its files (path, type, mode, owner, bytes) and its configuration are the same
 * afterwards, and only layers, history and what nobody can see differ.
 *
 * So these are no part of it, however useful: package lists, caches and recommended packages that go away (a container may read them), a
 * base image held by its digest (it no longer follows its tag), lines for an ignore file, stages, and orders of steps.
 */
import type { Refactoring } from '../report/types';
import { applyEdits } from './apply';
import type { RefactorContext, RefactoringRule } from './types';

/** More rounds than any file has lines that can be merged away. */
const mostRounds = 200;

export interface FixedText {
  readonly text: string;
  /** Ids of what was done, each of the text that the one before it left. */
  readonly applied: readonly string[];
}

/**
 * Applies one refactoring after another, each computed on the text that the one before it left, until there is none. Pure.
 * @param next the first refactoring that a text has to offer here
 */
export function fixAll(text: string, next: (text: string) => Refactoring | undefined): FixedText {
  const applied: string[] = [];
  const seen = new Set([text]);
  let now = text;
  while (applied.length < mostRounds) {
    const chosen = next(now);
    if (chosen === undefined) break;
    const after = applyEdits(now, chosen.edits);
    // Two refactorings that undo each other would never come to an end.
    if (seen.has(after)) break;
    seen.add(after);
    applied.push(chosen.id);
    now = after;
  }
  return { text: now, applied };
}

/** The first of the offers that is a part of it. Works out effects, each of which takes an analysis. */
export function firstUnchanging(
  context: RefactorContext,
  offers: readonly { readonly rule: RefactoringRule; readonly refactorings: readonly Refactoring[] }[],
): Refactoring | undefined {
  for (const { rule, refactorings } of offers) {
    const found = refactorings.find((each) => isUnchanging(each) && rule.inFixAll?.(each, context) === true);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isUnchanging({ changesBehaviour, edits, files }: Refactoring): boolean {
  return !changesBehaviour && edits.length > 0 && (files ?? []).length === 0;
}

/** Whether one of the refactorings is of a rule that takes part; without a look at its effect. */
export function mayBeFixed(refactorings: readonly Refactoring[], rules: readonly RefactoringRule[]): boolean {
  return refactorings.some(
    (each) =>
      isUnchanging(each) && rules.some(({ id, inFixAll }) => inFixAll !== undefined && each.id.startsWith(`${id}:`)),
  );
}

/** Whether the image certainly gets smaller. */
export function saves({ effect: { bytes } }: Pick<Refactoring, 'effect'>): boolean {
  return bytes !== null && bytes.high < 0;
}
