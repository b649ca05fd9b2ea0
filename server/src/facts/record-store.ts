/** Build records on disk: read with every field checked, written as a whole or not at all. */
import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { mkdir, open, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { mergedRecords } from '../cache/merged-records';
import { type BuildRecord, RECORD_VERSION, type RecordFile } from '../cache/types';
import { contentTree, type DigestsByPath, PackedDigests } from '../context/content-tree';
import { t } from '../localize';
import { codeOf, messageOf } from './errors';
import type { Failable, RecordStore } from './ports';
import { maximumBuilds, parseRecordFile, recordFileText } from './record-file';
import type { ReadRecords } from './record-thread';
import { replaceFile } from './replace-file';

const maximumFileBytes = 128_000_000;
/** Beyond this the older builds keep their keys but not the content trees, which only serve to name changed files. */
const treeBudget = 24_000_000;

/** Text of so many bytes is read in a few milliseconds. */
const soonRead = 300_000;

/** A file that was changed longer ago (milliseconds) than this can't be changed once more at what its file system takes for the same time. */
const settledAfter = 2_000;

/** Large files as they were read last, for as long as nobody has touched them and somebody uses what was read. */
class ReadLately {
  readonly #files = new Map<string, { readonly identity: string; readonly read: WeakRef<RecordFile> }>();

  of(file: string, found: BigIntStats): RecordFile | undefined {
    const last = this.#files.get(file);
    return last?.identity === identityOf(found) ? last.read.deref() : undefined;
  }

  /** `found`: the file before it was read at a time (milliseconds). */
  keep(file: string, found: BigIntStats, read: RecordFile, at: number): void {
    if (Number(found.ctimeMs) + settledAfter < at)
      this.#files.set(file, { identity: identityOf(found), read: new WeakRef(read) });
  }
}

function identityOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

/**
 * Records as files of this machine. `readLarge` reads those that would hold the program up; absent: they are read here too. `now`: the time
 * of the file system, in milliseconds.
 */
export function createRecordStore(readLarge?: ReadRecords, now: () => number = Date.now): RecordStore {
  const lately = new ReadLately();
  const read: RecordStore['read'] = (file, signal) => readRecords(file, signal, lately, now, readLarge);
  /** Additions to one file wait for each other. */
  const writing = new Map<string, Promise<unknown>>();
  const inTurn = <Value>(file: string, write: () => Promise<Value>): Promise<Value> => {
    const before = writing.get(file) ?? Promise.resolve();
    const written = before.then(write);
    writing.set(file, written);
    return written.finally(() => {
      if (writing.get(file) === written) writing.delete(file);
    });
  };
  return {
    read,
    add: (file, record) => inTurn(file, () => change(read, file, (builds) => [...builds, record])),
    merge: (file, records) => inTurn(file, () => change(read, file, (builds) => mergedRecords(builds, records))),
    fileFor(storagePath, of) {
      const path = resolve(of);
      const name = createHash('sha256').update(process.platform === 'win32' ? path.toLowerCase() : path);
      // Records of an older version stay for who goes back to it.
      return join(storagePath, 'records', `${name.digest('hex').slice(0, 32)}-${RECORD_VERSION}.json`);
    },
  };
}

async function readRecords(
  file: string,
  signal: AbortSignal | undefined,
  lately: ReadLately,
  now: () => number,
  readLarge: ReadRecords | undefined,
): Promise<Failable<RecordFile>> {
  signal?.throwIfAborted();
  try {
    const found = await stat(file, { bigint: true });
    if (found.isDirectory()) {
      return { kind: 'failed', reason: t('The record file {0} is a folder. Name a file.', file) };
    }
    if (found.size > maximumFileBytes) {
      return { kind: 'failed', reason: t('The record file {0} is too large to be one. Name another file.', file) };
    }
    if (found.size > soonRead && readLarge !== undefined) {
      const known = lately.of(file, found);
      if (known !== undefined) return { kind: 'ok', value: known };
      const at = now();
      const answer = await readLarge(file, signal ?? new AbortController().signal);
      // What is wrong with it is found once more, to be said in the user's language.
      if (answer.kind === 'ok') {
        lately.keep(file, found, answer.value, at);
        return answer;
      }
    }
    const handle = await open(file, 'r');
    try {
      return parseRecordFile(await handle.readFile({ encoding: 'utf8', ...(signal && { signal }) }), file);
    } finally {
      await handle.close();
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (codeOf(error) === 'ENOENT') return { kind: 'ok', value: { version: RECORD_VERSION, builds: [] } };
    return { kind: 'failed', reason: t("The record file {0} can't be read ({1}).", file, messageOf(error)) };
  }
}

async function change(
  read: RecordStore['read'],
  file: string,
  changed: (builds: readonly BuildRecord[]) => readonly BuildRecord[],
): Promise<Failable<RecordFile>> {
  const before = await read(file);
  // A damaged file is left as it is: somebody may want to look at it.
  if (before.kind === 'failed') return before;
  const builds = changed(before.value.builds);
  if (builds === before.value.builds) return before;
  const value: RecordFile = { version: RECORD_VERSION, builds: withinBudget(builds.slice(-maximumBuilds)) };
  try {
    await mkdir(dirname(file), { recursive: true });
    await replaceFile(file, recordFileText(value));
    return { kind: 'ok', value };
  } catch (error) {
    return { kind: 'failed', reason: t("The record file {0} can't be written ({1}).", file, messageOf(error)) };
  }
}

function textBytes(tree: DigestsByPath): number {
  if (tree instanceof PackedDigests) return tree.textBytes;
  let bytes = 0;
  for (const [path, digest] of contentTree(tree).entries()) bytes += path.length + digest.length + 6;
  return bytes;
}

/** The builds with the content trees of the newest as far as they fit. */
function withinBudget(builds: readonly BuildRecord[]): readonly BuildRecord[] {
  let left = treeBudget;
  return [...builds]
    .reverse()
    .map((build, index) => {
      left -= textBytes(build.tree);
      return left >= 0 || index === 0 ? build : { ...build, tree: {} };
    })
    .reverse();
}
