/** Everything that a selection takes, entry by entry, with `--exclude` applied below each root. */
import { joinPath } from './paths';
import type { MatchState, PatternMatcher } from './pattern-matcher';
import type { SourceRoot } from './source-roots';
import type { ContextEntry, ContextSnapshot } from './types';

/**
 * Calls back for the root and each entry below it that is taken, directories before what they hold. `below` is the path
 * from the root, empty for the root itself. A directory that is excluded is taken after all when a `!` pattern keeps
 * something in it (fsutil copy/copy.go, createParentDirs).
 */
export function visitSelected(
  snapshot: ContextSnapshot,
  root: SourceRoot,
  exclude: PatternMatcher | undefined,
  visit: (entry: ContextEntry, below: string) => void,
): void {
  const waiting: { readonly entry: ContextEntry; readonly below: string }[] = [];
  const take = (entry: ContextEntry, below: string): void => {
    for (const parent of waiting.splice(0)) visit(parent.entry, parent.below);
    visit(entry, below);
  };
  const walk = (entry: ContextEntry, below: string, candidate: string, parent: MatchState): void => {
    let state: Uint8Array | undefined;
    let excluded = false;
    if (exclude && candidate !== '') {
      state = new Uint8Array(exclude.patterns.length);
      excluded = exclude.match(candidate, parent, state);
    }
    if (!excluded) take(entry, below);
    if (entry.type !== 'directory' || (excluded && !exclude?.mayKeepBelow(candidate))) return;
    const held = { entry, below };
    if (excluded) waiting.push(held);
    for (const child of snapshot.children(entry.path)) {
      walk(child, joinPath(below, child.name), joinPath(candidate, child.name), state);
    }
    // Nothing was kept in it.
    if (excluded && waiting.at(-1) === held) waiting.pop();
  };
  // Entries below are named by where they lie, so that links in the root's path do not matter.
  walk({ ...root.entry, path: root.resolvedPath }, '', root.candidate, undefined);
}
