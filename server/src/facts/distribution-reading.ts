/** Index files of a distribution, as they came over the network, made into one packed value. The heavy part: done in a thread. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { type DistributionFile, packDistribution } from '../packages/distribution-data';
import { decompress, detectCompression, magicLength } from './archive-compression';

/** A file as it was fetched. */
export interface FetchedFile {
  readonly url: string;
  readonly kind: DistributionFile['kind'];
  readonly suite: string;
  readonly component: string;
  readonly bytes: Uint8Array;
  /** SHA-256 in hexadecimal digits that the release file tells of the bytes. */
  readonly digest?: string;
}

/** Text of one index file: that of Ubuntu's universe has 70 MB. */
const maximumTextBytes = 192_000_000;
const blockBytes = 512;

/** Packs what was fetched. Rejects with the URL of a file that is damaged or too large. */
export async function packFetched(files: readonly FetchedFile[]): Promise<Uint8Array<ArrayBuffer>> {
  const texts: DistributionFile[] = [];
  for (const { url, kind, suite, component, bytes, digest } of files) {
    if (digest !== undefined && createHash('sha256').update(bytes).digest('hex') !== digest) {
      throw new Error(`${url} is not what its release file says.`);
    }
    texts.push({ url, kind, suite, component, text: await textOf(url, kind, bytes) });
  }
  return packDistribution(texts);
}

async function textOf(url: string, kind: DistributionFile['kind'], bytes: Uint8Array): Promise<string> {
  try {
    const whole = await unpacked(bytes);
    return kind === 'apkindex' ? memberOf(whole, 'APKINDEX') : whole.toString('utf8');
  } catch (error) {
    throw new Error(`${url} is damaged.`, { cause: error });
  }
}

async function unpacked(bytes: Uint8Array): Promise<Buffer> {
  const compression = detectCompression(bytes.subarray(0, magicLength));
  // Node's own way is by far the quicker one.
  if (compression === 'gzip') return gunzipSync(bytes, { maxOutputLength: maximumTextBytes });
  const parts: Buffer[] = [];
  let total = 0;
  for await (const part of decompress(Readable.from([Buffer.from(bytes)]), compression)) {
    total += part.length;
    if (total > maximumTextBytes) throw new Error('too large');
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/**
 * A file of a tar archive; the index of Alpine is one after its signature, both in one gzip stream of two members (apk-tools
 * `apk_extract.c`). Throws when there is none.
 */
function memberOf(archive: Buffer, name: string): string {
  for (let at = 0; at + blockBytes <= archive.length; ) {
    const header = archive.subarray(at, at + blockBytes);
    const found = header.subarray(0, 100).toString('latin1').replace(/\0.*$/s, '');
    // A block of zeros ends the part of the signature.
    const size = found === '' ? 0 : Number.parseInt(header.subarray(124, 136).toString('latin1'), 8);
    if (!Number.isSafeInteger(size) || size < 0) break;
    const start = at + blockBytes;
    if (found === name) return archive.subarray(start, start + size).toString('utf8');
    at = start + Math.ceil(size / blockBytes) * blockBytes;
  }
  throw new Error(`${name} is missing`);
}

/** The packed value of a file that comes with Strata. */
export function unpackShipped(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(brotliDecompressSync(bytes, { maxOutputLength: maximumTextBytes }));
}

/** Where index files lie and what they have to be, as a release file tells (Debian wiki, DebianRepository/Format). */
export interface ReleasedFile {
  readonly path: string;
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
}

/** The `SHA256` section of an InRelease file, by path; its `Date` if it has one. */
export function readRelease(text: string): {
  readonly files: ReadonlyMap<string, ReleasedFile>;
  readonly date?: string;
} {
  const files = new Map<string, ReleasedFile>();
  let date: string | undefined;
  let inSection = false;
  for (const line of text.split('\n')) {
    if (!line.startsWith(' ')) {
      inSection = /^SHA256:\s*$/i.test(line);
      const written = /^Date:\s*(.+)$/i.exec(line)?.[1];
      const time = written === undefined ? Number.NaN : Date.parse(written);
      if (!Number.isNaN(time)) date ??= new Date(time).toISOString();
      continue;
    }
    const [, digest, size, path] = inSection ? (/^ ([0-9a-f]{64}) +(\d{1,12}) (\S{1,300})\s*$/.exec(line) ?? []) : [];
    if (digest !== undefined && path !== undefined) files.set(path, { path, digest, size: Number(size) });
  }
  return { files, ...(date !== undefined && { date }) };
}
