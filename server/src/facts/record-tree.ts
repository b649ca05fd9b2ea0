/**
 * The digests by path of a build in a record file: an object of a few, and one text of those of a large context. Of an object with a hundred
 * thousand members a hundred megabytes would be left when it is read.
 */

import type { PathDigest } from '../context/content-tree';
import {
  compareParts,
  contentTree,
  type DigestsByPath,
  digestsByPath,
  orderedDigests,
  PackedDigests,
} from '../context/content-tree';

/** What divides paths and digests in the text: neither a path nor a link's target holds it. */
const divider = '\0';
/** Characters that are written at once. */
const pieceLength = 100_000;

/** The tree as JSON, piece by piece. */
export function* treeText(tree: DigestsByPath): Generator<string> {
  if (!(tree instanceof PackedDigests)) {
    yield JSON.stringify(Object.fromEntries(contentTree(tree).entries()));
    return;
  }
  yield '"';
  let piece = '';
  for (const [path, digest] of tree.entries()) {
    piece += `${path}${divider}${digest}${divider}`;
    if (piece.length < pieceLength) continue;
    yield JSON.stringify(piece).slice(1, -1);
    piece = '';
  }
  yield `${JSON.stringify(piece).slice(1, -1)}"`;
}

/** The tree of such a text; undefined when it has no such form or more paths than that. */
export function treeOfText(text: string, most: number): DigestsByPath | undefined {
  let dividers = 0;
  for (let at = text.indexOf(divider); at >= 0; at = text.indexOf(divider, at + 1)) dividers += 1;
  if (dividers % 2 !== 0 || dividers / 2 > most || (text !== '' && !text.endsWith(divider))) return undefined;
  let isOrdered = true;
  const entries = function* (): Generator<PathDigest> {
    let before: string | undefined;
    for (let at = 0; at < text.length; ) {
      const end = text.indexOf(divider, at);
      const behind = text.indexOf(divider, end + 1);
      const path = text.slice(at, end);
      if (before !== undefined && compareParts(before, path) >= 0) isOrdered = false;
      before = path;
      yield [path, text.slice(end + 1, behind)];
      at = behind + 1;
    }
  };
  const tree = orderedDigests(entries(), dividers / 2);
  // Somebody else has written it.
  return isOrdered ? tree : digestsByPath([...new Map(entries())]);
}
