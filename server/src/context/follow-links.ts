/**
 * Symbolic links on the way to a path, resolved as the builder does: inside the context root only, `..` stopping there, an
 * absolute target counted from the root (cache/contenthash/checksum.go, getFollowLinksCallback).
 */
import { cleanPath, pathInOrigin } from '../build/paths';
import { joinPath } from './paths';
import type { ContextEntry, ContextSnapshot } from './types';

/** More links than this on one path are a loop (cache/contenthash/path.go, maxSymlinkLimit). */
const linkLimit = 255;

export interface FollowedPath {
  /** The entry that was reached; its path is where it really lies. */
  readonly entry: ContextEntry;
  /** Paths of the links that were followed, in order. */
  readonly links: readonly string[];
}

/** What a path leads to, or undefined when nothing is there, a link dangles, or links run in a circle. */
export function followLinks(snapshot: ContextSnapshot, path: string, followLast = true): FollowedPath | undefined {
  const links: string[] = [];
  let current = '';
  let remaining = path === '' ? [] : path.split('/');
  let entry = snapshot.entry('');
  while (remaining.length > 0) {
    const [element = '', ...rest] = remaining;
    remaining = rest;
    const next = pathInOrigin(joinPath(current, element));
    entry = snapshot.entry(next);
    if (!entry) return undefined;
    if (entry.type !== 'symlink' || (rest.length === 0 && !followLast)) {
      current = next;
      continue;
    }
    links.push(next);
    if (links.length > linkLimit) return undefined;
    const target = entry.linkTarget ?? '';
    if (target.startsWith('/')) current = '';
    remaining = [...cleanElements(target), ...rest];
    entry = snapshot.entry(current);
  }
  return entry ? { entry, links } : undefined;
}

/** Elements of a link's target; `..` stays, as it counts from where the link lies. */
function cleanElements(target: string): string[] {
  const clean = cleanPath(target);
  return clean === '.' ? [] : clean.split('/').filter((element) => element !== '');
}
