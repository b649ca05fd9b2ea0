/** What instructions read from the build context or from another origin, as a selection of paths. */
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

/** What a bind mount reads: one path, '' for everything. */
export function bindSelection(source: string): Selection {
  return { sources: [{ path: source, wildcard: false }], exclude: [], parents: false, unpack: false };
}

/** Everything that an operation reads from the build context: COPY and ADD, and each bind mount of RUN. */
export function contextSelectionsOf(operation: Operation): readonly Selection[] {
  if (operation.kind === 'copy' && operation.origin.kind === 'context') {
    const selection = copySelection(operation);
    return selection.sources.length === 0 ? [] : [selection];
  }
  if (operation.kind !== 'execute') return [];
  return operation.mounts.flatMap((mount) =>
    mount.type === 'bind' && mount.origin.kind === 'context' ? [bindSelection(mount.source)] : [],
  );
}
