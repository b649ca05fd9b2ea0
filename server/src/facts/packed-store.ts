/** Large answers on disk, one file each with a line that describes it. Only a cache: what is damaged or too much goes. */
import { createHash, webcrypto } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, messageOf } from './errors';
import { objectOf, stringOf } from './json-values';
import type { Log } from './ports';
import { replaceFile } from './replace-file';

export interface PackedAnswer {
  /** What the bytes were made from: another text means that they are out of date. */
  readonly origin: string;
  /** When they were last known to be current, in milliseconds since the epoch. */
  readonly at: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface PackedStore {
  /** Undefined when there is none or it is damaged. */
  read(key: string): Promise<PackedAnswer | undefined>;
  write(key: string, answer: PackedAnswer): Promise<void>;
}

const maximumFileBytes = 64_000_000;
const maximumFiles = 24;
const maximumBytes = 256_000_000;
const newline = 10;

/** A cache in the folder; `form` is another text for every change of what the bytes mean. */
export function createPackedStore(folder: string, form: string, log: Log): PackedStore {
  const fileOf = (key: string): string =>
    join(folder, `${createHash('sha256').update(`${form} ${key}`).digest('hex').slice(0, 32)}.bin`);
  return {
    async read(key) {
      try {
        const file = fileOf(key);
        if ((await stat(file)).size > maximumFileBytes) return undefined;
        const whole = new Uint8Array(await readFile(file));
        const end = whole.indexOf(newline);
        const head = objectOf(JSON.parse(Buffer.from(whole.buffer, 0, Math.max(0, end)).toString('utf8')));
        const origin = stringOf(head?.origin);
        const bytes = whole.slice(end + 1);
        if (origin === undefined || typeof head?.at !== 'number') return undefined;
        if (head.key !== key || head.digest !== (await digestOf(bytes))) return undefined;
        return { origin, at: head.at, bytes };
      } catch (error) {
        if (codeOf(error) !== 'ENOENT') log.info(messageOf(error));
        return undefined;
      }
    },
    async write(key, { origin, at, bytes }) {
      try {
        const head = JSON.stringify({ key, origin, at, digest: await digestOf(bytes) });
        if (bytes.byteLength + head.length >= maximumFileBytes) return;
        await mkdir(folder, { recursive: true });
        await replaceFile(fileOf(key), [`${head}\n`, bytes]);
        await forgetOldest(folder);
      } catch (error) {
        log.info(messageOf(error));
      }
    },
  };
}

/** Worked out off the main thread. */
async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes)).toString('hex');
}

async function forgetOldest(folder: string): Promise<void> {
  const found = await Promise.all(
    (await readdir(folder))
      .filter((name) => name.endsWith('.bin'))
      .map(async (name) => {
        const file = join(folder, name);
        const { mtimeMs, size } = await stat(file);
        return { file, mtimeMs, size };
      }),
  );
  found.sort((left, right) => right.mtimeMs - left.mtimeMs);
  let bytes = 0;
  for (const [index, { file, size }] of found.entries()) {
    bytes += size;
    if (index >= maximumFiles || bytes > maximumBytes) await rm(file, { force: true });
  }
}
