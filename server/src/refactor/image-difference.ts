/** What an edit changes of an image's bytes: the parts that only one of the two images has. */
import type { SizeRange } from '../packages/types';
import { baseOwner, sizeOfPart } from '../size/part';
import { addRanges } from '../size/size-range';
import type { StageFilesState } from '../size/stage-files';

export interface BytesDifference {
  /** Best figure in bytes, negative is smaller; null when not known. */
  readonly best: number | null;
  /** Null when nothing bounds the saving. */
  readonly low: number | null;
  readonly high: number;
}

/**
 * Bytes that the second image has more than the first above their base images, negative is less; undefined when that is not known.
 * What both hold at the same place with the same figure is left out of both, known or not: a package of uncertain size that
 * stays makes the saving no less certain.
 */
export function imageDifference(before: StageFilesState, after: StageFilesState): BytesDifference | undefined {
  const open = new Map<string, { size: SizeRange; count: number }>();
  for (const piece of piecesOf(before)) count(open, piece, -1);
  for (const piece of piecesOf(after)) count(open, piece, 1);
  const gone: SizeRange[] = [];
  const added: SizeRange[] = [];
  for (const { size, count: times } of open.values()) {
    for (let left = Math.abs(times); left > 0; left -= 1) (times < 0 ? gone : added).push(size);
  }
  const less = addRanges(gone);
  const more = addRanges(added);
  if (hasDoubts(before) !== hasDoubts(after) || more.high === null) return undefined;
  const high = more.high - less.low;
  // What a command that is not understood hides of lower layers depends on which layers there are.
  if (less.high === null || (hasDoubts(before) && before.layers !== after.layers))
    return { best: null, low: null, high };
  const best = less.bytes === null || more.bytes === null ? null : more.bytes - less.bytes;
  return { best, low: more.low - less.high, high };
}

interface Piece {
  readonly name: string;
  readonly size: SizeRange;
}

function* piecesOf(state: StageFilesState): Iterable<Piece> {
  for (const part of state.parts) {
    const label = part.kind === 'file' || part.kind === 'bulk' ? labelOf(part) : '';
    const size = sizeOfPart(part);
    if (size.high !== 0) yield { name: nameOf(part.path, label, size), size };
  }
  for (const { path, size, owner, stays } of state.hidden) {
    // What is hidden of the base image lies in the base image, whether it is hidden or not; what a part still holds counts there.
    if (owner.layer !== baseOwner.layer && stays !== true) yield { name: nameOf(path, 'hidden', size), size };
  }
}

function labelOf({
  package: packageName,
  label,
}: {
  readonly package?: { readonly manager: string; readonly name: string; readonly version?: string };
  readonly label?: string;
}): string {
  return packageName === undefined
    ? (label ?? '')
    : `${packageName.manager} ${packageName.name} ${packageName.version ?? ''}`;
}

function nameOf(path: string, label: string, { low, bytes, high }: SizeRange): string {
  return `${path}\0${label}\0${low}\0${bytes ?? ''}\0${high ?? ''}`;
}

function count(open: Map<string, { size: SizeRange; count: number }>, { name, size }: Piece, times: number): void {
  const same = open.get(name);
  if (same === undefined) open.set(name, { size, count: times });
  else if (same.count + times === 0) open.delete(name);
  else same.count += times;
}

/** Something that is not known was written, and perhaps deleted; one in both images did the same in both. */
function hasDoubts(state: StageFilesState): boolean {
  return state.doubts.length > 0;
}
