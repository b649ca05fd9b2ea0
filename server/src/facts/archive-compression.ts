/** Compressions that the builder recognises by their first bytes (github.com/moby/go-archive compression_detect.go). */
import { Readable, Transform } from 'node:stream';
import { ReadableStream } from 'node:stream/web';
import { createGunzip } from 'node:zlib';
import { Decompress as ZstdDecompress } from 'fzstd';
import unbzip2Stream from 'unbzip2-stream';
import { XzReadableStream } from 'xz-decompress';

export type Compression = 'none' | 'gzip' | 'bzip2' | 'xz' | 'zstd';

/** Bytes from the start of a file that tell its compression. */
export const magicLength = 10;

const magics: readonly (readonly [Compression, readonly number[]])[] = [
  ['bzip2', [0x42, 0x5a, 0x68]],
  ['gzip', [0x1f, 0x8b, 0x08]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
];

/** The compression of a file that begins with these bytes. */
export function detectCompression(start: Uint8Array): Compression {
  for (const [compression, magic] of magics) {
    if (magic.every((byte, index) => start[index] === byte)) return compression;
  }
  // A skippable frame: 0x184D2A50 to 0x184D2A5F, little-endian.
  const [first = 0, ...rest] = start;
  const skippable = start.length >= 8 && (first & 0xf0) === 0x50;
  return skippable && [0x2a, 0x4d, 0x18].every((byte, index) => rest[index] === byte) ? 'zstd' : 'none';
}

/** The stream decompressed; a stream that is not what it seemed ends in an error. */
export function decompress(source: Readable, compression: Compression): Readable {
  switch (compression) {
    case 'none':
      return source;
    case 'gzip':
      return piped(source, createGunzip());
    case 'bzip2':
      return new Readable({ read: () => undefined }).wrap(piped(source, unbzip2Stream()));
    case 'xz':
      return fromWeb(new XzReadableStream(toWeb(source)));
    case 'zstd':
      return piped(source, zstdTransform());
    default:
      return compression satisfies never;
  }
}

/** Unlike `pipe`, hands errors of the source on. */
function piped<Stream extends NodeJS.ReadWriteStream>(source: Readable, stream: Stream): Stream {
  source.once('error', (error) => stream.emit('error', error));
  return source.pipe(stream);
}

function zstdTransform(): Transform {
  let decoder: ZstdDecompress | undefined;
  return new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      decoder ??= new ZstdDecompress((data) => this.push(data));
      try {
        decoder.push(chunk, false);
        done();
      } catch (error) {
        done(asError(error));
      }
    },
    flush(done) {
      try {
        decoder?.push(new Uint8Array(), true);
        done();
      } catch (error) {
        done(asError(error));
      }
    },
  });
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** Node's own web stream type and the global one are the same at run time. */
function toWeb(source: Readable): globalThis.ReadableStream<Uint8Array> {
  const reader = source[Symbol.asyncIterator]();
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await reader.next();
      if (next.done) controller.close();
      else controller.enqueue(next.value);
    },
    async cancel() {
      await reader.return?.();
    },
  });
  return stream as globalThis.ReadableStream<Uint8Array>;
}

function fromWeb(stream: globalThis.ReadableStream<Uint8Array>): Readable {
  const reader = stream.getReader();
  return new Readable({
    async read() {
      try {
        const next = await reader.read();
        this.push(next.done ? null : next.value);
      } catch (error) {
        this.destroy(asError(error));
      }
    },
    destroy(error, done) {
      reader.cancel().then(
        () => done(error),
        () => done(error),
      );
    },
  });
}
