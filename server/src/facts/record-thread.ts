/** Reading a record file of a large context in a worker thread: ten megabytes of text take half a second, and leave as much behind. */
import { readFileSync } from 'node:fs';
import type { MessagePort } from 'node:worker_threads';
import type { BuildRecord, RecordFile } from '../cache/types';
import { PackedDigests, type PackedParts, packedDigests } from '../context/content-tree';
import { messageOf } from './errors';
import type { Failable } from './ports';
import { parseRecordFile, recordFileText } from './record-file';
import { answerOfThread, isQuestion } from './thread-answer';

interface RecordsJob {
  readonly job: 'read-records';
  readonly file: string;
}

/** A record file in two parts: its text without large trees, and those, by the number of the build. */
interface SplitRecords {
  readonly text: string;
  readonly trees: readonly (PackedParts | undefined)[];
}

/** Reads and checks a record file. */
export type ReadRecords = (file: string, signal: AbortSignal) => Promise<Failable<RecordFile>>;

/** Reads in a thread of the worker's program file. Fails without a localised sentence; rejects only with the signal's reason. */
export function readRecordsInThread(workerPath: string): ReadRecords {
  return async (file, signal) => {
    const job: RecordsJob = { job: 'read-records', file };
    try {
      const answer = await answerOfThread<Failable<SplitRecords>>(workerPath, job, signal);
      return answer.kind === 'ok' ? joined(answer.value, file) : answer;
    } catch (error) {
      signal.throwIfAborted();
      return { kind: 'failed', reason: messageOf(error) };
    }
  };
}

function joined({ text, trees }: SplitRecords, file: string): Failable<RecordFile> {
  const rest = parseRecordFile(text, file);
  if (rest.kind === 'failed') return rest;
  const builds = rest.value.builds.map((build, index): BuildRecord => {
    const parts = trees[index];
    return parts === undefined ? build : { ...build, tree: packedDigests(parts) };
  });
  return { kind: 'ok', value: { ...rest.value, builds } };
}

/** Whether a worker thread was started with this job. */
export function isRecordsJob(data: unknown): data is RecordsJob {
  return isQuestion(data, 'read-records');
}

/** The thread's side: answers once. */
export function answerRecordsJob({ file }: RecordsJob, port: MessagePort): void {
  const answer = readSplit(file);
  const trees = answer.kind === 'ok' ? answer.value.trees : [];
  const buffers = trees.flatMap((parts) =>
    parts === undefined ? [] : [parts.paths.buffer, parts.ends.buffer, parts.heads.buffer, parts.contents.buffer],
  );
  // Builds of an unchanged context have one tree, and a buffer can be handed over once.
  port.postMessage(answer, [...new Set(buffers)]);
}

function readSplit(file: string): Failable<SplitRecords> {
  try {
    const parsed = parseRecordFile(readFileSync(file, 'utf8'), file);
    if (parsed.kind === 'failed') return parsed;
    const { version, builds } = parsed.value;
    const trees = builds.map(({ tree }) => (tree instanceof PackedDigests ? tree.parts : undefined));
    const rest = builds.map((build, index) => (trees[index] === undefined ? build : { ...build, tree: {} }));
    return { kind: 'ok', value: { text: [...recordFileText({ version, builds: rest })].join(''), trees } };
  } catch (error) {
    return { kind: 'failed', reason: messageOf(error) };
  }
}
