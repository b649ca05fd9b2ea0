/** Reads what `docker save` writes: the layers of an image, each as the list of what its archive holds. */
import http from 'node:http';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { extract, type Header } from 'tar-stream';

/** What lies in a layer's archive. Whiteouts are entries with the names that the archive gives them. */
export interface LayerEntry {
  /** Without `/` in front and at the end. */
  readonly path: string;
  /** `hard link`: another name of an entry of the same layer, without bytes of its own. */
  readonly type: 'file' | 'hard link' | 'symlink' | 'directory' | 'other';
  /** Bytes of content. */
  readonly size: number;
}

export interface SavedImage {
  /** The bottom layer first. */
  readonly layers: readonly (readonly LayerEntry[])[];
}

/** Longest JSON member that is read. */
const JSON_LIMIT = 8_000_000;

function typeOf(type: Header['type']): LayerEntry['type'] {
  switch (type) {
    case 'file':
    case 'contiguous-file':
      return 'file';
    case 'link':
      return 'hard link';
    case 'symlink':
    case 'directory':
      return type;
    default:
      return 'other';
  }
}

const cleaned = (name: string): string => name.replace(/^(?:\.?\/)+/, '').replace(/\/+$/, '');

/** Lists an archive. Rejects when it is none. */
async function readLayer(stream: Readable): Promise<LayerEntry[]> {
  const found: LayerEntry[] = [];
  const archive = extract();
  stream.on('error', (error) => archive.destroy(error));
  stream.pipe(archive);
  for await (const entry of archive) {
    const path = cleaned(entry.header.name);
    const type = typeOf(entry.header.type);
    if (path !== '' && path !== '.') found.push({ path, type, size: type === 'file' ? entry.header.size : 0 });
    entry.resume();
  }
  return found;
}

async function readText(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += (chunk as Buffer).length;
    if (length > JSON_LIMIT) throw new Error('a JSON member of the archive is too large');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The first chunk of a stream, and all of it. */
async function peek(chunks: AsyncIterable<unknown>): Promise<{ start: Buffer | undefined; whole: Readable }> {
  const iterator = chunks[Symbol.asyncIterator]();
  const first = await iterator.next();
  async function* all(): AsyncGenerator<unknown> {
    if (first.done === true) return;
    yield first.value;
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
  }
  return { start: first.done === true ? undefined : (first.value as Buffer), whole: Readable.from(all()) };
}

type Member =
  | { readonly kind: 'layer'; readonly entries: readonly LayerEntry[] }
  | { readonly kind: 'text'; readonly text: string };

async function readMember(content: AsyncIterable<unknown>): Promise<Member> {
  const { start, whole } = await peek(content);
  const first = start?.[0];
  // JSON begins with a bracket, an archive with the name of its first member or, when it is empty, with zeros.
  if (first === undefined || first === 0x7b || first === 0x5b) return { kind: 'text', text: await readText(whole) };
  const packed = first === 0x1f && start?.[1] === 0x8b;
  return { kind: 'layer', entries: await readLayer(packed ? whole.pipe(createGunzip()) : whole) };
}

/** Older engines write a plain text file beside each layer, and name layers by links to others. */
const isContent = (name: string): boolean => /^blobs\/|\.json$|\/layer\.tar$|\.tar$/.test(name);

function layerPaths(manifest: string): readonly string[] {
  const [image] = JSON.parse(manifest) as readonly { Layers?: readonly string[] }[];
  if (image?.Layers === undefined) throw new Error('manifest.json names no layers');
  return image.Layers;
}

/**
 * Reads an archive of one image (moby image/tarexport: `manifest.json` names the layers, bottom first). Rejects when it is
 * none, or a layer is missing.
 */
export async function readImageArchive(stream: Readable): Promise<SavedImage> {
  const members = new Map<string, Member>();
  const links = new Map<string, string>();
  const archive = extract();
  stream.on('error', (error) => archive.destroy(error));
  stream.pipe(archive);
  for await (const entry of archive) {
    const { name, type, linkname } = entry.header;
    if (type === 'symlink' && linkname) links.set(name, new URL(linkname, `file:///${name}`).pathname.slice(1));
    if (type === 'file' && isContent(name)) members.set(name, await readMember(entry));
    else entry.resume();
  }
  const manifest = members.get('manifest.json');
  if (manifest?.kind !== 'text') throw new Error('the archive holds no manifest.json');
  return {
    layers: layerPaths(manifest.text).map((path) => {
      const member = members.get(links.get(path) ?? path);
      if (member?.kind !== 'layer') throw new Error(`the archive lacks the layer ${path}`);
      return member.entries;
    }),
  };
}

/** Reads an image of the engine at `socket`. Rejects when it is not there. */
export function saveImage(socket: string, image: string): Promise<SavedImage> {
  return new Promise((resolve, reject) => {
    const request = http.get({ socketPath: socket, path: `/images/${encodeURIComponent(image)}/get` }, (response) => {
      if (response.statusCode === 200) readImageArchive(response).then(resolve, reject);
      else reject(new Error(`${image} can't be saved: status ${response.statusCode}`));
    });
    request.on('error', reject);
  });
}
