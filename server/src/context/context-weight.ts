/**
 * What a build sends of its context, and what of that nobody copies. The builder asks for the paths that needed steps name and for nothing
 * else (convert.go: normalizeContextPaths; solver/llbsolver/ops/source.go with FollowPaths; fsutil followlinks.go), so a file that is sent
 * and not copied is one that `--exclude` keeps out of a copy of its folder, which the client does not know of.
 */
import { baseName, compareBytewise, joinPath } from './paths';
import { remembered } from './remembered';
import { selectSources } from './select';
import { visitSelected } from './selected-entries';
import { mountSelection } from './selection';
import { largestBelow } from './selection-totals';
import { resolveSources } from './source-roots';
import { standsForContents } from './suspects';
import type { ContextSnapshot, EntryType, Selection, Totals } from './types';

export interface WeighedPath {
  /** Path in the context. */
  readonly path: string;
  readonly size: number;
  readonly type: EntryType;
}

export interface Weight extends Totals {
  /** Largest first, at most 20. */
  readonly largest: readonly WeighedPath[];
}

const listed = 20;

/** Paths of which everything is sent, none inside another; '' alone for the whole context. */
function sentRoots(snapshot: ContextSnapshot, selections: readonly Selection[]): readonly string[] {
  const paths = new Set(
    selections.flatMap((selection) => selectSources(snapshot, selection).roots.map((root) => root.resolvedPath)),
  );
  if (paths.has('')) return [''];
  return [...paths].filter((path) => {
    const above = path.split('/').slice(0, -1);
    return !above.some((_, index) => paths.has(above.slice(0, index + 1).join('/')));
  });
}

/** What is sent for the selections, when nothing of it has been sent before; folders that stand for what they hold are not opened. */
export function sentWeight(snapshot: ContextSnapshot, selections: readonly Selection[]): Weight {
  return remembered(snapshot, `sent ${JSON.stringify(selections)}`, () => {
    const roots = sentRoots(snapshot, selections);
    if (roots.length === 0) return { bytes: 0, files: 0, largest: [] };
    let bytes = 0;
    let files = 0;
    for (const path of roots) {
      const totals = snapshot.totalsOf(path);
      bytes += totals.bytes;
      files += totals.files;
    }
    const { sources } = resolveSources(snapshot, mountSelection(roots));
    const largest = largestBelow(
      snapshot,
      sources.flatMap((source) => source.roots),
      (path) => !standsForContents(baseName(path)),
    );
    return { bytes, files, largest };
  });
}

/** What is sent for the selections and taken by none of them. Folders that are left out as a whole are listed as one. */
export function untakenWeight(snapshot: ContextSnapshot, selections: readonly Selection[]): Weight {
  const nothing: Weight = { bytes: 0, files: 0, largest: [] };
  if (selections.every(({ exclude }) => exclude.length === 0)) return nothing;
  return remembered(snapshot, `untaken ${JSON.stringify(selections)}`, () => {
    const taken = new Set<string>();
    const wholes = new Set<string>();
    for (const selection of selections) {
      const { sources, exclude } = resolveSources(snapshot, selection);
      for (const root of sources.flatMap(({ roots }) => roots)) {
        if (exclude === undefined) wholes.add(root.resolvedPath);
        else
          visitSelected(snapshot, root, exclude, (entry) => {
            if (entry.type !== 'directory') taken.add(entry.path);
          });
      }
    }
    const left: WeighedPath[] = [];
    let bytes = 0;
    let files = 0;
    const look = (path: string, type: EntryType): boolean => {
      if (wholes.has(path)) return true;
      if (type !== 'directory') {
        if (taken.has(path)) return true;
        const totals = snapshot.totalsOf(path);
        bytes += totals.bytes;
        files += totals.files;
        if (totals.bytes > 0) left.push({ path, size: totals.bytes, type });
        return false;
      }
      const before = { listed: left.length, bytes };
      let used = false;
      for (const child of snapshot.children(path)) {
        if (look(joinPath(path, child.name), child.type)) used = true;
      }
      if (!used && path !== '' && bytes > before.bytes) {
        left.splice(before.listed);
        left.push({ path, size: bytes - before.bytes, type: 'directory' });
      }
      return used;
    };
    for (const root of sentRoots(snapshot, selections)) look(root, snapshot.entry(root)?.type ?? 'directory');
    left.sort((one, other) => other.size - one.size || compareBytewise(one.path, other.path));
    return { bytes, files, largest: left.slice(0, listed) };
  });
}
