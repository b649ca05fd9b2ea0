import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { build } from 'esbuild';
import { createSnapshot } from '../../../server/src/context/snapshot';
import { unpackBlobs } from '../../../server/src/facts/blob-list';
import { readCommitInThread } from '../../../server/src/facts/commit-thread';
import { type TemporaryRepository, temporaryRepository } from './temporary-repository';

const never = new AbortController().signal;
let folder = '';
let worker = '';
let repository: TemporaryRepository;

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
});
after(async () => {
  await repository.remove();
  await rm(folder, { recursive: true, force: true });
});

test('a commit is read in a thread, ignore rules applied, clean files told', async () => {
  const revision = await repository.commit({
    'app/Dockerfile': 'FROM a\n',
    'app/.dockerignore': 'docs\n',
    'app/x': '1',
    'app/y': '1',
    'app/docs/z': '1',
  });
  await repository.write({ 'app/y': '2' });
  const question = { root: repository.folder, prefix: 'app/', dockerfile: 'app/Dockerfile', revision };
  const answer = await readCommitInThread(worker, question, never);
  assert.ok(answer.kind === 'ok');
  const { columns, dockerfile, clean, unknown } = answer.value;
  assert.equal(dockerfile, 'FROM a\n');
  assert.deepEqual(unknown, []);
  const snapshot = createSnapshot(columns);
  assert.deepEqual(
    snapshot.children('').map(({ name }) => name),
    ['.dockerignore', 'Dockerfile', 'x', 'y'],
  );
  assert.notEqual(snapshot.digest('', 'git'), undefined);
  assert.ok(clean);
  assert.deepEqual([...unpackBlobs(clean).keys()].sort(), ['.dockerignore', 'Dockerfile', 'docs/z', 'x']);
});

test('a thread that fails is a reason; cancelling ends it', async () => {
  const question = { root: repository.folder, prefix: '', dockerfile: 'Dockerfile', revision: 'HEAD' };
  const broken = join(folder, 'broken.js');
  await writeFile(broken, 'throw new Error("out of order")');
  const answer = await readCommitInThread(broken, question, never);
  assert.ok(answer.kind === 'failed');
  assert.match(answer.reason, /could not be read: out of order/);
  const missing = await readCommitInThread(join(folder, 'missing.js'), question, never);
  assert.equal(missing.kind, 'failed');
  const silent = join(folder, 'silent.js');
  await writeFile(silent, 'setInterval(() => {}, 1000)');
  const stop = new AbortController();
  const waiting = readCommitInThread(silent, question, stop.signal);
  stop.abort(new Error('enough'));
  await assert.rejects(waiting, /enough/);
});
