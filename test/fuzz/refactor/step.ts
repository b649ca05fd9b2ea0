/** One refactoring applied to one text, and everything that must hold of it. */
import { applyEdits, EditMismatch } from '../../../server/src/refactor';
import type { Refactoring } from '../../../server/src/report/types';
import { effectFaults } from './effect-faults';
import { imageFaults } from './image-faults';
import { type Moment, momentAfter } from './moment';
import { textFaults } from './text-faults';

export interface AppliedStep {
  readonly faults: readonly string[];
  /** Undefined when the edits cannot be applied. */
  readonly after: Moment | undefined;
}

/** The name of the rule that an id stands for. */
export function ruleOf(id: string): string {
  return id.slice(0, id.indexOf(':'));
}

/** Applies a refactoring that is offered for `before` and checks the result. What throws is a fault too. */
export function applyStep(before: Moment, refactoring: Refactoring): AppliedStep {
  let after: Moment;
  try {
    after = momentAfter(before, refactoring);
  } catch (error) {
    return { faults: [`throws ${error instanceof Error ? error.message : String(error)}`], after: undefined };
  }
  const changes = refactoring.edits.length > 0 || refactoring.files !== undefined;
  const faults = [
    ...(changes ? [] : ['has no edit']),
    ...(refactoring.edits.length > 0 && after.text === before.text ? ['changes nothing'] : []),
    ...textFaults(before, after),
    ...effectFaults(before, after, refactoring),
    ...imageFaults(before, after, refactoring),
    ...(refactoring.changesBehaviour === (refactoring.caution !== undefined) ? [] : ['caution and flag disagree']),
    ...staleFaults(before.text, refactoring),
    ...(after.report.refactorings.some(({ id }) => id === refactoring.id) ? ['is offered once more'] : []),
  ];
  return { faults, after };
}

/** Edits reach into lines that a shorter text does not have: nothing of them is applied there. */
function staleFaults(text: string, { edits }: Refactoring): readonly string[] {
  const last = Math.max(-1, ...edits.map(({ range }) => range.end.line));
  const lines = text.split(/(?<=\r\n|\n|\r(?!\n))/);
  if (last < 1 || lines.length <= last) return [];
  const shorter = lines.slice(0, last - 1).join('');
  try {
    applyEdits(shorter, edits);
  } catch (error) {
    if (error instanceof EditMismatch) return [];
    throw error;
  }
  return ['is applied to a text that has not its lines'];
}
