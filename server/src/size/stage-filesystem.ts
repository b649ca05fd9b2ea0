/**
 * What is known of a stage's files without building it: the trees that COPY brings from the build context, inline files, directories of
 * WORKDIR. RUN can do anything, so after it nothing below a path is certain any more.
 */
import { cleanPath } from '../build/paths';
import type { ContextSnapshot } from '../context/types';
import { t } from '../localize';
import type { CopiedTree, PlacedFile } from './copied-files';
import { entryAt, filesOf, isWithin } from './copied-files';
import { SnapshotMemory } from './snapshot-memory';

/** One step's writing. */
export type StageWrite =
  | { readonly kind: 'trees'; readonly step: number; readonly trees: readonly CopiedTree[] }
  /** All files lie within the destination. */
  | {
      readonly kind: 'files';
      readonly step: number;
      readonly destination: string;
      readonly files: readonly PlacedFile[];
    }
  | { readonly kind: 'directory'; readonly step: number; readonly path: string }
  /** A step whose files are not known. RUN may write anywhere; COPY and ADD only `within` their destination. */
  | { readonly kind: 'opaque'; readonly step: number; readonly line: number; readonly within?: string };

export interface StageFilesystem {
  /** False when the stage stands on an image, whose files are not known. */
  readonly emptyBase: boolean;
  readonly writes: readonly StageWrite[];
}

export type KnownPath =
  | {
      readonly state: 'known';
      readonly files: readonly PlacedFile[];
      /** The base image might hold more files there; it is taken to hold none. */
      readonly assumed: boolean;
    }
  | { readonly state: 'missing' }
  | { readonly state: 'unknown'; readonly reason: string };

/** More files than this are not gone through one by one while someone types. */
const maximumFiles = 20_000;

/** True when a step is known to have made the folder. */
export function isKnownDirectory(
  filesystem: StageFilesystem,
  path: string,
  snapshot: ContextSnapshot | undefined,
): boolean {
  return path === '/' || filesystem.writes.some((write) => makesDirectory(write, path, snapshot));
}

function makesDirectory(write: StageWrite, path: string, snapshot: ContextSnapshot | undefined): boolean {
  switch (write.kind) {
    case 'directory':
      return isWithin(write.path, path);
    case 'files':
      return write.files.some((file) => file.path !== path && isWithin(file.path, path));
    case 'trees':
      return write.trees.some((tree) => {
        if (tree.destination !== path && isWithin(tree.destination, path)) return true;
        return snapshot !== undefined && entryAt(tree, path, snapshot)?.type === 'directory';
      });
    case 'opaque':
      return false;
  }
}

function relevantTrees(write: StageWrite, path: string, snapshot: ContextSnapshot): readonly CopiedTree[] {
  if (write.kind !== 'trees') return [];
  return write.trees.flatMap((tree): CopiedTree[] => {
    if (isWithin(tree.destination, path)) return [tree];
    const entry = entryAt(tree, path, snapshot);
    if (entry === undefined || (entry.type !== 'file' && entry.type !== 'directory')) return [];
    return [{ destination: path, source: entry.path, directory: entry.type === 'directory' }];
  });
}

/** Folders that every image fills. */
const systemFolders = new Set([
  '',
  'bin',
  'etc',
  'home',
  'lib',
  'lib64',
  'opt',
  'root',
  'run',
  'sbin',
  'srv',
  'tmp',
  'usr',
  'var',
]);

/** True when writing within a folder, or anywhere, may change what lies at a path. */
function mayReach(within: string | undefined, path: string): boolean {
  return within === undefined || isWithin(path, within) || isWithin(within, path);
}

const identities = new WeakMap<readonly PlacedFile[], number>();
let lastIdentity = 0;

/** The same text for writes that put the same files in the same places, wherever in the Dockerfile they stand. */
function nameOf(write: StageWrite): string {
  switch (write.kind) {
    case 'trees':
      return JSON.stringify(write.trees.map(({ destination, source, directory }) => [destination, source, directory]));
    case 'files': {
      let identity = identities.get(write.files);
      if (identity === undefined) {
        lastIdentity += 1;
        identity = lastIdentity;
        identities.set(write.files, identity);
      }
      return `files ${identity}`;
    }
    case 'directory':
      return `directory ${JSON.stringify(write.path)}`;
    case 'opaque':
      return `opaque ${write.line} ${JSON.stringify(write.within ?? null)}`;
  }
}

const knownPaths = new SnapshotMemory<KnownPath>();

/** Size of a path in a stage, when every step that could have written there is known. Wildcards are never known. */
export function pathInStage(
  filesystem: StageFilesystem,
  written: string,
  snapshot: ContextSnapshot | undefined,
): KnownPath {
  const path = cleanPath(`/${written}`);
  if (snapshot === undefined) return { state: 'unknown', reason: t('The build context is not known.') };
  const question = `${filesystem.emptyBase} ${JSON.stringify(path)} ${filesystem.writes.map(nameOf).join(' ')}`;
  return knownPaths.answer(snapshot, question, () => findPath(filesystem, path, snapshot));
}

function findPath(filesystem: StageFilesystem, path: string, snapshot: ContextSnapshot): KnownPath {
  const opaque = filesystem.writes.findLast((write) => write.kind === 'opaque' && mayReach(write.within, path));
  if (opaque?.kind === 'opaque') {
    return { state: 'unknown', reason: t('Line {0} may have changed what lies at {1}.', opaque.line, path) };
  }
  const files = new Map<string, PlacedFile>();
  let directory = false;
  for (const write of filesystem.writes) {
    if (write.kind === 'directory') directory ||= isWithin(write.path, path);
    const placed = write.kind === 'files' ? write.files.filter((file) => isWithin(file.path, path)) : [];
    for (const file of placed) files.set(file.path, file);
    for (const tree of relevantTrees(write, path, snapshot)) {
      directory ||= tree.directory || tree.destination !== path;
      for (const file of filesOf(tree, snapshot)) {
        files.set(file.path, file);
        if (files.size > maximumFiles)
          return { state: 'unknown', reason: t('More than {0} files lie at {1}.', maximumFiles, path) };
      }
    }
  }
  const isFile = files.size === 1 && files.has(path);
  const [top = ''] = path.slice(1).split('/');
  if (!filesystem.emptyBase && !isFile && (systemFolders.has(top) || !directory)) {
    return { state: 'unknown', reason: t('What the base image holds at {0} is not known.', path) };
  }
  if (files.size === 0 && !directory) return { state: 'missing' };
  const all = [...files.values()];
  return {
    state: 'known',
    files: all,
    assumed: !filesystem.emptyBase && !isFile,
  };
}

const overwritten = new SnapshotMemory<number>();

function placesOf(write: StageWrite): readonly string[] {
  switch (write.kind) {
    case 'trees':
      return write.trees.map((tree) => tree.destination);
    case 'files':
      return [write.destination];
    case 'directory':
    case 'opaque':
      return [];
  }
}

/** False when no path of one lies in the other, which a look at the destinations tells. */
function mayMeet(earlier: StageWrite, later: StageWrite): boolean {
  const after = placesOf(later);
  return placesOf(earlier).some((place) => after.some((other) => isWithin(place, other) || isWithin(other, place)));
}

/** Bytes that an earlier write put in the image and a later one overwrites file by file; 0 too when there are too many files to tell. */
export function overwrittenBytes(earlier: StageWrite, later: StageWrite, snapshot: ContextSnapshot): number {
  if (!mayMeet(earlier, later)) return 0;
  const question = `${nameOf(earlier)} ${nameOf(later)}`;
  return overwritten.answer(snapshot, question, () => countOverwritten(earlier, later, snapshot));
}

function countOverwritten(earlier: StageWrite, later: StageWrite, snapshot: ContextSnapshot): number {
  const before = filesOfWrite(earlier, snapshot);
  if (before !== undefined) {
    return before.reduce(
      (bytes, file) => (sizeAt(later, file.path, snapshot) === undefined ? bytes : bytes + file.size),
      0,
    );
  }
  const after = filesOfWrite(later, snapshot) ?? [];
  return after.reduce((bytes, file) => bytes + (sizeAt(earlier, file.path, snapshot) ?? 0), 0);
}

function filesOfWrite(write: StageWrite, snapshot: ContextSnapshot): readonly PlacedFile[] | undefined {
  switch (write.kind) {
    case 'files':
      return write.files;
    case 'trees': {
      const total = write.trees.reduce((count, tree) => count + snapshot.totalsOf(tree.source).files, 0);
      return total > maximumFiles ? undefined : write.trees.flatMap((tree) => [...filesOf(tree, snapshot)]);
    }
    case 'directory':
    case 'opaque':
      return [];
  }
}

const sizes = new WeakMap<readonly PlacedFile[], ReadonlyMap<string, number>>();

function sizesByPath(files: readonly PlacedFile[]): ReadonlyMap<string, number> {
  let known = sizes.get(files);
  if (known === undefined) {
    known = new Map(files.map(({ path, size }) => [path, size]));
    sizes.set(files, known);
  }
  return known;
}

function sizeAt(write: StageWrite, path: string, snapshot: ContextSnapshot): number | undefined {
  if (write.kind === 'files') return sizesByPath(write.files).get(path);
  if (write.kind !== 'trees') return undefined;
  for (const tree of write.trees) {
    const entry = entryAt(tree, path, snapshot);
    if (entry?.type === 'file') return entry.size;
  }
  return undefined;
}
