/**
 * What ADD unpacks from a local archive: the files that would be in the layer and their sizes. Recognised as the builder does
 * (solver/llbsolver/file/unpack.go, isArchivePath): compression by its first bytes, then a first tar header that reads.
 */
import { closeSync, constants, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, type Header } from 'tar-stream';
import { pathInOrigin } from '../build/paths';
import { decompress, detectCompression, magicLength } from './archive-compression';
import type { ArchiveAnswer, ArchiveCause } from './context-messages';

export interface ArchiveLimits {
  /** Bytes after decompression. */
  readonly bytes: number;
  readonly entries: number;
  readonly milliseconds: number;
}

export const defaultArchiveLimits: ArchiveLimits = { bytes: 16 * 2 ** 30, entries: 500_000, milliseconds: 30_000 };

const largestLimit = 20;
const headerSize = 512;

/** Ends reading early, with what is then to be said. */
class Stop extends Error {
  constructor(readonly answer: ArchiveAnswer) {
    super('stop');
  }
}

/** What ADD would make of a file. Never rejects. */
export async function inspectArchive(
  path: string,
  limits: ArchiveLimits = defaultArchiveLimits,
): Promise<ArchiveAnswer> {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0));
  } catch {
    return unreadable('unreadable');
  }
  const start = Buffer.alloc(magicLength);
  let length: number;
  try {
    if (!fstatSync(descriptor).isFile()) throw new Error('not a file');
    length = readSync(descriptor, start, 0, magicLength, 0);
  } catch {
    closeSync(descriptor);
    return unreadable('unreadable');
  }
  // The stream closes the descriptor.
  const source = createReadStream(path, { fd: descriptor, start: 0, highWaterMark: 1 << 18 });
  return readTar(decompress(source, detectCompression(start.subarray(0, length))), source, limits);
}

async function readTar(
  content: NodeJS.ReadableStream,
  source: { destroy(): void },
  limits: ArchiveLimits,
): Promise<ArchiveAnswer> {
  const layer = new UnpackedLayer();
  const reader = extract();
  let entries = 0;
  reader.on('entry', (header, stream, next) => {
    // The same error ends the pipeline, where it is answered.
    stream.on('error', () => undefined);
    entries += 1;
    if (entries > limits.entries) {
      reader.destroy(new Stop(unreadable('too-many-entries')));
      return;
    }
    layer.add(header);
    stream.on('end', () => next());
    stream.resume();
  });
  const timeout = AbortSignal.timeout(limits.milliseconds);
  const gate = createGate(limits.bytes);
  try {
    await pipeline(content, gate.stream, reader, { signal: timeout });
    return gate.isTar() ? layer.answer() : { kind: 'not-an-archive' };
  } catch (error) {
    if (error instanceof Stop) return error.answer;
    if (timeout.aborted) return unreadable('too-slow');
    // Before a first header has been read the builder takes the file for something else and copies it.
    return gate.isTar() ? unreadable('damaged') : { kind: 'not-an-archive' };
  } finally {
    source.destroy();
  }
}

/** Lets through what begins with a tar header, up to a number of bytes. */
function createGate(limit: number): { readonly stream: Transform; isTar(): boolean } {
  let held: Buffer | undefined = Buffer.alloc(0);
  let total = 0;
  let tar = false;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      total += chunk.length;
      if (total > limit) {
        done(new Stop(unreadable('too-large')));
        return;
      }
      if (held === undefined) {
        done(null, chunk);
        return;
      }
      held = Buffer.concat([held, chunk]);
      if (held.length < headerSize) {
        done();
        return;
      }
      tar = isTarHeader(held);
      if (!tar) {
        done(new Stop({ kind: 'not-an-archive' }));
        return;
      }
      const whole = held;
      held = undefined;
      done(null, whole);
    },
  });
  return { stream, isTar: () => tar };
}

/** Whether a block's checksum is right, counted with unsigned or with signed bytes as old programs did. */
function isTarHeader(block: Buffer): boolean {
  const written = /^[ \0]*([0-7]+)/.exec(block.toString('latin1', 148, 156))?.[1];
  if (written === undefined) return false;
  let unsigned = 0;
  let signed = 0;
  for (let index = 0; index < headerSize; index++) {
    const byte = index >= 148 && index < 156 ? 0x20 : (block[index] ?? 0);
    unsigned += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  const checksum = Number.parseInt(written, 8);
  return checksum === unsigned || checksum === signed;
}

/** Files as they lie in the layer when everything is unpacked: a later member replaces an earlier one of its name. */
class UnpackedLayer {
  readonly #files = new Map<string, { readonly size: number }>();
  readonly #directories = new Set<string>();

  add(header: Header): void {
    const path = pathInOrigin(header.name);
    if (path === '') return;
    if (header.type === 'directory') {
      this.#files.delete(path);
      this.#directories.add(path);
      return;
    }
    if (this.#directories.delete(path)) this.#removeBelow(path);
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      this.#directories.add(path.slice(0, slash));
    }
    const linked = header.type === 'link' ? this.#files.get(pathInOrigin(header.linkname ?? '')) : undefined;
    this.#files.delete(path);
    if (linked) this.#files.set(path, linked);
    else if (header.type === 'file' || header.type === 'contiguous-file' || header.type === null) {
      this.#files.set(path, { size: header.size ?? 0 });
    }
  }

  answer(): ArchiveAnswer {
    let bytes = 0;
    const counted = new Set<object>();
    for (const inode of this.#files.values()) {
      if (!counted.has(inode)) bytes += inode.size;
      counted.add(inode);
    }
    const largest = [...this.#files]
      .map(([path, { size }]) => ({ path, size }))
      .sort((a, b) => b.size - a.size)
      .slice(0, largestLimit);
    return { kind: 'archive', bytes, files: this.#files.size, largest };
  }

  #removeBelow(directory: string): void {
    for (const path of [...this.#files.keys()]) if (path.startsWith(`${directory}/`)) this.#files.delete(path);
  }
}

function unreadable(cause: ArchiveCause): ArchiveAnswer {
  return { kind: 'unreadable', cause };
}
