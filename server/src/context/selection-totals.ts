/**
 * Bytes and files that a selection puts into a layer. A hard link counts once for each copied source (fsutil copy/copy.go:
 * every source has a copier with inodes of its own); where sources meet at the same destination, the last one counts.
 */
import { compareBytewise, directoriesAbove, joinPath } from './paths';
import type { PatternMatcher } from './pattern-matcher';
import { visitSelected } from './selected-entries';
import type { SourceRoot } from './source-roots';
import type { ContextEntry, ContextSnapshot, EntryType, SourceMatch, Totals } from './types';

type Largest = SourceMatch['largest'];

const largestLimit = 20;

interface Taken {
  readonly totals: Totals;
  readonly largest: Largest;
}

/** Totals and largest of whole trees: as many steps as there are roots and as deep as they overlap. */
export function totalsOfTrees(snapshot: ContextSnapshot, roots: readonly SourceRoot[]): Taken {
  let bytes = 0;
  let files = 0;
  const take = (path: string, sign: 1 | -1): void => {
    const totals = snapshot.totalsOf(path);
    bytes += sign * totals.bytes;
    files += sign * totals.files;
  };
  for (const root of roots) take(root.resolvedPath, 1);
  if (roots.length > 1) {
    let linked = false;
    discountOverlaps(
      snapshot,
      roots.map((root) => placesOf(snapshot, root)),
      (path) => {
        take(path, -1);
        linked ||= snapshot.entry(path)?.hardLink !== undefined;
      },
    );
    // What is replaced lives on under its other names, so the names have to be gone through one by one.
    if (linked) return totalsOfEntries(snapshot, roots, undefined);
  }
  return { totals: { bytes, files }, largest: largestBelow(snapshot, roots) };
}

interface Place {
  readonly name: string;
  readonly path: string;
  readonly type: EntryType;
}

/** What a root puts directly into the destination. */
function placesOf(snapshot: ContextSnapshot, root: SourceRoot): readonly Place[] {
  if (root.entry.type !== 'directory') {
    return [{ name: root.destination, path: root.resolvedPath, type: root.entry.type }];
  }
  return snapshot.children(root.resolvedPath);
}

/** Takes off, once each, what a later place of the same name in the same directory replaces. */
function discountOverlaps(
  snapshot: ContextSnapshot,
  directories: readonly (readonly Place[])[],
  discount: (path: string) => void,
): void {
  const byName = new Map<string, Place[]>();
  for (const places of directories) {
    for (const place of places) {
      const same = byName.get(place.name);
      if (same) same.push(place);
      else byName.set(place.name, [place]);
    }
  }
  for (const same of byName.values()) {
    if (same.length < 2) continue;
    if (same.every((place) => place.type === 'directory')) {
      discountOverlaps(
        snapshot,
        same.map((place) => snapshot.children(place.path)),
        discount,
      );
    } else for (const replaced of same.slice(0, -1)) discount(replaced.path);
  }
}

/**
 * Best first: nothing below a directory is larger than the directory, so only directories that are named are opened, and of them those
 * that `opens` tells.
 */
export function largestBelow(
  snapshot: ContextSnapshot,
  roots: readonly SourceRoot[],
  opens: (path: string) => boolean = () => true,
): Largest {
  type Candidate = Largest[number];
  const sized = (path: string, type: EntryType, size: number): Candidate => ({
    path,
    type,
    size: type === 'directory' ? snapshot.totalsOf(path).bytes : size,
  });
  const open = (path: string): Candidate[] =>
    snapshot.children(path).map((child) => sized(child.path, child.type, child.size));
  let candidates = new Map<string, Candidate>();
  const offer = (offered: readonly Candidate[]): void => {
    for (const candidate of offered) if (candidate.size > 0) candidates.set(candidate.path, candidate);
    const best = [...candidates.values()].sort(bySize).slice(0, largestLimit);
    candidates = new Map(best.map((candidate) => [candidate.path, candidate]));
  };
  offer(
    roots.flatMap(({ resolvedPath, entry }) =>
      resolvedPath === '' ? open('') : [sized(resolvedPath, entry.type, entry.size)],
    ),
  );
  const named = new Map<string, Candidate>();
  while (named.size < largestLimit) {
    const [next] = candidates.values();
    if (!next) break;
    candidates.delete(next.path);
    if (named.has(next.path)) continue;
    named.set(next.path, next);
    if (next.type === 'directory' && opens(next.path)) offer(open(next.path));
  }
  return [...named.values()];
}

function bySize(a: Largest[number], b: Largest[number]): number {
  return b.size - a.size || compareBytewise(a.path, b.path);
}

/** Totals and largest where patterns decide entry by entry. */
export function totalsOfEntries(
  snapshot: ContextSnapshot,
  roots: readonly SourceRoot[],
  exclude: PatternMatcher | undefined,
): Taken {
  const placed = new Map<string, { readonly entry: ContextEntry; readonly inodes: Set<string> }>();
  for (const root of roots) {
    const inodes = new Set<string>();
    visitSelected(snapshot, root, exclude, (entry, below) => {
      if (entry.type === 'file') placed.set(joinPath(root.destination, below), { entry, inodes });
    });
  }
  let bytes = 0;
  const directories = new Map<string, number>();
  const files: Largest[number][] = [];
  for (const { entry, inodes } of placed.values()) {
    const { path } = entry;
    const size = sizeOnce(entry, inodes);
    bytes += size;
    files.push({ path, size, type: 'file' });
    for (const directory of directoriesAbove(path)) {
      directories.set(directory, (directories.get(directory) ?? 0) + size);
    }
  }
  for (const directory of roots.flatMap(({ resolvedPath }) => directoriesAbove(resolvedPath))) {
    directories.delete(directory);
  }
  const named = [...directories].map(([path, size]): Largest[number] => ({ path, size, type: 'directory' }));
  const largest = [...named, ...files]
    .filter((each) => each.size > 0)
    .sort(bySize)
    .slice(0, largestLimit);
  return { totals: { bytes, files: placed.size }, largest };
}

function sizeOnce(entry: ContextEntry, inodes: Set<string>): number {
  if (entry.hardLink === undefined) return entry.size;
  if (inodes.has(entry.hardLink)) return 0;
  inodes.add(entry.hardLink);
  return entry.size;
}
