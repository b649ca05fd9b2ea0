import assert from 'node:assert/strict';
import fs, { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import type { ContextSnapshot } from '../../../server/src/context/types';
import { drawnDeed, makeGround } from './context-deeds';
import { Index } from './indexer-without-thread';
import { pathsGiven } from './paths-given';
import { temporaryFolder } from './temporary-folder';

const unkept = process.platform === 'win32' && 'file times say nothing on Windows';

/** Everything of a snapshot as lines, for comparing. */
function lines(snapshot: ContextSnapshot, path = ''): string[] {
  return snapshot.children(path).flatMap((entry) => {
    const { type, mode, size, linkTarget } = entry;
    const digest = snapshot.digest(entry.path, 'sha256');
    const line = `${entry.path} ${type} ${mode.toString(8)} ${size} ${linkTarget} ${digest}`;
    return [line, ...lines(snapshot, entry.path)];
  });
}

/** An index that looks at everything as late as if so many milliseconds had gone by since it was made. */
async function openLater(folder: string, milliseconds: number): Promise<Index> {
  const { now } = Date;
  Date.now = () => now() + milliseconds;
  try {
    const index = await Index.open(folder);
    await index.ask({ kind: 'digests', scheme: 'sha256' });
    return index;
  } finally {
    Date.now = now;
  }
}

/** Directories below a folder that are listed while `work` is done. */
const listedBy = (test: TestContext, folder: string, work: () => Promise<void>): Promise<string[]> =>
  pathsGiven(test, 'readdirSync', folder, work);

const recheck = (index: Index) => index.ask({ kind: 'recheck' });

describe('a context that is looked at again', { skip: unkept }, () => {
  it('is not listed where no directory has changed', async (test) => {
    const folder = temporaryFolder(test, { a: '1', 'd/b': '2', 'd/e/c': '3' });
    const index = await openLater(folder, 60_000);
    const before = index.replies.filter(({ kind }) => kind !== 'idle').length;
    assert.deepEqual(await listedBy(test, folder, () => recheck(index)), []);
    assert.equal(index.replies.filter(({ kind }) => kind !== 'idle').length, before);
  });

  it('is listed where a directory has, or may have been changed again in the instant in which it was listed', async (test) => {
    const folder = temporaryFolder(test, { a: '1', 'd/b': '2' });
    const settled = await openLater(folder, 60_000);
    const young = await openLater(folder, 0);
    assert.notDeepEqual(await listedBy(test, folder, () => recheck(young)), []);
    writeFileSync(join(folder, 'd/new'), '3');
    assert.notDeepEqual(await listedBy(test, folder, () => recheck(settled)), []);
    assert.equal(settled.snapshot().entry('d/new')?.size, 1);
  });

  it('is listed where something may come in that no row would tell of', async (test) => {
    const folder = temporaryFolder(test, { '.dockerignore': 'build\n!build/x/keep\n', a: '1' });
    mkdirSync(join(folder, 'build/x'), { recursive: true });
    const index = await openLater(folder, 60_000);
    assert.equal(index.snapshot().entry('build'), undefined);
    writeFileSync(join(folder, 'build/x/keep'), '1');
    await recheck(index);
    assert.equal(index.snapshot().entry('build/x/keep')?.size, 1);
  });

  it('tells a change of mode, and of content with the time set back', async (test) => {
    const folder = temporaryFolder(test, { a: '1', 'd/b': '2' });
    const index = await openLater(folder, 60_000);
    const { atime, mtime } = fs.lstatSync(join(folder, 'd/b'));
    writeFileSync(join(folder, 'd/b'), '3');
    fs.utimesSync(join(folder, 'd/b'), atime, mtime);
    chmodSync(join(folder, 'a'), 0o700);
    await recheck(index);
    assert.deepEqual(lines(index.snapshot()), lines((await openLater(folder, 0)).snapshot()));
    assert.equal(index.snapshot().entry('a')?.mode, 0o700);
  });

  it('is as a new look finds it, whatever was done', async (test) => {
    const folder = temporaryFolder(test, {});
    let run = 0;
    const batches = fc.array(fc.array(drawnDeed, { maxLength: 3 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(batches, async (drawn) => {
        const root = join(folder, `${++run}`);
        makeGround(root);
        const context = join(root, 'context');
        const index = await openLater(context, 60_000);
        for (const batch of drawn) {
          for (const { act } of batch) act(root);
          await recheck(index);
          const fresh = await openLater(context, 0);
          const what = drawn.map((each) => each.map(({ text }) => text).join('; ')).join('\n');
          assert.deepEqual(lines(index.snapshot()), lines(fresh.snapshot()), what);
        }
        rmSync(root, { recursive: true });
      }),
      { numRuns: 60, includeErrorInReport: true },
    );
  });
});
