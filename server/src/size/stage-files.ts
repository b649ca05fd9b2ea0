/**
 * The files of a stage between two layers: parts that copies and commands put there, what of them later layers hide, and what is not known.
 * A value; `layer-work.ts` makes the next one.
 */
import type { ContextSnapshot } from '../context/types';
import type { SizeRange } from '../packages/types';
import { baseHolds, isBaseFolder } from './base-folders';
import type { Owner, Part } from './part';
import { entryIn, isWithin, sizeOfPart } from './part';
import { pathTarget, splitPart } from './path-target';
import { addRanges, knownBytes, unknownRange } from './size-range';
import { filesIn } from './tree-overlap';

/** Bytes of a layer that a later one hides. */
export interface HiddenPart {
  readonly path: string;
  readonly size: SizeRange;
  readonly owner: Owner;
  readonly hiddenBy: Owner;
  /**
   * `deleted`: nothing lies there any more; `deleted with its folder`: one whiteout stands for all that was in it. `replaced`: the later
   * layer has something else, or the same again.
   */
  readonly how: 'deleted' | 'deleted with its folder' | 'replaced';
  readonly files?: number;
  /** Nothing tells which of the part's files they are: the part still holds these bytes. */
  readonly stays?: true;
}

/** Something that a step may have written and nothing tells of. */
export interface Doubt {
  readonly owner: Owner;
  /** Only at or below these paths; absent: anywhere. */
  readonly within?: readonly string[];
  /** A command that is not understood, which may have deleted or overwritten something too. */
  readonly command: boolean;
  /** It installed packages of the distribution: what they add is their own. */
  readonly packages?: true;
}

export interface StageFilesState {
  /** False when the stage stands on an image, whose files are not known. */
  readonly emptyBase: boolean;
  /** What can be seen, in the order of writing. */
  readonly parts: readonly Part[];
  readonly directories: ReadonlySet<string>;
  /** Paths that were removed with everything below: the base has nothing there any more. */
  readonly gone: readonly string[];
  readonly hidden: readonly HiddenPart[];
  readonly doubts: readonly Doubt[];
  /** Layers above the base image. */
  readonly layers: number;
}

export function emptyStage(emptyBase: boolean): StageFilesState {
  return { emptyBase, parts: [], directories: new Set(), gone: [], hidden: [], doubts: [], layers: 0 };
}

/** A stage that stands on an image. `local`: the folders below /usr/local, where they are known to hold no file. */
export function stageOn(local: readonly string[] | undefined): StageFilesState {
  const stage = emptyStage(false);
  return local === undefined ? stage : { ...stage, directories: new Set(local), gone: ['/usr/local'] };
}

/** The gravest of what may have written at, above or below a path and is not known: what packages leave is their own, so it comes last. */
export function doubtAt(state: StageFilesState, path: string): Doubt | undefined {
  const concerns = ({ within, packages }: Doubt): boolean =>
    // Packages leave /usr/local to the administrator (Debian policy 9.1.2, FHS 3.0, 4.9).
    !(packages && isWithin(path, '/usr/local')) &&
    (within === undefined || within.some((folder) => isWithin(path, folder) || isWithin(folder, path)));
  return (
    state.doubts.findLast((doubt) => doubt.packages !== true && concerns(doubt)) ?? state.doubts.findLast(concerns)
  );
}

/** True when the base image may hold files at or below a path that a look at the steps does not tell of. */
export function baseMayHold(state: StageFilesState, path: string): boolean {
  if (state.emptyBase || state.gone.some((gone) => isWithin(path, gone))) return false;
  // What a step made where base images have nothing is all the step's.
  const made = foldersTo(path).some((folder) => state.directories.has(folder) && baseHolds(folder) === 'empty');
  switch (baseHolds(path)) {
    case 'filled':
      return !state.directories.has(path) || path.split('/').length < 4;
    case 'open':
      return true;
    case 'empty':
      return !made;
  }
}

/** Undefined when not known. */
export function existsIn(
  state: StageFilesState,
  path: string,
  snapshot: ContextSnapshot | undefined,
): boolean | undefined {
  if (path === '/' || state.directories.has(path)) return true;
  for (const part of state.parts) {
    if (isWithin(part.path, path)) return true;
    if (part.kind === 'context' && snapshot !== undefined && entryIn(part, path, snapshot) !== undefined) return true;
  }
  if (!state.emptyBase && isBaseFolder(path) && !state.gone.some((gone) => isWithin(path, gone))) return true;
  const within = state.parts.some((part) => part.kind === 'bulk' && isWithin(path, part.path));
  return within || doubtAt(state, path) !== undefined || baseMayHold(state, path) ? undefined : false;
}

/** True: a folder. False: something else, or nothing. Undefined when not known. */
export function isDirectoryIn(
  state: StageFilesState,
  path: string,
  snapshot: ContextSnapshot | undefined,
): boolean | undefined {
  if (path === '/' || state.directories.has(path)) return true;
  for (const part of state.parts.toReversed()) {
    if (part.path === path) return part.kind === 'context' || part.kind === 'bulk';
    if (isWithin(part.path, path)) return true;
    if (part.kind !== 'context' || snapshot === undefined) continue;
    const entry = entryIn(part, path, snapshot);
    if (entry !== undefined) return entry.type === 'directory';
  }
  return existsIn(state, path, snapshot) === false ? false : isBaseFolder(path) && !state.emptyBase ? true : undefined;
}

/** The parts at or below a path, cut to it. */
export function partsAt(state: StageFilesState, path: string, snapshot: ContextSnapshot | undefined): readonly Part[] {
  const target = pathTarget(path);
  return state.parts.flatMap((part) => splitPart(part, target, snapshot).taken);
}

/** Bytes at or below a path; `known` is what is certain of it where the sum is not. */
export function sizeIn(state: StageFilesState, path: string, snapshot: ContextSnapshot | undefined): SizeRange {
  const sizes = partsAt(state, path, snapshot).map(sizeOfPart);
  const alone = fileAt(state, path, snapshot);
  if (alone !== undefined) return alone;
  if (doubtAt(state, path) === undefined && !baseMayHold(state, path)) return addRanges(sizes);
  return { ...unknownRange, low: knownBytes(sizes) };
}

/** Size of the regular file that certainly lies at a path, whatever commands before it wrote. */
function fileAt(state: StageFilesState, path: string, snapshot: ContextSnapshot | undefined): SizeRange | undefined {
  const part = state.parts.findLast(
    (candidate) =>
      candidate.path === path ||
      (candidate.kind === 'context' && snapshot !== undefined && entryIn(candidate, path, snapshot) !== undefined),
  );
  if (part === undefined) return undefined;
  const doubt = doubtAt(state, path);
  if (doubt !== undefined && doubt.owner.layer >= part.owner.layer) return undefined;
  if (part.kind === 'file') return part.size;
  if (part.kind !== 'context' || snapshot === undefined) return undefined;
  const entry = entryIn(part, path, snapshot);
  return entry?.type === 'file' ? { bytes: entry.size, low: entry.size, high: entry.size, basis: 'exact' } : undefined;
}

/** Names of what is known to lie directly in a folder, sorted. */
export function namesIn(
  state: StageFilesState,
  path: string,
  snapshot: ContextSnapshot | undefined,
): readonly string[] {
  const names = new Set<string>();
  const add = (inside: string): void => {
    if (inside === path || !isWithin(inside, path)) return;
    const name = inside.slice(path === '/' ? 1 : path.length + 1).split('/')[0];
    if (name !== undefined && name !== '') names.add(name);
  };
  for (const directory of state.directories) add(directory);
  for (const part of state.parts) {
    add(part.path);
    if (part.kind !== 'context' || snapshot === undefined) continue;
    const entry = isWithin(path, part.path) ? entryIn(part, path, snapshot) : undefined;
    const folder = part.path === path ? part.source : entry?.type === 'directory' ? entry.path : undefined;
    if (folder === undefined) continue;
    for (const child of snapshot.children(folder)) if (!part.except.includes(child.path)) names.add(child.name);
  }
  return [...names].sort();
}

export interface ListedFile {
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'link' | 'tree';
  readonly size: SizeRange;
}

/** Trees with more files than this are listed as one. */
const maximumListed = 5_000;

/** Everything known at and below a path, folders before what is in them. `complete`: nothing else lies there. */
export function entriesIn(
  state: StageFilesState,
  path: string,
  snapshot: ContextSnapshot | undefined,
): { readonly entries: readonly ListedFile[]; readonly complete: boolean } {
  const entries: ListedFile[] = [];
  for (const directory of state.directories) {
    if (isWithin(directory, path)) entries.push({ path: directory, kind: 'directory', size: addRanges([]) });
  }
  for (const part of partsAt(state, path, snapshot)) {
    const size = sizeOfPart(part);
    if (part.kind === 'file' || part.kind === 'link') entries.push({ path: part.path, kind: part.kind, size });
    else if (part.kind === 'bulk' || snapshot === undefined || part.totals.files > maximumListed) {
      entries.push({ path: part.path, kind: 'tree', size });
    } else {
      entries.push({ path: part.path, kind: 'directory', size: addRanges([]) });
      for (const { path: file, size: bytes } of filesIn(part, snapshot)) {
        entries.push({ path: file, kind: 'file', size: { bytes, low: bytes, high: bytes, basis: 'exact' } });
      }
    }
  }
  entries.sort((left, right) => (left.path < right.path ? -1 : left.path > right.path ? 1 : 0));
  return { entries, complete: doubtAt(state, path) === undefined && !baseMayHold(state, path) };
}

/** The folders above a clean absolute path, from the top, and the path itself; nothing for the root. */
export function foldersTo(path: string): readonly string[] {
  const folders: string[] = [];
  for (let slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1))
    folders.push(path.slice(0, slash));
  if (path !== '/') folders.push(path);
  return folders;
}
