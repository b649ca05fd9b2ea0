/** Object IDs that git already has: files that do not differ from HEAD need not be read to know their digest. */
import type { Failable, GitLocation, GitPort } from './ports';

/** Blob IDs of tracked files below the located folder that are as HEAD has them, by path from the folder. */
export async function readCleanBlobs(
  git: GitPort,
  location: GitLocation,
  signal: AbortSignal,
): Promise<Failable<ReadonlyMap<string, string>>> {
  const { root, prefix } = location;
  const [tree, modified] = await Promise.all([
    git.tree(root, 'HEAD', prefix, signal),
    git.modified(root, prefix, signal),
  ]);
  if (tree.kind === 'failed') return tree;
  if (modified.kind === 'failed') return modified;
  const differing = new Set(modified.value);
  const blobs = new Map<string, string>();
  for (const { path, type, blob } of tree.value) if (type === 'file' && !differing.has(path)) blobs.set(path, blob);
  return { kind: 'ok', value: blobs };
}
