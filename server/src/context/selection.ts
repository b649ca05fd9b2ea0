/** What instructions read from the build context or from another origin, as a selection of paths. */
import { mountInputs } from '../build/mount-inputs';
import type { CopyOperation, Operation } from '../build/types';
import type { Selection } from './types';

/** The paths that COPY or ADD reads; without sources when it has only heredocs or remote files. */
export function copySelection(operation: CopyOperation): Selection {
  return {
    sources: operation.sources.flatMap((source) =>
      source.kind === 'path'
        ? [{ path: operation.parents ? source.written.replace(/^\/+/, '') : source.path, wildcard: source.wildcard }]
        : [],
    ),
    exclude: operation.exclude,
    parents: operation.parents,
    unpack: operation.unpack,
  };
}

/** What mounts of one RUN read from one place: paths, '' alone for everything. The builder takes one digest over all of it. */
export function mountSelection(sources: readonly string[]): Selection {
  return { sources: sources.map((path) => ({ path, wildcard: false })), exclude: [], parents: false, unpack: false };
}

/** What a bind mount reads: one path, '' for everything. */
export function bindSelection(source: string): Selection {
  return mountSelection([source]);
}

/** Everything that an operation reads from the build context: COPY and ADD, and the bind mounts of RUN together. */
export function contextSelectionsOf(operation: Operation): readonly Selection[] {
  if (operation.kind === 'copy' && operation.origin.kind === 'context') {
    const selection = copySelection(operation);
    return selection.sources.length === 0 ? [] : [selection];
  }
  if (operation.kind !== 'execute') return [];
  return mountInputs(operation).flatMap(({ origin, sources }) =>
    origin.kind === 'context' ? [mountSelection(sources)] : [],
  );
}
