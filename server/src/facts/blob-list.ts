/** Paths with git object IDs in two buffers, which pass between threads as fast as memory is copied. */

export interface BlobList {
  /** Paths in UTF-8, each ended by a NUL. */
  readonly paths: Uint8Array<ArrayBuffer>;
  /** Object IDs as bytes, in the same order: 20 each, or 32 in a SHA-256 repository. */
  readonly ids: Uint8Array<ArrayBuffer>;
}

/** Packs pairs of path and hexadecimal object ID; all IDs of a repository have the same length. */
export function packBlobs(blobs: Iterable<readonly [path: string, id: string]>): BlobList {
  const paths: string[] = [];
  const ids: string[] = [];
  for (const [path, id] of blobs) {
    paths.push(path, '\0');
    ids.push(id);
  }
  // Copies, because a Buffer may be a part of a pool that is larger by far.
  return { paths: new Uint8Array(Buffer.from(paths.join(''))), ids: new Uint8Array(Buffer.from(ids.join(''), 'hex')) };
}

/** The hexadecimal object ID of each path. */
export function unpackBlobs(list: BlobList): ReadonlyMap<string, string> {
  const paths = Buffer.from(list.paths).toString('utf8').split('\0');
  paths.pop();
  const width = paths.length === 0 ? 0 : list.ids.length / paths.length;
  const ids = Buffer.from(list.ids);
  return new Map(paths.map((path, index) => [path, ids.toString('hex', index * width, (index + 1) * width)]));
}
