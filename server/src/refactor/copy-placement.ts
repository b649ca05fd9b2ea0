/** Where the files that COPY and ADD take from the build context come to lie in the image, and back. */
import { cleanPath } from '../build/paths';
import type { BuildStep, CopyOperation } from '../build/types';
import { selectSources } from '../context/select';
import type { ContextSnapshot } from '../context/types';
import { within } from './split-types';

/** A file or folder of the build context in the image. */
export interface Placement {
  /** Path in the build context; `''` is its root. */
  readonly source: string;
  /** Absolute and clean in the image. */
  readonly target: string;
  readonly directory: boolean;
}

export interface ContextCopy {
  readonly step: BuildStep;
  readonly operation: CopyOperation;
  readonly placements: readonly Placement[];
}

/**
 * A COPY or ADD of the file itself that takes nothing but files of the build context, with the place of each. Undefined where that is not
 * known: heredocs, URLs, `--exclude`, `--parents`, archives that ADD unpacks, and names that lead through links.
 */
export function contextCopy(step: BuildStep, snapshot: ContextSnapshot): ContextCopy | undefined {
  const { operation, origin } = step;
  if (operation.kind !== 'copy' || origin.kind !== 'own' || operation.origin.kind !== 'context') return undefined;
  if (operation.exclude.length > 0 || operation.parents) return undefined;
  const sources = operation.sources.flatMap((source) => (source.kind === 'path' ? [source] : []));
  if (sources.length < operation.sources.length) return undefined;
  const { roots, missing } = selectSources(snapshot, {
    sources: sources.map(({ path, wildcard }) => ({ path, wildcard })),
    exclude: [],
    parents: false,
    unpack: false,
  });
  if (missing.length > 0 || roots.length === 0) return undefined;
  const folder = cleanPath(operation.destination);
  const intoFolder =
    roots.length > 1 || /\/\.?$/.test(operation.destination) || folder === cleanPath(step.state.workdir);
  const placements = roots.map(({ entry, resolvedPath }): Placement | undefined => {
    if (resolvedPath !== entry.path || (entry.type !== 'file' && entry.type !== 'directory')) return undefined;
    const directory = entry.type === 'directory';
    // An archive may be unpacked by ADD.
    if (operation.add && !directory) return undefined;
    const target = directory || !intoFolder ? folder : cleanPath(`${folder}/${entry.name}`);
    return { source: entry.path, target, directory };
  });
  const known = placements.filter((each) => each !== undefined);
  return known.length < placements.length ? undefined : { step, operation, placements: known };
}

/** The path in the build context that a copy puts at a path of the image, there or not; undefined when it puts nothing there. */
export function sourceAt({ placements }: ContextCopy, path: string): string | undefined {
  const found = placements.findLast(({ target, directory }) => (directory ? within(path, target) : path === target));
  if (found === undefined) return undefined;
  const rest = path.slice(found.target === '/' ? 1 : found.target.length + 1);
  return [found.source, rest].filter((part) => part !== '').join('/');
}

/** The file or folder of the build context that lies at a path of the image after the copies, in their order; undefined for none. */
export function providedAt(
  copies: readonly ContextCopy[],
  snapshot: ContextSnapshot,
  path: string,
): { readonly copy: ContextCopy; readonly source: string } | undefined {
  for (const copy of copies.toReversed()) {
    const source = sourceAt(copy, path);
    if (source !== undefined && snapshot.entry(source) !== undefined) return { copy, source };
  }
  return undefined;
}
