import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { build } from 'esbuild';
import type { ForecastQuestion } from '../../../server/src/facts/forecast-reading';
import { readForecastInThread } from '../../../server/src/facts/forecast-thread';
import { importHistory, put } from './imported-history';
import { type TemporaryRepository, temporaryRepository } from './temporary-repository';

const never = new AbortController().signal;
let folder = '';
let worker = '';
let repository: TemporaryRepository;
let question: ForecastQuestion;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strata-worker-'));
  worker = join(folder, 'worker.js');
  await build({
    absWorkingDir: resolve(__dirname, '../../..'),
    entryPoints: ['server/src/facts/worker.ts'],
    outfile: worker,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    logLevel: 'error',
  });
  repository = await temporaryRepository();
  const revision = importHistory(repository.folder, [
    { changes: [put('Dockerfile', 'FROM a\nCOPY src /\nRUN x\n'), put('src/a', '1')] },
    { changes: [put('src/a', '2')] },
    { changes: [put('b', '2')] },
  ]);
  question = {
    root: repository.folder,
    prefix: '',
    dockerfile: 'Dockerfile',
    revision,
    commits: 2,
    build: { buildArguments: {}, platform: 'linux/amd64' },
    triggers: {},
  };
});
after(async () => {
  await repository.remove();
  await rm(folder, { recursive: true, force: true });
});

test('a history is read in a thread', async () => {
  const answer = await readForecastInThread(worker, question, never);
  assert.ok(answer.kind === 'ok');
  assert.deepEqual(
    answer.value.commits.map(({ outcomes }) => outcomes),
    ['rr', 'kk'],
  );
});

test('git refuses: the reason; a thread that fails is a reason too', async () => {
  const missing = await readForecastInThread(worker, { ...question, revision: 'a'.repeat(40) }, never);
  assert.ok(missing.kind === 'failed');
  assert.match(missing.reason, /^Git failed in /);
  const nowhere = await readForecastInThread(worker, { ...question, root: join(folder, 'nowhere') }, never);
  assert.ok(nowhere.kind === 'failed');
  assert.match(nowhere.reason, /nowhere/);
  const broken = join(folder, 'broken.js');
  await writeFile(broken, 'throw new Error("out of order")');
  const answer = await readForecastInThread(broken, question, never);
  assert.deepEqual(answer, { kind: 'failed', reason: 'The history could not be read: out of order' });
});

test('cancelling ends a git that hangs', { skip: process.platform === 'win32' }, async () => {
  const mark = join(folder, 'pid');
  await writeFile(
    join(folder, 'git'),
    `#!/bin/sh\necho $$ > "${mark}.new"\nmv "${mark}.new" "${mark}"\nexec sleep 600\n`,
  );
  await chmod(join(folder, 'git'), 0o755);
  const path = process.env.PATH;
  process.env.PATH = `${folder}:${path}`;
  try {
    const stop = new AbortController();
    const waiting = readForecastInThread(worker, question, stop.signal);
    waiting.catch(() => undefined);
    const started = async () => readFile(mark, 'utf8').catch(() => '');
    while ((await started()) === '') await wait(20);
    const pid = Number(await started());
    stop.abort(new Error('enough'));
    await assert.rejects(waiting, /enough/);
    const runs = () => {
      try {
        return process.kill(pid, 0);
      } catch {
        // There is no such process any more.
        return false;
      }
    };
    while (runs()) await wait(20);
  } finally {
    process.env.PATH = path;
  }
});

test('a thread that does not react is left behind', async () => {
  const silent = join(folder, 'silent.js');
  await writeFile(silent, 'setInterval(() => {}, 1000)');
  const stop = new AbortController();
  const waiting = readForecastInThread(silent, question, stop.signal);
  stop.abort(new Error('enough'));
  await assert.rejects(waiting, /enough/);
});
