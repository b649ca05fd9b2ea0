import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it, type TestContext } from 'node:test';
import { selectionDigest, selectSources } from '../../../server/src/context/select';
import type { ContextSnapshot } from '../../../server/src/context/types';
import { type ContextIndex, openContext } from '../../../server/src/facts/context-index';
import { temporaryFolder, writeFiles } from './temporary-folder';
import { bundleWorker } from './worker-bundle';

let workerSource = '';

before(async () => {
  workerSource = await bundleWorker();
});

interface Opened {
  readonly folder: string;
  readonly index: ContextIndex;
  readonly warnings: string[];
}

function open(
  test: TestContext,
  files: Readonly<Record<string, string>>,
  worker: string = workerSource,
  context = '',
): Opened {
  const programs = temporaryFolder(test, { 'worker.js': worker });
  const folder = temporaryFolder(test, files);
  const warnings: string[] = [];
  const index = openContext({
    contextPath: join(folder, context),
    dockerfilePath: join(folder, 'Dockerfile'),
    workerPath: join(programs, 'worker.js'),
    log: { info: () => undefined, warn: (message) => warnings.push(message) },
  });
  test.after(() => index.dispose());
  return { folder, index, warnings };
}

function snapshotOf(index: ContextIndex): ContextSnapshot {
  const facts = index.current();
  assert.equal(facts.state, 'ready');
  if (facts.state !== 'ready') throw new Error('unreachable');
  return facts.snapshot;
}

const whole = { sources: [{ path: '', wildcard: false }], exclude: [], parents: false, unpack: false };

describe('build context in a worker', () => {
  it('is pending, then ready, and tells its listeners', async (test) => {
    const { index } = open(test, { Dockerfile: 'FROM scratch', a: '123' });
    assert.deepEqual(index.current(), { state: 'pending' });
    let changes = 0;
    index.onChange(() => {
      changes += 1;
    });
    await index.settled();
    assert.equal(snapshotOf(index).entry('a')?.size, 3);
    assert.equal(changes, 1);
    assert.equal(index.current(), index.current());
  });

  it('reads digests when asked, and again for what changes', async (test) => {
    const { folder, index } = open(test, { a: '123', 'd/b': '4' });
    await index.settled();
    const { version } = snapshotOf(index);
    assert.deepEqual(selectionDigest(snapshotOf(index), whole, 'sha256'), { state: 'pending' });
    index.request([
      { kind: 'digests', scheme: 'sha256' },
      { kind: 'image', reference: 'node' },
    ]);
    await index.settled();
    const first = selectionDigest(snapshotOf(index), whole, 'sha256');
    assert.equal(first.state, 'known');
    assert.ok(snapshotOf(index).version > version);
    writeFileSync(join(folder, 'd/b'), '5');
    index.fileEvents([join(folder, 'd/b')]);
    await index.settled();
    const second = selectionDigest(snapshotOf(index), whole, 'sha256');
    assert.equal(second.state, 'known');
    assert.notDeepEqual(second, first);
  });

  it('looks into archives when asked', async (test) => {
    const { index } = open(test, { plain: 'text' });
    await index.settled();
    const add = { ...whole, sources: [{ path: 'plain', wildcard: false }], unpack: true };
    assert.deepEqual(selectSources(snapshotOf(index), add).pendingArchives, ['plain']);
    index.request([{ kind: 'archive', path: 'plain' }]);
    await index.settled();
    assert.deepEqual(selectSources(snapshotOf(index), add).totals, { bytes: 4, files: 1 });
  });

  it('applies the ignore file as it stands in the editor', async (test) => {
    const { index } = open(test, { '.dockerignore': 'a', a: '1', b: '1' });
    await index.settled();
    assert.equal(snapshotOf(index).entry('a'), undefined);
    index.setIgnoreText('b');
    await index.settled();
    assert.deepEqual(
      snapshotOf(index)
        .children('')
        .map((entry) => entry.name),
      ['.dockerignore', 'a'],
    );
    const facts = index.current();
    assert.ok(facts.state === 'ready');
    assert.deepEqual(facts.ignoreFile, { path: '.dockerignore', text: 'b' });
  });

  it('finds on a recheck what no event told', async (test) => {
    const { folder, index } = open(test, { a: '1' });
    await index.settled();
    writeFiles(folder, { 'd/new': '12' });
    index.recheck();
    await index.settled();
    assert.deepEqual(snapshotOf(index).totals, { bytes: 3, files: 2 });
    rmSync(folder, { recursive: true });
    index.recheck();
    await index.settled();
    assert.equal(index.current().state, 'unavailable');
  });

  it('says in a sentence why there is no context', async (test) => {
    const { index, folder } = open(test, {}, workerSource, 'nothing');
    await index.settled();
    assert.deepEqual(index.current(), {
      state: 'unavailable',
      reason: `The build context ${join(folder, 'nothing')} does not exist. Choose another folder.`,
    });
  });

  it('starts a worker again that has failed, once', async (test) => {
    const failing = `throw new Error('broken on purpose')`;
    const { index, warnings } = open(test, {}, failing);
    await index.settled();
    const facts = index.current();
    assert.equal(facts.state, 'unavailable');
    assert.match(facts.state === 'unavailable' ? facts.reason : '', /broken on purpose/);
    assert.equal(warnings.length, 2);
    index.fileEvents(['/x']);
    await index.settled();
  });

  it('goes on after one failure with everything that was asked for', async (test) => {
    const marker = join(temporaryFolder(test), 'failed');
    const once = `const fs = require('node:fs');
      if (!fs.existsSync(${JSON.stringify(marker)})) { fs.writeFileSync(${JSON.stringify(marker)}, ''); throw new Error('once'); }
      ${workerSource}`;
    const { index, warnings } = open(test, { a: '1' }, once);
    index.request([{ kind: 'digests', scheme: 'git' }]);
    await index.settled();
    assert.equal(warnings.length, 1);
    assert.equal(selectionDigest(snapshotOf(index), whole, 'git').state, 'known');
  });

  it('stops waiting when it is disposed or told to', async (test) => {
    const { index } = open(test, { a: '1' });
    await assert.rejects(index.settled(AbortSignal.abort(new Error('enough'))), /enough/);
    const waiting = index.settled();
    index.dispose();
    await waiting;
  });
});
