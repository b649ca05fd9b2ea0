/** Modes that git does not keep: of a file it keeps whether its owner may execute it, of a folder nothing. */
import { changedSince } from './changed-since';
import type { ContextSnapshot, Selection } from './types';

/** What a checkout gives files and folders under the usual umasks, 022 and 002. */
const checkedOut: Readonly<Record<'file' | 'directory', ReadonlySet<number>>> = {
  file: new Set([0o644, 0o755, 0o664, 0o775]),
  directory: new Set([0o755, 0o775]),
};

/** A program that writes a file and then sets its mode does both in so many milliseconds. */
const together = 100;

/**
 * Paths in a selection, at most ten, whose mode may have been another one when a commit was made at a moment (milliseconds since the epoch):
 * they changed since, and have a mode that no checkout gives, or nothing but attributes has changed. Empty when times tell nothing.
 */
export function modesOutsideGit(
  snapshot: ContextSnapshot,
  selection: Selection,
  committedAt: number,
): readonly string[] {
  return changedSince(snapshot, selection, committedAt, ({ type, mode, ctime, mtime }) => {
    if (type !== 'file' && type !== 'directory') return false;
    return !checkedOut[type].has(mode) || ctime > mtime + together;
  });
}
