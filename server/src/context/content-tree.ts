/**
 * Digests by path, as a build record keeps them. A few are an object; those of a large context are packed into a few buffers, since as an
 * object they take five times the memory, and a server keeps several.
 */
import type { DigestParts } from './entry-digest';
import { fromHex, toHex } from './hexadecimal';

/** Digests by path. */
export type DigestsByPath = Readonly<Record<string, string>> | PackedDigests;

export type PathDigest = readonly [path: string, digest: string];

/** Takes one entry after the other; the digest with its bytes, where they are at hand. */
export type TakeContent = (path: string, digest: string | DigestParts) => void;

export interface ContentTree {
  /** Paths. */
  readonly size: number;
  digest(path: string): string | undefined;
  /** Names of the paths directly in a directory. */
  names(directory: string): readonly string[];
  entries(): Iterable<PathDigest>;
}

/** So many are packed. */
const packedFrom = 2_000;

const trees = new WeakMap<object, ContentTree>();

/** Reads digests by path, whatever form they have. */
export function contentTree(digests: DigestsByPath): ContentTree {
  if (digests instanceof PackedDigests) return digests;
  const known = trees.get(digests);
  if (known) return known;
  const tree = treeOfObject(digests);
  trees.set(digests, tree);
  return tree;
}

/** Digests by path in the form that their number asks for, each path once. */
export function digestsByPath(entries: readonly PathDigest[]): DigestsByPath {
  const isLarge = entries.length >= packedFrom;
  const ordered = isLarge ? entries.toSorted(([a], [b]) => compareParts(a, b)) : entries;
  return orderedDigests((take) => {
    for (const [path, digest] of ordered) take(path, digest);
  }, entries.length);
}

/**
 * The same of entries that a walk tells as it meets them: what lies in a directory right behind it, in the order of the names' bytes. `most`:
 * so many at most. A call for each, since an iterator makes two objects for one of a hundred thousand.
 */
export function orderedDigests(walk: (take: TakeContent) => void, most: number): DigestsByPath {
  if (most >= packedFrom) return packedDigests(packed(walk, most));
  // Without a prototype, so that a path named like a member of Object is a path.
  const digests: Record<string, string> = Object.create(null);
  walk((path, digest) => {
    digests[path] = digestText(digest);
  });
  return digests;
}

function digestText(digest: string | DigestParts): string {
  return typeof digest === 'string' ? digest : `${digest.head}:${toHex(digest.content)}`;
}

function treeOfObject(digests: Readonly<Record<string, string>>): ContentTree {
  const paths = Object.keys(digests);
  let names: Map<string, string[]> | undefined;
  const namesBelow = (): Map<string, string[]> => {
    const found = new Map<string, string[]>();
    for (const path of paths) {
      if (path === '') continue;
      const slash = path.lastIndexOf('/');
      const directory = path.slice(0, Math.max(0, slash));
      const siblings = found.get(directory);
      if (siblings) siblings.push(path.slice(slash + 1));
      else found.set(directory, [path.slice(slash + 1)]);
    }
    return found;
  };
  return {
    size: paths.length,
    digest: (path) => (Object.hasOwn(digests, path) ? digests[path] : undefined),
    names(directory) {
      names ??= namesBelow();
      return names.get(directory) ?? [];
    },
    entries: () => Object.entries(digests),
  };
}

/** What parts of a path are divided by counts as less than any byte of a name: what lies in a directory then stands right behind it. */
function weight(byte: number): number {
  return byte === slash ? 0 : byte;
}

const slash = 0x2f;
/** Bytes of a path, to begin with. */
const usualPath = 48;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const ordinary = /^([fd][0-7]*):((?:[0-9a-f]{2})+)$/;

/** Compares paths part by part, as bytes of UTF-8. */
export function compareParts(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const one = a.charCodeAt(at);
    const other = b.charCodeAt(at);
    if (one > 0x7f || other > 0x7f) return compareBytes(encoder.encode(a), encoder.encode(b));
    if (one !== other) return weight(one) - weight(other);
  }
  return a.length - b.length;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const difference = weight(a[at] ?? 0) - weight(b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** What packed digests are made of: plain data, which a thread can hand over. */
export interface PackedParts {
  /** All paths, one behind the other, in the order of `compareParts`. */
  readonly paths: Uint8Array<ArrayBuffer>;
  /** Where each path ends. */
  readonly ends: Uint32Array<ArrayBuffer>;
  /** Of each path twice the index of what its digest begins with; one more: of all of a digest that is not ordinary. */
  readonly heads: Uint32Array<ArrayBuffer>;
  /** What digests begin with, and digests that are not ordinary. */
  readonly texts: readonly string[];
  /** The bytes of all digests, each as many as `width`. */
  readonly contents: Uint8Array<ArrayBuffer>;
  readonly width: number;
  /** Bytes that paths and digests take as the text of a record, about. */
  readonly textBytes: number;
}

function partsOf(digest: string): DigestParts | undefined {
  const [, head = '', digits = ''] = ordinary.exec(digest) ?? [];
  return digits.length === 0 ? undefined : { head, content: fromHex(digits, digits.length / 2) };
}

/** Writes a text as UTF-8 and tells where it ends. What is plain ASCII, as nearly all paths are, needs no view of the bytes of its own. */
function written(text: string, bytes: Uint8Array, start: number): number {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0x7f) return start + encoder.encodeInto(text, bytes.subarray(start)).written;
    bytes[start + at] = code;
  }
  return start + text.length;
}

/** Packs entries that come in the order of `compareParts`, each path once, at most so many. */
function packed(walk: (take: TakeContent) => void, most: number): PackedParts {
  const texts: string[] = [];
  const known = new Map<string, number>();
  const textIndex = (text: string): number => {
    let index = known.get(text);
    if (index === undefined) {
      index = texts.push(text) - 1;
      known.set(text, index);
    }
    return index;
  };
  const ends = new Uint32Array(most);
  const heads = new Uint32Array(most);
  let contents = new Uint8Array(0);
  let width = 0;
  let paths = new Uint8Array(most * usualPath);
  let size = 0;
  let end = 0;
  let textBytes = 0;
  walk((path, digest) => {
    if (end + path.length * 3 > paths.length) {
      const larger = new Uint8Array(Math.max(paths.length * 2, end + path.length * 3));
      larger.set(paths);
      paths = larger;
    }
    end = written(path, paths, end);
    ends[size] = end;
    const parts = typeof digest === 'string' ? partsOf(digest) : digest;
    if (width === 0 && parts !== undefined) {
      // All digests of one scheme are as wide.
      width = parts.content.length;
      contents = new Uint8Array(most * width);
    }
    if (parts !== undefined && parts.content.length === width) {
      contents.set(parts.content, size * width);
      heads[size] = textIndex(parts.head) * 2;
    } else heads[size] = textIndex(digestText(digest)) * 2 + 1;
    textBytes += path.length + (typeof digest === 'string' ? digest.length : digest.head.length + 1 + 2 * width) + 6;
    size += 1;
  });
  return {
    paths: paths.slice(0, end),
    ends: ends.slice(0, size),
    heads: heads.slice(0, size),
    texts,
    contents: contents.slice(0, size * width),
    width,
    textBytes,
  };
}

/** Many digests by path: paths in one buffer, part by part in the order of their bytes, the digests' own bytes in another. */
export class PackedDigests implements ContentTree {
  /** What it is made of; never changed. */
  readonly parts: PackedParts;
  readonly size: number;

  constructor(parts: PackedParts) {
    this.parts = parts;
    this.size = parts.ends.length;
  }

  /** Bytes that paths and digests take as the text of a record, about. */
  get textBytes(): number {
    return this.parts.textBytes;
  }

  digest(path: string): string | undefined {
    const wanted = encoder.encode(path);
    const index = this.#from(wanted);
    return index < this.size && this.#compare(index, wanted) === 0 ? this.#digestAt(index) : undefined;
  }

  names(directory: string): readonly string[] {
    const prefix = encoder.encode(directory === '' ? '' : `${directory}/`);
    const names: string[] = [];
    let index = this.#from(prefix);
    // The root itself is no name in it.
    if (directory === '' && index < this.size && this.#pathBytes(index).length === 0) index += 1;
    while (index < this.size) {
      const path = this.#pathBytes(index);
      if (!startsWith(path, prefix)) break;
      const rest = path.subarray(prefix.length);
      const deeper = rest.indexOf(slash);
      if (deeper < 0) names.push(decoder.decode(rest));
      const name = deeper < 0 ? rest : rest.subarray(0, deeper);
      index = this.#behind(index, path.subarray(0, prefix.length + name.length));
    }
    return names;
  }

  *entries(): Generator<PathDigest> {
    for (let index = 0; index < this.size; index++) {
      yield [decoder.decode(this.#pathBytes(index)), this.#digestAt(index)];
    }
  }

  /** As an object of the same paths would be written. */
  toJSON(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.entries());
  }

  #pathBytes(index: number): Uint8Array {
    const { paths, ends } = this.parts;
    return paths.subarray(index === 0 ? 0 : ends[index - 1], ends[index]);
  }

  #digestAt(index: number): string {
    const { heads, texts, contents, width } = this.parts;
    const head = heads[index] ?? 0;
    const text = texts[head >> 1] ?? '';
    if ((head & 1) === 1) return text;
    return `${text}:${toHex(contents.subarray(index * width, (index + 1) * width))}`;
  }

  #compare(index: number, path: Uint8Array): number {
    return compareBytes(this.#pathBytes(index), path);
  }

  /** The first that does not come before a path. */
  #from(path: Uint8Array, low = 0): number {
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(middle, path) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The first behind one and all that lies in the path. */
  #behind(index: number, path: Uint8Array): number {
    const next = index + 1;
    if (next >= this.size) return next;
    const after = this.#pathBytes(next);
    if (!startsWith(after, path) || after[path.length] !== slash) return next;
    const behind = new Uint8Array(path.length + 1);
    behind.set(path);
    behind[path.length] = 1;
    return this.#from(behind, next);
  }
}

/** Trees that were packed last; a server keeps no more large ones than this. */
const rememberedTrees = 16;
let lately: readonly WeakRef<PackedDigests>[] = [];

/** Packed digests of these parts: the same value for the same parts, as builds of an unchanged context have them and each takes megabytes. */
export function packedDigests(parts: PackedParts): PackedDigests {
  const living = lately.filter((reference) => reference.deref() !== undefined);
  for (const reference of living) {
    const known = reference.deref();
    if (known !== undefined && sameParts(known.parts, parts)) return known;
  }
  const made = new PackedDigests(parts);
  lately = [...living, new WeakRef(made)].slice(-rememberedTrees);
  return made;
}

function sameParts(a: PackedParts, b: PackedParts): boolean {
  return (
    a.width === b.width &&
    a.textBytes === b.textBytes &&
    a.texts.length === b.texts.length &&
    a.texts.every((text, index) => text === b.texts[index]) &&
    sameNumbers(a.ends, b.ends) &&
    sameNumbers(a.heads, b.heads) &&
    sameNumbers(a.contents, b.contents) &&
    sameNumbers(a.paths, b.paths)
  );
}

function sameNumbers(a: Uint8Array | Uint32Array, b: Uint8Array | Uint32Array): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}

function startsWith(path: Uint8Array, prefix: Uint8Array): boolean {
  return path.length >= prefix.length && compareBytes(path.subarray(0, prefix.length), prefix) === 0;
}
