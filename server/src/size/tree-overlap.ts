/** Which files of the build context two copies put at the same path. */
import type { ContextSnapshot } from '../context/types';
import type { ContextTree, Part } from './part';
import { below, contextPart, entryIn, isWithin, sourceAt, treeWithout, under } from './part';
import { exactRange } from './size-range';
import { SnapshotMemory } from './snapshot-memory';

/** More files than this are not gone through one by one while someone types. */
const maximumFiles = 20_000;

function identityOf(tree: ContextTree): string {
  return JSON.stringify([tree.path, tree.source, tree.except]);
}

const overlaps = new SnapshotMemory<readonly string[] | 'too many'>();

/**
 * Paths in the context of what `earlier` puts where `later` puts a file too: whole folders where both come from the same place. `too many`
 * when there are more files than are looked at.
 */
export function overwrittenSources(
  earlier: ContextTree,
  later: ContextTree,
  snapshot: ContextSnapshot,
): readonly string[] | 'too many' {
  if (!isWithin(earlier.path, later.path) && !isWithin(later.path, earlier.path)) return [];
  return overlaps.answer(snapshot, `${identityOf(earlier)} ${identityOf(later)}`, () =>
    findOverwritten(earlier, later, snapshot),
  );
}

function findOverwritten(
  earlier: ContextTree,
  later: ContextTree,
  snapshot: ContextSnapshot,
): readonly string[] | 'too many' {
  if (later.except.length === 0) {
    const outer = isWithin(earlier.path, later.path);
    const start = outer ? earlier.path : later.path;
    const source = sourceAt(earlier, start);
    // The same folder of the context at the same place.
    if (source !== undefined && source === sourceAt(later, start)) return [source];
    if (source === undefined) return [];
  }
  if (Math.min(earlier.totals.files, later.totals.files) > maximumFiles) return 'too many';
  const found: string[] = [];
  if (earlier.totals.files <= later.totals.files) {
    for (const { path, source } of filesIn(earlier, snapshot, meets(later, snapshot))) {
      if (entryIn(later, path, snapshot)?.type === 'file') found.push(source);
    }
    return found;
  }
  for (const { path } of filesIn(later, snapshot, meets(earlier, snapshot))) {
    const entry = entryIn(earlier, path, snapshot);
    if (entry?.type === 'file') found.push(entry.path);
  }
  return found;
}

/** Whether another tree may have something in a folder of the image: what two trees share lies in folders that both have. */
function meets(tree: ContextTree, snapshot: ContextSnapshot): (folder: string) => boolean {
  return (folder) => isWithin(tree.path, folder) || entryIn(tree, folder, snapshot)?.type === 'directory';
}

/** More pieces than this are kept as one. */
const maximumPieces = 100;

/** A tree in two: what lies at paths of the context, the largest each for itself, and what is left of it. */
export function cutTree(
  tree: ContextTree,
  sources: readonly string[],
  snapshot: ContextSnapshot,
): { readonly rest: readonly Part[]; readonly pieces: readonly Part[] } {
  const left = treeWithout(tree, sources, snapshot);
  const placed = sources.map((source) => ({
    source,
    path: under(tree.path, tree.source === '' ? source : below(`/${source}`, `/${tree.source}`)),
    totals: snapshot.totalsOf(source),
  }));
  placed.sort((one, other) => other.totals.bytes - one.totals.bytes);
  const pieces = placed
    .slice(0, maximumPieces)
    .flatMap(({ source, path }) => contextPart(source, path, tree.owner, snapshot, tree.except) ?? []);
  const others = placed.slice(maximumPieces);
  if (others.length > 0) {
    const bytes = others.reduce((total, { totals }) => total + totals.bytes, 0);
    const files = others.reduce((total, { totals }) => total + totals.files, 0);
    pieces.push({ kind: 'bulk', path: tree.path, owner: tree.owner, size: exactRange(bytes), files });
  }
  return { rest: left === undefined ? [] : [left], pieces };
}

/** The regular files of a tree, as far as its folders are entered: where they lie in the image, and in the context. */
export function* filesIn(
  tree: ContextTree,
  snapshot: ContextSnapshot,
  enters?: (folder: string) => boolean,
): Generator<{ readonly path: string; readonly source: string; readonly size: number }> {
  const gone = new Set(tree.except);
  const placeOf = (source: string): string =>
    under(tree.path, tree.source === '' ? source : below(`/${source}`, `/${tree.source}`));
  const open = [tree.source];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    if (enters !== undefined && !enters(placeOf(folder))) continue;
    for (const child of snapshot.children(folder)) {
      if (gone.has(child.path)) continue;
      if (child.type === 'directory') open.push(child.path);
      else if (child.type === 'file') yield { path: placeOf(child.path), source: child.path, size: child.size };
    }
  }
}
