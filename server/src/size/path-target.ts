/** Which paths a word of a command means: one path, or all that a pattern matches, each with what is below it. */
import { type PatternPart, partsMatcher } from '../context/pattern-parts';
import type { ContextSnapshot } from '../context/types';
import { literalCharacter } from '../context/wildcard';
import type { BulkPart, ContextTree, Owner, Part } from './part';
import { isWithin, partOfTree, sourceAt, treeWithout, under } from './part';
import { shareOf, subtractRange } from './size-range';

/** Whether one part of a path is meant by its name. */
type NamePattern = (name: string) => boolean;

export interface PathTarget {
  /** As written: absolute and clean. */
  readonly path: string;
  /** The folder above the first part with a pattern; the path itself without one. */
  readonly root: string;
  readonly segments: readonly NamePattern[];
  /** The path, or something above it, is meant. */
  covers(path: string): boolean;
}

const special = /[*?]/;

function segmentPattern(segment: string): NamePattern {
  const parts = [...segment.replace(/\*+/g, '*')].map((character): PatternPart => {
    if (character === '*') return { kind: 'many', source: '[^/]' };
    return { kind: 'one', source: character === '?' ? '[^/]' : literalCharacter(character) };
  });
  return partsMatcher(parts);
}

/** The target of a path in which `*` and `?` stand for any characters but `/`. */
export function pathTarget(path: string): PathTarget {
  if (!special.test(path)) return { path, root: path, segments: [], covers: (other) => isWithin(other, path) };
  const names = path.split('/').slice(1);
  const first = names.findIndex((name) => special.test(name));
  const root = `/${names.slice(0, first).join('/')}`;
  const segments = names.slice(first).map(segmentPattern);
  return {
    path,
    root,
    segments,
    covers(other) {
      if (other === root || !isWithin(other, root)) return false;
      const rest = other.slice(root === '/' ? 1 : root.length + 1).split('/');
      return rest.length >= segments.length && segments.every((segment, index) => segment(rest[index] ?? ''));
    },
  };
}

/** The path that a target's word or pattern gives for something that it covers: the path itself, or a folder above it. */
export function matchedPath(target: PathTarget, path: string): string {
  if (target.segments.length === 0) return target.path;
  return path.split('/').slice(0, target.path.split('/').length).join('/');
}

/** Paths of a context tree that the target means, by where they lie in the image. */
function matchesIn(tree: ContextTree, target: PathTarget, snapshot: ContextSnapshot): readonly string[] {
  if (target.segments.length === 0) {
    const source = sourceAt(tree, target.path);
    return source !== undefined && snapshot.entry(source) !== undefined ? [target.path] : [];
  }
  const found: string[] = [];
  // A tree that lies below the pattern's folder is met by some of the pattern's parts before it begins.
  const walk = (path: string, source: string, depth: number): void => {
    const segment = target.segments[depth];
    if (segment === undefined) {
      found.push(path);
      return;
    }
    for (const child of snapshot.children(source)) {
      if (segment(child.name) && !tree.except.includes(child.path)) {
        walk(under(path, child.name), child.path, depth + 1);
      }
    }
  };
  if (isWithin(target.root, tree.path)) {
    const source = sourceAt(tree, target.root);
    if (source !== undefined) walk(target.root, source, 0);
  } else if (isWithin(tree.path, target.root)) {
    const rest = tree.path.slice(target.root === '/' ? 1 : target.root.length + 1).split('/');
    if (rest.every((name, index) => target.segments[index]?.(name) === true)) {
      walk(tree.path, tree.source, rest.length);
    }
  }
  return found;
}

const documentation = /\/(?:doc|man|info|locale|groff|lintian)(?:\/|$)/;

/** What of a folder whose files are not told apart lies at a path inside it: seldom much. */
function shareBelow(part: BulkPart, path: string): BulkPart {
  const [best, most] = documentation.test(path) ? [0.03, 0.12] : [0, 0.1];
  return { ...part, path, size: shareOf(part.size, best, most) };
}

export interface Split {
  readonly taken: readonly Part[];
  readonly kept: Part | undefined;
}

/** What of a part the target means, and what else there is of it. */
export function splitPart(part: Part, target: PathTarget, snapshot: ContextSnapshot | undefined): Split {
  if (target.covers(part.path)) return { taken: [part], kept: undefined };
  const meets = isWithin(target.root, part.path) || (target.segments.length > 0 && isWithin(part.path, target.root));
  if (!meets || part.kind === 'file' || part.kind === 'link') return { taken: [], kept: part };
  if (part.kind === 'bulk') {
    if (!isWithin(target.root, part.path)) return { taken: [], kept: part };
    if (target.path === under(part.path, '*')) return { taken: [part], kept: undefined };
    const share = shareBelow(part, target.path);
    return { taken: [share], kept: { ...part, size: subtractRange(part.size, share.size) } };
  }
  if (snapshot === undefined) return { taken: [], kept: part };
  const paths = matchesIn(part, target, snapshot);
  if (paths.length === 0) return { taken: [], kept: part };
  const sources = paths.flatMap((path) => sourceAt(part, path) ?? []);
  return {
    taken: paths.flatMap((path) => partOfTree(part, path, path, part.owner, snapshot) ?? []),
    kept: treeWithout(part, sources, snapshot),
  };
}

/** A part under another path and of another layer. */
export function movedPart(part: Part, from: string, to: string, owner: Owner): Part {
  return { ...part, path: under(to, part.path.slice(from === '/' ? 1 : from.length + 1)), owner };
}
