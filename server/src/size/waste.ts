/** Bytes that lie in an image and nobody can see, and the scores that dive makes of them. */
import type { ContextSnapshot } from '../context/types';
import type { SizeRange } from '../packages/types';
import { entryIn, sizeOfPart } from './part';
import { addRanges, exactRange, subtractRange, weaker } from './size-range';
import type { HiddenPart, StageFilesState } from './stage-files';

export interface ImageWaste {
  /** Sum of what later layers hide. Bytes. */
  readonly hidden: SizeRange;
  /** Sum that dive prints as wasted space: for every path that is in several layers, the bytes of all its versions. */
  readonly diveWasted: SizeRange;
  /** What dive's score takes away from all bytes: for every path all versions but the smallest, a deleted one being nothing. */
  readonly excess: SizeRange;
  /** What dive counts once more: the bytes below folders that were deleted as a whole. */
  readonly deletedFolders: SizeRange;
  /** Files of the base image are among what is hidden. */
  readonly ofBase: boolean;
  /** A command may have hidden more. */
  readonly open: boolean;
}

const remembered = new WeakMap<StageFilesState, ImageWaste>();

/**
 * The waste of a stage's image, base stages included. Of its base image those files count that later layers are known to write again; what
 * its own layers hide of each other is not looked into.
 */
export function imageWaste(state: StageFilesState, snapshot: ContextSnapshot | undefined): ImageWaste {
  let known = remembered.get(state);
  if (known === undefined) {
    known = count(state, snapshot);
    remembered.set(state, known);
  }
  return known;
}

/** Follows dive's filetree/efficiency.go (Efficiency) and image/analysis.go (Analyze), path by path. */
function count(state: StageFilesState, snapshot: ContextSnapshot | undefined): ImageWaste {
  const byPath = new Map<string, HiddenPart[]>();
  for (const part of state.hidden) {
    const same = byPath.get(part.path);
    if (same === undefined) byPath.set(part.path, [part]);
    else same.push(part);
  }
  const wasted: SizeRange[] = [];
  const excess: SizeRange[] = [];
  for (const [path, versions] of byPath) {
    const last = versions.at(-1);
    // What took its place is the same again where it is not told apart.
    const stays = last?.how === 'replaced' ? (visibleAt(state, path, snapshot) ?? last.size) : undefined;
    const sizes = [...versions.map(({ size }) => size), ...(stays === undefined ? [] : [stays])];
    const whiteouts = versions.filter(({ how }) => how === 'deleted').length;
    const cumulative = addRanges(sizes);
    // A folder's whiteout is a path of its own, so that what was below it seems to be there once.
    if (versions.length + (stays === undefined ? 0 : 1) + whiteouts >= 2) {
      wasted.push(cumulative);
      excess.push(
        whiteouts > 0 ? cumulative : sizes.length < 2 ? cumulative : subtractRange(cumulative, smallest(sizes)),
      );
    }
  }
  return {
    hidden: addRanges(state.hidden.map(({ size }) => size)),
    diveWasted: addRanges(wasted),
    excess: addRanges(excess),
    deletedFolders: addRanges(
      state.hidden.flatMap(({ how, size }) => (how === 'deleted with its folder' ? [size] : [])),
    ),
    ofBase: state.hidden.some(({ owner }) => owner.layer < 0),
    open: state.doubts.some(({ command }) => command),
  };
}

function visibleAt(state: StageFilesState, path: string, snapshot: ContextSnapshot | undefined): SizeRange | undefined {
  for (const part of state.parts.toReversed()) {
    if (part.path === path && part.kind !== 'context') return sizeOfPart(part);
    if (part.kind !== 'context' || snapshot === undefined) continue;
    const entry = entryIn(part, path, snapshot);
    if (entry !== undefined) return exactRange(snapshot.totalsOf(entry.path).bytes);
  }
  return undefined;
}

function smallest(sizes: readonly SizeRange[]): SizeRange {
  return sizes.reduce((least, size) => ({
    bytes: least.bytes === null || size.bytes === null ? null : Math.min(least.bytes, size.bytes),
    low: Math.min(least.low, size.low),
    high: least.high === null ? size.high : size.high === null ? least.high : Math.min(least.high, size.high),
    basis: weaker(least.basis, size.basis),
  }));
}

/** Dive's efficiency, 0 to 1, of an image with so many bytes in all its layers; null when that is not known. */
export function efficiency(size: number | null, { excess, deletedFolders }: ImageWaste): number | null {
  if (size === null || excess.bytes === null || deletedFolders.bytes === null) return null;
  const discovered = size + deletedFolders.bytes;
  return discovered === 0 ? 1 : Math.max(0, (discovered - excess.bytes) / discovered);
}
