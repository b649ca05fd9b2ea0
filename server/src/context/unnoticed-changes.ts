/** Changes of the build context that the builder may not notice, as it compares times and sizes with a copy it keeps. */
import { builderCopy } from './builder-copy';
import type { DigestsByPath } from './content-tree';
import { changedPaths } from './recorded-tree';
import { selectionDigest } from './select';
import type { ContextSnapshot, Selection } from './types';
import { unsureIn } from './unsure-paths';

export type UnnoticedChanges =
  /** Whatever differs is noticed. */
  | { readonly kind: 'none' }
  /** `only`: nothing differs but what is not noticed. */
  | {
      readonly kind: 'some' | 'only';
      /** Directories and files, at most ten. */
      readonly paths: readonly string[];
      /**
       * Digests (SHA-256) that the builder may come to while it has its copy: one when only modes of directories are
       * unnoticed, which is sure; a second one when files are among it, which depends on their sizes and exact times then; none
       * where it is open what its copy holds.
       */
      readonly digests: readonly string[];
    };

const pathLimit = 10;

/**
 * What the builder does not notice of a selection, against the digests by path of its newest build of the same context
 * folder and the start of that build (milliseconds since the epoch). `unsure`: paths of which that build may have had another
 * state than recorded, see `unsurePaths`. `none` while contents are being read.
 */
export function unnoticedChanges(
  snapshot: ContextSnapshot,
  selection: Selection,
  recorded: DigestsByPath,
  builtAt: number,
  unsure: readonly string[] = [],
): UnnoticedChanges {
  // Before contents are known every directory would be compared, and nothing would follow.
  if (selectionDigest(snapshot, selection, 'sha256').state !== 'known') return { kind: 'none' };
  const copy = builderCopy(snapshot, [selection], recorded, builtAt);
  const digests = [snapshot, copy.snapshot, copy.unnoticing].map((view) => selectionDigest(view, selection, 'sha256'));
  const [now, ...others] = digests.flatMap((each) => (each.state === 'known' ? [each.digest] : []));
  const differing = [...new Set(others)].filter((digest) => digest !== now);
  const open = now === undefined ? [] : unsureIn(snapshot, selection, unsure, builtAt);
  if (now === undefined || differing.length + open.length === 0) return { kind: 'none' };
  const isSame = open.length === 0 && changedPaths(copy.unnoticing, selection, recorded, 'sha256', 1).count === 0;
  return {
    kind: isSame ? 'only' : 'some',
    paths: [...new Set([...copy.directories, ...copy.files, ...open])].slice(0, pathLimit),
    digests: open.length > 0 ? [] : [...new Set(others)],
  };
}
