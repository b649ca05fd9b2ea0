/**
 * The digests by path of a build in a record file: an object of a few, and one text of those of a large context. Of an object with a hundred
 * thousand members a hundred megabytes would be left when it is read.
 */

import {
  compareParts,
  contentTree,
  type DigestsByPath,
  digestsByPath,
  orderedDigests,
  PackedDigests,
  type PackedParts,
} from '../context/content-tree';
import { hexDigits } from '../context/hexadecimal';

/** What divides paths and digests in the text: neither a path nor a link's target holds it. */
const divider = '\0';
const colon = 0x3a;
/** Bytes that are written at once. */
const pieceLength = 100_000;

/** The tree as JSON, piece by piece. */
export function* treeText(tree: DigestsByPath): Generator<string> {
  if (!(tree instanceof PackedDigests)) {
    yield JSON.stringify(Object.fromEntries(contentTree(tree).entries()));
    return;
  }
  yield '"';
  yield* packedText(tree.parts);
  yield '"';
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** A text as JSON has it between its quotes, in UTF-8. */
function escaped(text: string): Uint8Array {
  return encoder.encode(JSON.stringify(text).slice(1, -1));
}

const dividerBytes = escaped(divider);
/** What stands for a byte that JSON does not take as it is. */
const escapes: readonly (Uint8Array | undefined)[] = Array.from({ length: 0x80 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  const bytes = escaped(character);
  return bytes.length === 1 ? undefined : bytes;
});
/** Bytes that stand for one, at most. */
const longestEscape = 6;

/** Paths and digests byte by byte: a text for each of a hundred thousand would leave hundreds of megabytes. */
function* packedText({ paths, ends, heads, texts, contents, width }: PackedParts): Generator<string> {
  const beginnings = texts.map(escaped);
  let piece = new Uint8Array(pieceLength);
  let length = 0;
  const put = (bytes: Uint8Array): void => {
    piece.set(bytes, length);
    length += bytes.length;
  };
  for (let index = 0, start = 0; index < ends.length; index++) {
    const end = ends[index] ?? start;
    const head = heads[index] ?? 0;
    const beginning = beginnings[head >> 1] ?? new Uint8Array(0);
    const most = (end - start) * longestEscape + beginning.length + 1 + 2 * width + 2 * dividerBytes.length;
    if (length + most > piece.length) {
      yield decoder.decode(piece.subarray(0, length));
      length = 0;
      if (most > piece.length) piece = new Uint8Array(most);
    }
    for (let at = start; at < end; at++) {
      const byte = paths[at] ?? 0;
      const other = escapes[byte];
      if (other === undefined) piece[length++] = byte;
      else put(other);
    }
    put(dividerBytes);
    put(beginning);
    if ((head & 1) === 0) {
      piece[length++] = colon;
      for (let at = index * width; at < (index + 1) * width; at++) {
        const byte = contents[at] ?? 0;
        piece[length++] = hexDigits[byte >> 4] ?? 0;
        piece[length++] = hexDigits[byte & 0x0f] ?? 0;
      }
    }
    put(dividerBytes);
    start = end;
  }
  yield decoder.decode(piece.subarray(0, length));
}

/** The tree of such a text; undefined when it has no such form or more paths than that. */
export function treeOfText(text: string, most: number): DigestsByPath | undefined {
  let dividers = 0;
  for (let at = text.indexOf(divider); at >= 0; at = text.indexOf(divider, at + 1)) dividers += 1;
  if (dividers % 2 !== 0 || dividers / 2 > most || (text !== '' && !text.endsWith(divider))) return undefined;
  let isOrdered = true;
  const walk = (take: (path: string, digest: string) => void): void => {
    let before: string | undefined;
    for (let at = 0; at < text.length; ) {
      const end = text.indexOf(divider, at);
      const behind = text.indexOf(divider, end + 1);
      const path = text.slice(at, end);
      if (before !== undefined && compareParts(before, path) >= 0) isOrdered = false;
      before = path;
      take(path, text.slice(end + 1, behind));
      at = behind + 1;
    }
  };
  const tree = orderedDigests(walk, dividers / 2);
  if (isOrdered) return tree;
  // Somebody else has written it.
  const entries = new Map<string, string>();
  walk((path, digest) => entries.set(path, digest));
  return digestsByPath([...entries]);
}
