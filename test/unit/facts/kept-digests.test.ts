import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import type { ContextSnapshot } from '../../../server/src/context/types';
import { drawnDeed, makeGround } from './context-deeds';
import { Index } from './indexer-without-thread';
import { pathsGiven } from './paths-given';
import { temporaryFolder } from './temporary-folder';

const unkept = process.platform === 'win32' && 'file times say nothing on Windows';

/** Enough for digests to be kept. */
const files = 2_000;

function fill(folder: string): void {
  for (let directory = 0; directory < 20; directory++) {
    const path = join(folder, 'filling', String(directory));
    mkdirSync(path, { recursive: true });
    for (let file = 0; file < files / 20; file++) writeFileSync(join(path, `${file}`), `${directory} ${file}`);
  }
}

async function digestsOf(context: string, kept?: string): Promise<Index> {
  const index = await Index.open(context, undefined, kept);
  await index.ask({ kind: 'digests', scheme: 'sha256' });
  return index;
}

/** Paths and digests of everything but the filling, and the digest of that. */
function contents(snapshot: ContextSnapshot, path = ''): string[] {
  return snapshot.children(path).flatMap((entry) => {
    const line = `${entry.path} ${snapshot.digest(entry.path, 'sha256')}`;
    return entry.path === 'filling' ? [line] : [line, ...contents(snapshot, entry.path)];
  });
}

/** Files below a folder that are opened while `work` is done. */
async function openedBy(test: TestContext, folder: string, work: () => Promise<unknown>): Promise<string[]> {
  const opened = await pathsGiven(test, 'openSync', `${folder}/`, work);
  return opened.map((path) => path.slice(folder.length + 1));
}

function ground(test: TestContext): { root: string; context: string; kept: string } {
  const root = temporaryFolder(test);
  makeGround(root);
  const context = join(root, 'context');
  fill(context);
  return { root, context, kept: join(root, 'kept') };
}

describe('digests of contents from an earlier run', { skip: unkept }, () => {
  it('spare reading what has not been touched since', async (test) => {
    const { context, kept } = ground(test);
    const before = contents((await digestsOf(context, kept)).snapshot());
    assert.deepEqual(
      await openedBy(test, context, async () => {
        assert.deepEqual(contents((await digestsOf(context, kept)).snapshot()), before);
      }),
      [],
    );
  });

  it('are not taken where a file has other bytes of the same size and the same time', async (test) => {
    const { context, kept } = ground(test);
    const path = join(context, 'filling/3/7');
    utimesSync(path, 1_700_000_000, 1_700_000_000);
    await digestsOf(context, kept);
    const { ino, size, mtimeMs } = lstatSync(path);
    writeFileSync(path, '7 3');
    utimesSync(path, 1_700_000_000, 1_700_000_000);
    const after = lstatSync(path);
    assert.deepEqual([after.ino, after.size, after.mtimeMs], [ino, size, mtimeMs]);
    // What takes a file's place has another inode.
    writeFileSync(join(context, 'filling/new'), '4 8');
    renameSync(join(context, 'filling/new'), join(context, 'filling/4/8'));
    const opened = await openedBy(test, context, async () => {
      const index = await digestsOf(context, kept);
      assert.deepEqual(contents(index.snapshot()), contents((await digestsOf(context)).snapshot()));
    });
    assert.deepEqual(opened.slice(0, 2), ['filling/3/7', 'filling/4/8']);
  });

  it('are read again where what was kept is damaged, cut off, or of another context', async (test) => {
    const { root, context, kept } = ground(test);
    const before = contents((await digestsOf(context, kept)).snapshot());
    const [name] = readdirSync(kept);
    assert.ok(name !== undefined);
    const whole = readFileSync(join(kept, name));
    const damaged = Buffer.from(whole);
    damaged[damaged.length - 5] = (damaged[damaged.length - 5] ?? 0) ^ 1;
    for (const bytes of [damaged, whole.subarray(0, whole.length / 2), Buffer.from('{}\n'), Buffer.alloc(0)]) {
      writeFileSync(join(kept, name), bytes);
      const opened = await openedBy(test, context, async () => {
        assert.deepEqual(contents((await digestsOf(context, kept)).snapshot()), before);
      });
      assert.ok(opened.length > files);
    }
    fill(join(root, 'other'));
    const opened = await openedBy(test, join(root, 'other'), () => digestsOf(join(root, 'other'), kept));
    assert.ok(opened.length > files);
  });

  it('of a small context are not kept: it is read as soon', async (test) => {
    const context = temporaryFolder(test, { a: '1', 'd/b': '2' });
    const kept = join(context, 'kept');
    await digestsOf(context, kept);
    assert.deepEqual(readdirSync(context), ['a', 'd']);
  });

  it('leave every digest as it is, whatever is done to the context in between', async (test) => {
    const { root, context, kept } = ground(test);
    await fc.assert(
      fc.asyncProperty(fc.array(drawnDeed, { minLength: 1, maxLength: 6 }), async (deeds) => {
        for (const { act } of deeds) act(root);
        const now = (await digestsOf(context, kept)).snapshot();
        assert.deepEqual(contents(now), contents((await digestsOf(context)).snapshot()));
      }),
      { numRuns: 20 },
    );
  });
});
