/**
 * What the builder may not have noticed of a build context, going by times alone: it is sent a directory's new mode and does not hash it
 * again, and a file that has another content but the same size and modification time is not sent (see `builder-copy.ts`).
 */
import { changedSince } from './changed-since';
import type { ContextSnapshot, Selection } from './types';

/**
 * Paths in a selection, at most ten, that changed after a moment (milliseconds since the epoch) in a way that the builder may not have
 * noticed: directories that changed at all, as a change of the mode leaves no other trace, and files whose modification time is older than
 * the moment. Empty when times tell nothing. `isKnown`: of these paths it is known what the builder had of them.
 */
export function maybeUnnoticed(
  snapshot: ContextSnapshot,
  selection: Selection,
  since: number,
  isKnown: (path: string) => boolean,
): readonly string[] {
  return changedSince(
    snapshot,
    selection,
    since,
    ({ path, type, mtime }) => (type === 'directory' || mtime < since) && !isKnown(path),
  );
}
