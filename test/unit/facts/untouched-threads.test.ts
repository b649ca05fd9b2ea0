import assert from 'node:assert/strict';
import { chmodSync, realpathSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { before, describe, it, type TestContext } from 'node:test';
import { parseIgnoreFile } from '../../../server/src/context/ignore-file';
import { buildModel, type ContextModel } from '../../../server/src/facts/context-model';
import { createWalker, HardLinks, rootStamp } from '../../../server/src/facts/context-walk';
import { isAllUntouched, partsOf } from '../../../server/src/facts/untouched-threads';
import { temporaryFolder } from './temporary-folder';
import { bundleWorker } from './worker-bundle';

const unkept = process.platform === 'win32' && 'file times say nothing on Windows';
const oneCore = availableParallelism() < 2 && 'there is one thread on one core';

let workerSource = '';

before(async () => {
  workerSource = await bundleWorker();
});

interface Looked {
  readonly root: string;
  readonly model: ContextModel;
  /** When everything in it has long been settled. */
  readonly listedAt: number;
}

function look(test: TestContext, files: Readonly<Record<string, string>>): Looked {
  const root = realpathSync(temporaryFolder(test, files));
  const walker = createWalker(root, parseIgnoreFile('').matcher, new HardLinks());
  const entries = walker.scan('', undefined);
  return { root, model: buildModel({ root: rootStamp(walker), entries }, undefined), listedAt: Date.now() + 60_000 };
}

const files = Object.fromEntries(Array.from({ length: 60 }, (_, file) => [`d${file % 7}/e/f${file}`, `${file}`]));

describe('parts of a look', () => {
  it('hold every row once', () => {
    for (const [rows, threads] of [
      [0, 4],
      [1, 4],
      [99_999, 2],
      [100_000, 64],
    ] as const) {
      const parts = partsOf(rows, threads, 1000);
      assert.equal(parts[0]?.from, 0);
      assert.equal(parts.at(-1)?.to, rows);
      for (const [index, { from }] of parts.entries()) if (index > 0) assert.equal(from, parts[index - 1]?.to);
      assert.ok(parts.length <= Math.min(threads, 4));
    }
  });

  it('are one where a thread is not worth its start', () => {
    assert.equal(partsOf(1999, 8, 1000).length, 1);
    assert.equal(partsOf(2000, 8, 1000).length, 2);
  });
});

describe('a look with several threads', { skip: unkept || oneCore }, () => {
  it('finds nothing where nothing has changed', (test) => {
    const { root, model, listedAt } = look(test, files);
    const worker = join(temporaryFolder(test, { 'worker.js': workerSource }), 'worker.js');
    assert.equal(isAllUntouched(root, model, listedAt, worker, 10), true);
  });

  it('finds what each of them has to look at', (test) => {
    const worker = join(temporaryFolder(test, { 'worker.js': workerSource }), 'worker.js');
    for (const name of ['d0/e/f0', 'd3/e/f31', 'd6/e/f55']) {
      const { root, model, listedAt } = look(test, files);
      writeFileSync(join(root, name), 'changed');
      assert.equal(isAllUntouched(root, model, listedAt, worker, 10), false, name);
    }
    const { root, model, listedAt } = look(test, files);
    chmodSync(join(root, 'd6/e'), 0o700);
    assert.equal(isAllUntouched(root, model, listedAt, worker, 10), false);
  });

  it('is not taken to have found nothing where a thread ends without an answer', (test) => {
    const { root, model, listedAt } = look(test, files);
    const program = `const { workerData } = require('node:worker_threads');
      Atomics.store(workerData.answer, 0, 3);
      Atomics.notify(workerData.answer, 0);`;
    const worker = join(temporaryFolder(test, { 'worker.js': program }), 'worker.js');
    assert.equal(isAllUntouched(root, model, listedAt, worker, 10), false);
  });
});
