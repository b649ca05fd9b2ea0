import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { contentsAsBuilt } from '../../../server/src/context/as-built';
import { ignorePatterns } from '../../../server/src/context/ignore-file';
import { selectionDigest } from '../../../server/src/context/select';
import type { ReadyContext, Selection } from '../../../server/src/context/types';
import { drawnDeed, makeGround } from './context-deeds';
import { Index } from './indexer-without-thread';
import { temporaryFolder } from './temporary-folder';

const unkept = process.platform === 'win32' && 'file times say nothing on Windows';

function selection(path: string, more: Partial<Selection> = {}): Selection {
  return { sources: [{ path, wildcard: path.includes('*') }], exclude: [], parents: false, unpack: false, ...more };
}

/** Longer than the steps in which file systems keep times. */
const apart = 12;

describe('times in the index of a build context', { skip: unkept }, () => {
  it('are those of the disk, of the root too, after every kind of event', async (test) => {
    const folder = temporaryFolder(test, { a: '1', 'd/b': '2', 'd/s/c': '3' });
    symlinkSync('a', join(folder, 'l'));
    const index = await Index.open(folder);
    const check = (when: string): void => {
      const { snapshot } = index.facts();
      for (const path of ['', 'a', 'd', 'd/b', 'd/s', 'd/s/c', 'l']) {
        const { mtimeMs, ctimeMs } = lstatSync(join(folder, path));
        const times = snapshot.times?.(path);
        assert.deepEqual([times?.mtime, times?.ctime], [mtimeMs, ctimeMs], `${when}: ${path}`);
      }
      const newest = (path: string): number =>
        Math.max(snapshot.times?.(path)?.ctime ?? 0, ...snapshot.children(path).map((child) => newest(child.path)));
      for (const path of ['', 'd', 'd/s'])
        assert.equal(snapshot.times?.(path)?.newest, newest(path), `${when}: ${path}`);
    };
    const tell = async (when: string, ...paths: readonly string[]): Promise<void> => {
      await index.ask({ kind: 'events', paths: paths.map((path) => join(folder, path)) });
      check(when);
      await sleep(apart);
    };
    check('at first');
    await sleep(apart);
    appendFileSync(join(folder, 'd/s/c'), 'x');
    await tell('saved in place', 'd/s/c');
    writeFileSync(join(folder, 'd/s/c.tmp'), 'new');
    renameSync(join(folder, 'd/s/c.tmp'), join(folder, 'd/s/c'));
    await tell('saved by renaming', 'd/s/c.tmp', 'd/s/c');
    writeFileSync(join(folder, 'n'), '1');
    await tell('a new file in the root', 'n');
    mkdirSync(join(folder, 'd/s/t'));
    await tell('a new directory', 'd/s/t');
    rmSync(join(folder, 'd/s/t'), { recursive: true });
    await tell('a directory removed', 'd/s/t');
    chmodSync(join(folder, 'd'), 0o700);
    await tell('another mode', 'd');
    linkSync(join(folder, 'a'), join(folder, 'd/link'));
    await tell('a hard link', 'd/link', 'a');
    utimesSync(join(folder, 'a'), 1, 1);
    await tell('an old time', 'a');
    chmodSync(folder, 0o711);
    await index.ask({ kind: 'recheck' });
    check('looked at again');
  });

  it('take along what a swapped directory holds when only something in it is told', async (test) => {
    const folder = temporaryFolder(test, { 'd/a': '1', 'd/s/b': '1', 'e/a': '1', 'e/s/b': '22' });
    const index = await Index.open(folder);
    renameSync(join(folder, 'd'), join(folder, 'x'));
    renameSync(join(folder, 'e'), join(folder, 'd'));
    await index.ask({ kind: 'events', paths: [join(folder, 'd/a')] });
    assert.equal(index.snapshot().entry('d/s/b')?.size, 2);
  });

  it('of the future are not believed', async (test) => {
    const folder = temporaryFolder(test, { a: '1' });
    const index = await Index.open(folder);
    assert.equal(index.facts().times?.kind, 'kept');
    const { now } = Date;
    test.after(() => {
      Date.now = now;
    });
    Date.now = () => now() - 3_600_000;
    await index.ask({ kind: 'recheck' });
    assert.equal(index.facts().times?.kind, 'untrusted');
    Date.now = now;
    await index.ask({ kind: 'recheck' });
    assert.equal(index.facts().times?.kind, 'kept');
  });
});

const asked: readonly Selection[] = [
  selection(''),
  selection('d'),
  selection('d/s'),
  selection('d/s/c'),
  selection('*'),
  selection('*/b'),
  selection('d/*/c'),
  selection('', { exclude: ['d'] }),
  selection('', { exclude: ['**/s', '!d/s/c'] }),
  selection('d/s', { parents: true }),
  selection('*/s/c', { parents: true }),
];

interface Moment {
  readonly time: number;
  readonly digests: readonly (string | undefined)[];
  readonly patterns: readonly string[];
}

function digestsOf({ snapshot }: ReadyContext): (string | undefined)[] {
  return asked.map((each) => {
    const digest = selectionDigest(snapshot, each, 'sha256');
    return digest.state === 'known' ? digest.digest : undefined;
  });
}

describe('what a past build saw', { skip: unkept }, () => {
  it('is claimed to be there still only when it is', async (test) => {
    const folder = temporaryFolder(test, {});
    let run = 0;
    let claimed = 0;
    let held = 0;
    const edits = fc.array(fc.array(drawnDeed, { minLength: 1, maxLength: 3 }), { minLength: 2, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(edits, async (batches) => {
        const root = join(folder, `${++run}`);
        makeGround(root);
        const context = join(root, 'context');
        const watching = await Index.open(context);
        await watching.ask({ kind: 'digests', scheme: 'sha256' });
        const moments: Moment[] = [];
        for (const batch of [[], ...batches]) {
          const told = batch.flatMap(({ act }) => act(root)).map((path) => join(context, path));
          if (told.length > 0) await watching.ask({ kind: 'events', paths: told });
          const fresh = await Index.open(context);
          await fresh.ask({ kind: 'digests', scheme: 'sha256' });
          const digests = digestsOf(fresh.facts());
          for (const [name, index] of Object.entries({ fresh, watching })) {
            const facts = index.facts();
            for (const { time, digests: then, patterns } of moments) {
              for (const [at, each] of asked.entries()) {
                for (const known of [patterns, undefined]) {
                  const answer = contentsAsBuilt(facts.snapshot, facts, each, time, known);
                  if (then[at] === digests[at]) held += 1;
                  if (answer.kind === 'unseen') continue;
                  claimed += 1;
                  const what = `${name}: ${JSON.stringify(each)} ${known ? 'with' : 'without'} patterns`;
                  assert.equal(
                    then[at],
                    digests[at],
                    `${what}\n${batches.map((b) => b.map((d) => d.text).join('; ')).join('\n')}`,
                  );
                }
              }
            }
          }
          await sleep(apart);
          moments.push({ time: Date.now(), digests, patterns: ignorePatterns(fresh.facts().ignoreFile.text) });
          await sleep(apart);
        }
        rmSync(root, { recursive: true });
      }),
      { numRuns: 25, includeErrorInReport: true },
    );
    test.diagnostic(`${claimed} of ${held} unchanged selections were known to be unchanged`);
    assert.ok(claimed > 0);
  });
});
