/** What people do between two builds, drawn at random. */
import { contextEdits } from './context-edits';
import type { Draft, Edit } from './edit';
import type { RemoteAddresses } from './instructions';
import { changeServed, inputEdits, lateEdits, outsideEdits } from './outside-edits';
import type { Program } from './program';
import type { Random } from './random';
import { structureEdits } from './structure-edits';
import { textEdits } from './text-edits';

export interface DrawnEdit extends Draft {
  readonly what: string;
}

/** Share of edits drawn from the late ones, most of which prune, besides those that are late: to look into what prunes do. */
const PRUNING = Number(process.env.STRATA_PRUNES ?? 0);

const KINDS: readonly { readonly share: number; readonly edits: readonly Edit[] }[] = [
  { share: 0.3, edits: textEdits },
  { share: 0.2, edits: structureEdits },
  { share: 0.28, edits: contextEdits },
  { share: 0.1, edits: inputEdits },
  { share: 0.12, edits: outsideEdits },
];

function drawKind(random: Random): readonly Edit[] {
  let draw = random.next();
  for (const { share, edits } of KINDS) {
    if (draw < share) return edits;
    draw -= share;
  }
  return textEdits;
}

/**
 * Makes the next state: an edit of a copy of the last one, now and then an earlier state again, or nothing.
 * @param past the states that were built, the last one at the end
 * @param late draws what spoils foretelling by records and commits
 */
export function drawEdit(random: Random, past: readonly Program[], remote: RemoteAddresses, late: boolean): DrawnEdit {
  const last = past.at(-1);
  if (last === undefined) throw new Error('no program to edit');
  const draft = (): Draft => ({ random, program: structuredClone(last), remote, disk: [] });
  const draw = random.next();
  if (!late && draw < 0.1 && past.length > 1) {
    const index = random.below(past.length - 1);
    const program = structuredClone(past[index] ?? last);
    program.counter = last.counter;
    return { random, program, remote, disk: [], what: `back to state ${index}` };
  }
  if (!late && draw < 0.12) return { ...draft(), what: 'no change' };
  const unpinned = last.stages.some((stage) => stage.instructions.some(({ text }) => text.includes('/live.txt')));
  if (!late && last.target !== null && random.chance(0.4)) {
    const made = draft();
    made.program.target = null;
    return { ...made, what: 'no target' };
  }
  for (;;) {
    const made = draft();
    const isLate = late || (PRUNING > 0 && random.chance(PRUNING));
    const edits = isLate ? lateEdits : unpinned && random.chance(0.1) ? [changeServed] : drawKind(random);
    const what = random.pick(edits)(made);
    if (what !== undefined) return { ...made, what };
  }
}
