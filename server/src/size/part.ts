/** What the files of a stage are made of: parts, each put there by one layer. */
import { cleanPath } from '../build/paths';
import type { ContextEntry, ContextSnapshot, Totals } from '../context/types';
import type { PackageName, SizeRange } from '../packages/types';
import { exactRange, noBytes } from './size-range';

/** The step that put something somewhere. */
export interface Owner {
  readonly stage: number;
  readonly step: number;
  /** Grows with every layer above the base image; -1: the base image. */
  readonly layer: number;
}

/** Owner of what the base image holds. */
export const baseOwner: Owner = { stage: -1, step: -1, layer: -1 };

interface Placed {
  /** Absolute and clean. */
  readonly path: string;
  readonly owner: Owner;
}

/** A folder of the build context under a path of the image. It is not gone through while someone types. */
export interface ContextTree extends Placed {
  readonly kind: 'context';
  /** Path in the context; the root is ''. */
  readonly source: string;
  /** Paths in the context, below `source`, that are not there (any more). */
  readonly except: readonly string[];
  readonly totals: Totals;
}

export interface FilePart extends Placed {
  readonly kind: 'file';
  readonly size: SizeRange;
  readonly text?: string;
  /** Path in the build context that it was copied from. */
  readonly source?: string;
  readonly package?: PackageName;
  readonly label?: string;
  /** Why the size is not known, localised. */
  readonly reason?: string;
  /** The path whose file this is a second name of: its bytes count there, `size` is what they are. */
  readonly sameAs?: { readonly path: string; readonly size: SizeRange };
}

/** Files below a path that are not told apart. */
export interface BulkPart extends Placed {
  readonly kind: 'bulk';
  readonly size: SizeRange;
  readonly files?: number;
  readonly package?: PackageName;
  readonly label?: string;
  /** Why the size is not known, localised. */
  readonly reason?: string;
}

export interface LinkPart extends Placed {
  readonly kind: 'link';
  /** What it leads to, as written in it; absent where that is not known. */
  readonly target?: string;
}

export type Part = ContextTree | FilePart | BulkPart | LinkPart;

/** True when the path is the folder or lies in it. */
export function isWithin(path: string, folder: string): boolean {
  return (
    folder === '/' ||
    (path.startsWith(folder) && (path.length === folder.length || path.charCodeAt(folder.length) === 47))
  );
}

/** Parts of a path that are empty, `.` or `..`. */
const unclean = /(?:^|\/)\.{0,2}(?:\/|$)/;

/** `a/b` under `/app`: `/app/a/b`. */
export function under(destination: string, relative: string): string {
  if (relative === '') return destination;
  // Nearly all are clean already.
  if (!unclean.test(relative)) return destination === '/' ? `/${relative}` : `${destination}/${relative}`;
  return cleanPath(destination === '/' ? `/${relative}` : `${destination}/${relative}`);
}

/** What follows a folder in a path: '' for the folder itself. */
export function below(path: string, folder: string): string {
  return path === folder ? '' : path.slice(folder === '/' ? 1 : folder.length + 1);
}

function joined(source: string, relative: string): string {
  if (relative === '') return source;
  return source === '' ? relative : `${source}/${relative}`;
}

function isInContext(path: string, folder: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`);
}

/** Path in the context of what a tree has at a path of the image; undefined when the path does not lie in the tree, or it is left out. */
export function sourceAt(tree: ContextTree, path: string): string | undefined {
  if (!isWithin(path, tree.path)) return undefined;
  const source = joined(tree.source, below(path, tree.path));
  return tree.except.some((gone) => isInContext(source, gone)) ? undefined : source;
}

/** The context's entry that a tree puts at a path. */
export function entryIn(tree: ContextTree, path: string, snapshot: ContextSnapshot): ContextEntry | undefined {
  const source = sourceAt(tree, path);
  return source === undefined ? undefined : snapshot.entry(source);
}

/** A tree without some of what it holds; undefined when nothing is left. `gone`: paths in the context. */
export function treeWithout(
  tree: ContextTree,
  gone: readonly string[],
  snapshot: ContextSnapshot,
): ContextTree | undefined {
  if (gone.includes(tree.source)) return undefined;
  const fresh = gone.filter((path) => !tree.except.some((before) => isInContext(path, before)));
  if (fresh.length === 0) return tree;
  const kept = tree.except.filter((before) => !fresh.some((path) => isInContext(before, path)));
  const except = [...kept, ...fresh];
  return { ...tree, except, totals: totalsWithout(tree.source, except, snapshot) };
}

function totalsWithout(source: string, except: readonly string[], snapshot: ContextSnapshot): Totals {
  let { bytes, files } = snapshot.totalsOf(source);
  for (const path of except) {
    const part = snapshot.totalsOf(path);
    bytes -= part.bytes;
    files -= part.files;
  }
  return { bytes: Math.max(0, bytes), files: Math.max(0, files) };
}

/** The part of a tree that lies at or below a path inside it, under another path; undefined when there is nothing. */
export function partOfTree(
  tree: ContextTree,
  path: string,
  destination: string,
  owner: Owner,
  snapshot: ContextSnapshot,
): Part | undefined {
  const source = sourceAt(tree, path);
  const entry = source === undefined ? undefined : snapshot.entry(source);
  if (source === undefined || entry === undefined) return undefined;
  return contextPart(source, destination, owner, snapshot, tree.except);
}

/** What COPY of a path of the context puts at a path of the image; undefined when the context has nothing there. */
export function contextPart(
  source: string,
  path: string,
  owner: Owner,
  snapshot: ContextSnapshot,
  except: readonly string[] = [],
): Part | undefined {
  const entry = snapshot.entry(source);
  if (source !== '' && entry === undefined) return undefined;
  switch (entry?.type ?? 'directory') {
    case 'directory': {
      const inside = except.filter((gone) => isInContext(gone, source));
      return { kind: 'context', path, owner, source, except: inside, totals: totalsWithout(source, inside, snapshot) };
    }
    case 'file':
      return { kind: 'file', path, owner, source, size: exactRange(entry?.size ?? 0) };
    case 'symlink':
      return { kind: 'link', path, owner, ...(entry?.linkTarget === undefined ? {} : { target: entry.linkTarget }) };
    case 'other':
      return { kind: 'link', path, owner };
  }
}

/** Bytes of a part. */
export function sizeOfPart(part: Part): SizeRange {
  switch (part.kind) {
    case 'context':
      return exactRange(part.totals.bytes);
    case 'file':
    case 'bulk':
      return part.size;
    case 'link':
      return noBytes;
  }
}

/** Regular files of a part; undefined when they are not counted. */
export function filesOfPart(part: Part): number | undefined {
  switch (part.kind) {
    case 'context':
      return part.totals.files;
    case 'file':
      return 1;
    case 'bulk':
      return part.files;
    case 'link':
      return 0;
  }
}
