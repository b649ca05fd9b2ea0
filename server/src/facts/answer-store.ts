/**
 * Small answers of indexes and registries on disk, so that the next session begins with them. Only a cache: what is damaged is asked anew.
 * Keys are spread over a few files, each read when first needed and replaced as a whole.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, messageOf } from './errors';
import { objectOf } from './json-values';
import type { Clock, Disposable, Log } from './ports';
import { replaceFile } from './replace-file';

export interface StoredAnswer {
  /** Whatever was kept: to be checked by whoever reads it. */
  readonly value: unknown;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface AnswerStore {
  read(key: string): Promise<StoredAnswer | undefined>;
  /** Kept in memory at once, on disk soon after. The value must survive JSON. */
  write(key: string, value: unknown): Promise<void>;
  /** Resolves when everything is on disk. */
  flush(): Promise<void>;
}

export interface AnswerStoreOptions {
  /** Folder for the files; made when it is missing. */
  readonly folder: string;
  /** Another text for every change of what values mean. */
  readonly form: string;
  /** Answers in one of the files; the oldest go. */
  readonly perFile?: number;
  readonly clock: Clock;
  readonly log: Log;
}

const files = 16;
const usualPerFile = 2_000;
const maximumFileBytes = 4_000_000;
/** Answers come in bursts. */
const quietTime = 1_000;

interface Shard {
  readonly entries: Map<string, StoredAnswer>;
  changed: boolean;
}

/** Reads and writes nothing until asked. */
export function createAnswerStore(options: AnswerStoreOptions): AnswerStore {
  const { folder, form, clock, log, perFile = usualPerFile } = options;
  const shards = new Map<string, Promise<Shard>>();
  let scheduled: Disposable | undefined;
  let writing: Promise<void> = Promise.resolve();

  const shardOf = (key: string): Promise<Shard> => {
    const name = nameOf(key);
    let shard = shards.get(name);
    if (shard === undefined) {
      shard = readShard(join(folder, name), form, log);
      shards.set(name, shard);
    }
    return shard;
  };

  const save = async (): Promise<void> => {
    scheduled?.dispose();
    scheduled = undefined;
    for (const [name, loading] of shards) {
      const shard = await loading;
      if (!shard.changed) continue;
      shard.changed = false;
      try {
        await mkdir(folder, { recursive: true });
        await replaceFile(join(folder, name), JSON.stringify({ form, entries: [...shard.entries] }));
      } catch (error) {
        log.info(messageOf(error));
      }
    }
  };
  const saveInTurn = (): Promise<void> => {
    writing = writing.then(save);
    return writing;
  };

  return {
    async read(key) {
      return (await shardOf(key)).entries.get(key);
    },
    async write(key, value) {
      const shard = await shardOf(key);
      shard.entries.delete(key);
      shard.entries.set(key, { value, at: clock.now() });
      for (const oldest of shard.entries.keys()) if (shard.entries.size > perFile) shard.entries.delete(oldest);
      shard.changed = true;
      scheduled ??= clock.after(quietTime, () => void saveInTurn());
    },
    flush: saveInTurn,
  };
}

function nameOf(key: string): string {
  const first = createHash('sha256').update(key).digest()[0] ?? 0;
  return `${(first % files).toString(16)}.json`;
}

async function readShard(file: string, form: string, log: Log): Promise<Shard> {
  const entries = new Map<string, StoredAnswer>();
  try {
    if ((await stat(file)).size > maximumFileBytes) return { entries, changed: false };
    const parsed = objectOf(JSON.parse(await readFile(file, 'utf8')));
    if (parsed?.form !== form || !Array.isArray(parsed.entries)) return { entries, changed: false };
    for (const entry of parsed.entries) {
      if (!Array.isArray(entry)) continue;
      const [key, stored] = entry;
      const answer = objectOf(stored);
      if (typeof key === 'string' && typeof answer?.at === 'number') {
        entries.set(key, { value: answer.value, at: answer.at });
      }
    }
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') log.info(messageOf(error));
  }
  return { entries, changed: false };
}
