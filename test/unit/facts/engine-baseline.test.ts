import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { PastBuild } from '../../../server/src/cache/types';
import {
  allHeld,
  built,
  type Folder,
  folder,
  image,
  minute,
  type Opening,
  open,
  type Remembered,
  ran,
  remembering,
  start,
  text,
  unnoted,
} from './remembered-builds';
import { temporaryFolder } from './temporary-folder';

const allCached = 'cached, cached, cached';
const contentsOpen = 'cached, may rebuild, may rebuild';
const allRebuild = 'rebuilds, rebuilds, rebuilds';
const allOpen = 'may rebuild, may rebuild, may rebuild';

interface Case {
  readonly name: string;
  readonly builds?: readonly PastBuild[];
  readonly folder?: Folder;
  readonly remembered?: Partial<Remembered>;
  readonly images?: Opening['images'];
  readonly namesake?: boolean;
  /** The Dockerfile now. */
  readonly now?: string;
  readonly expected: string;
  /** The reason of the first step that is not cached. */
  readonly because?: RegExp;
  /** What the log has to say of it. */
  readonly logged?: RegExp;
}

const executed = (environment: readonly string[]) => ({
  arguments: ['/bin/sh', '-c', 'one'],
  environment,
  workdir: '/',
  user: '',
});

/** A build that has nothing to do with the Dockerfile now. */
const unrelated = built({ dockerfile: 'FROM bb\nRUN none\n', steps: [] }, 1);

const takesFolder = built({ dockerfile: 'FROM bb\nCOPY d /d\n', steps: [ran(2, '[2/2] COPY d /d')] });

const cases: readonly Case[] = [
  { name: 'nothing was written since', expected: allCached },
  {
    name: 'a file was written after the build began',
    folder: { files: { a: { text: 'a', changed: start + minute } } },
    expected: contentsOpen,
    because: /^a was written after the build of .* began/,
  },
  {
    name: 'a file was written so shortly before that clocks may not tell',
    folder: { files: { a: { text: 'a', changed: start - 50 } } },
    expected: contentsOpen,
    because: /^a was written after/,
  },
  {
    name: 'a file was written longer before than clocks may differ by',
    folder: { files: { a: { text: 'a', changed: start - 150 } } },
    expected: allCached,
  },
  {
    name: 'a file that no step takes was written',
    folder: { files: { a: 'a', b: { text: 'b', changed: start + minute } } },
    expected: allCached,
  },
  {
    name: "the engine's clock is another one",
    remembered: { clock: { kind: 'foreign', reason: 'The clocks differ by an hour.' } },
    expected: contentsOpen,
    logged: /The clocks differ by an hour\./,
  },
  {
    name: 'the times of the folder tell nothing',
    folder: { times: { kind: 'untrusted', reason: 'The folder is on a network drive.' } },
    expected: contentsOpen,
    logged: /The folder is on a network drive\./,
  },
  {
    name: 'the folder was put there after the build',
    folder: { times: { kind: 'kept', holderChangedAt: start - minute, placedAt: start + minute } },
    expected: contentsOpen,
  },
  { name: 'the history is that of another user', builds: [unnoted(built())], expected: contentsOpen },
  {
    name: 'the build had another folder as context',
    builds: [built({ contextPath: '/other', dockerfilePath: '/other/Dockerfile' })],
    expected: contentsOpen,
    because: /^Nothing tells what the build of .* read in this step/,
  },
  {
    name: 'the build had another Dockerfile of the same folder',
    builds: [built({ dockerfilePath: '/app/other.Dockerfile' })],
    expected: allCached,
  },
  {
    name: 'the build had its Dockerfile from standard input',
    builds: [{ ...unnoted(built()), contextPath: '/app' }],
    expected: allCached,
  },
  {
    name: 'the build had another Dockerfile and failed: nothing tells which files it left out',
    builds: [
      (({ ignorePatterns: _, ...build }) => build)(
        built({ dockerfilePath: '/app/other.Dockerfile', outcome: 'failed', bases: { bb: '' } }),
      ),
    ],
    expected: contentsOpen,
  },
  {
    name: 'the build left out other files',
    builds: [built({ ignorePatterns: ['b'] })],
    expected: contentsOpen,
    because: /^\.dockerignore was written after/,
  },
  {
    name: 'the engine tells that an ignore file written later had the same patterns',
    builds: [built({ ignorePatterns: ['b'] })],
    folder: { ignore: { text: 'b\n', changedAt: start + minute } },
    expected: allCached,
  },
  {
    name: 'an ignore file was written later, and the engine tells no patterns',
    builds: [(({ ignorePatterns: _, ...build }) => build)(built())],
    folder: { ignore: { text: 'b\n', changedAt: start + minute } },
    expected: contentsOpen,
  },
  {
    name: 'the build failed at its last step',
    builds: [
      built({
        outcome: 'failed',
        steps: [
          { ...ran(2, '[2/4] RUN one'), lines: [] },
          { ...ran(3, '[3/4] COPY a /a'), lines: [] },
          { ...ran(4, '[4/4] RUN two'), outcome: 'failed' },
        ],
      }),
    ],
    expected: 'cached, cached, rebuilds',
  },
  {
    name: 'the build was cancelled: only what it came to may be there',
    builds: [
      (({ dockerfile: _, ...build }) => build)(
        built({
          outcome: 'failed',
          steps: [ran(2, '[2/4] RUN one'), { lines: [], name: '[3/4] COPY a /a', outcome: 'unfinished' }],
        }),
      ),
      unrelated,
    ],
    expected: 'may rebuild, rebuilds, rebuilds',
    because: /^A build that did not end well may have left its result/,
  },
  {
    name: 'the build was cancelled after it had taken a result from the cache',
    builds: [
      (({ dockerfile: _, ...build }) => build)(
        built({ outcome: 'failed', steps: [{ lines: [], name: '[2/4] RUN one', outcome: 'cached' }] }),
      ),
      unrelated,
    ],
    expected: 'may rebuild, rebuilds, rebuilds',
  },
  {
    name: 'the text of the build is nonsense',
    builds: [built({ dockerfile: '\u0000\uFFFD }{ FROM' }), unrelated],
    expected: allOpen,
  },
  {
    name: 'a build makes no sense beside one that does',
    builds: [built({ startedAt: Number.NaN, reference: 'odd', bases: { '::': '' } }, 1), built()],
    expected: allCached,
    logged: /The build odd is not understood/,
  },
  {
    name: 'the results are there',
    remembered: { results: allHeld([built()]) },
    expected: allCached,
  },
  {
    name: 'the first two results were pruned, which nothing asks for',
    remembered: { results: allHeld([built({ steps: built().steps.slice(2) })]) },
    expected: allCached,
  },
  {
    name: "the builder's copy of the folder is gone, and in it a file may not have been noticed",
    builds: [built({}, 5), built()],
    folder: { files: { a: { text: 'a', changed: start + minute, modified: start - minute } } },
    remembered: { results: { ...allHeld([built({}, 5)]), copies: [] } },
    expected: contentsOpen,
  },
  {
    name: 'the copy is there, as it was when the result was made of it',
    builds: [built({}, 5), built()],
    folder: { files: { a: { text: 'a', changed: start + minute, modified: start - minute } } },
    remembered: { results: { ...allHeld([built({}, 5)]), copies: [{ begunAt: start + 1_000 }] } },
    expected: allCached,
  },
  {
    name: 'the only copy is that of another folder: nobody used it while this one was built',
    builds: [built({}, 5), built()],
    folder: { files: { a: { text: 'a', changed: start + minute, modified: start - minute } } },
    remembered: {
      results: { ...allHeld([built({}, 5)]), copies: [{ begunAt: start - minute, usedAt: start + 3 * minute }] },
    },
    expected: contentsOpen,
  },
  {
    name: 'the copy was used last by the newest build',
    builds: [built({}, 5), built()],
    folder: { files: { a: { text: 'a', changed: start + minute, modified: start - minute } } },
    remembered: {
      results: {
        ...allHeld([built({}, 5)]),
        copies: [{ begunAt: start + 1_000, usedAt: start + 5 * minute + 11_000 }],
      },
    },
    expected: allCached,
  },
  {
    name: 'the copy is gone, and the file was written before the first build',
    builds: [built({}, 5), built()],
    remembered: { results: { ...allHeld([built({}, 5)]), copies: [] } },
    expected: allCached,
  },
  {
    name: 'the copy is gone, and the first build is not read',
    builds: [built({}, 5)],
    folder: { files: { a: { text: 'a', changed: start + minute, modified: start - minute } } },
    remembered: { results: { ...allHeld([built({}, 5)]), copies: [] }, firstOwnAt: start },
    expected: contentsOpen,
  },
  {
    name: 'the copy is gone, and may have been begun for another folder of the same name: files are sent by their times',
    builds: [built({}, 5), built()],
    namesake: true,
    remembered: { results: { ...allHeld([built({}, 5)]), copies: [] } },
    expected: allCached,
  },
  // Measured with Docker Engine 28.5.2: the folder was 0700 in a context of the same name, and 0755 in this one from the start.
  {
    name: 'the same, of a step that takes a folder: its mode was that of the other one',
    builds: [takesFolder],
    folder: { files: { d: { mode: 0o755, changed: start - minute }, 'd/a': 'a' } },
    now: takesFolder.dockerfile ?? '',
    namesake: true,
    remembered: { results: { ...allHeld([takesFolder]), copies: [] } },
    expected: 'may rebuild',
    because: /^The builder may have another state of d than the disk/,
  },
  {
    name: 'no other folder of the same name was built from',
    builds: [takesFolder],
    folder: { files: { d: { mode: 0o755, changed: start - minute }, 'd/a': 'a' } },
    now: takesFolder.dockerfile ?? '',
    remembered: { results: { ...allHeld([takesFolder]), copies: [] } },
    expected: 'cached',
  },
  {
    name: 'all results were pruned',
    remembered: { results: { kind: 'listed', results: [] } },
    expected: allRebuild,
    because: /pruned/,
  },
  {
    name: 'the build was done with other options than the newest of this folder',
    builds: [built({ options: { 'force-network-mode': 'host' }, dockerfile: unrelated.dockerfile ?? '' }, 1), built()],
    expected: allRebuild,
  },
  {
    name: 'only a newer build of another folder was done with other options',
    builds: [
      built({ options: { 'force-network-mode': 'host' }, contextPath: '/b', dockerfilePath: '/b/d' }, 1),
      built(),
    ],
    expected: allCached,
  },
  {
    name: 'a newer build of another Dockerfile of the folder was done with other options than those of this one',
    builds: [{ ...unrelated, options: { 'force-network-mode': 'host' }, dockerfilePath: '/app/d' }, built()],
    expected: allCached,
  },
  {
    name: 'another Dockerfile of the folder was built with options, and another folder without',
    builds: [
      { ...unrelated, contextPath: '/b', dockerfilePath: '/b/d' },
      built({ options: { 'force-network-mode': 'host' }, dockerfilePath: '/app/d' }),
    ],
    expected: allCached,
  },
  {
    name: 'only another folder was built, with options',
    builds: [built({ options: { 'force-network-mode': 'host' }, contextPath: '/b', dockerfilePath: '/b/d' })],
    expected: contentsOpen,
  },
  {
    name: 'the base is the image that the build had',
    builds: [built({ bases: { bb: 'sha256:1' } })],
    images: { bb: image('sha256:1') },
    expected: allCached,
  },
  {
    name: 'whether the base is the image that the build had is not known',
    builds: [built({ bases: { bb: 'sha256:0' } })],
    images: { bb: image('sha256:1') },
    expected: allOpen,
    because: /^Runs again only if the base image bb is another one now/,
  },
  {
    name: 'the base is gone',
    builds: [built({ bases: { bb: 'sha256:0' } })],
    expected: allCached,
  },
  {
    name: 'the base has another name now, with the same layers',
    builds: [built({ bases: { bb: 'sha256:1' } })],
    images: { alias: image('sha256:1') },
    now: text.replace('FROM bb', 'FROM alias'),
    expected: allCached,
  },
  {
    name: 'another base, with other layers',
    builds: [built({ bases: { bb: 'sha256:1' } })],
    images: { alias: image('sha256:2') },
    now: text.replace('FROM bb', 'FROM alias'),
    expected: allRebuild,
  },
  {
    name: 'the base set other variables in that build, its layers being the same',
    builds: [
      built({
        bases: { bb: 'sha256:1' },
        steps: [{ ...ran(2, '[2/4] RUN one'), execution: executed(['PATH=/bin', 'A=1']) }, ...built().steps.slice(1)],
      }),
    ],
    images: { bb: image('sha256:1', { environment: ['PATH=/bin', 'A=2'] }) },
    expected: allOpen,
    because: /^The base image of that build set other variables/,
  },
  {
    name: 'the base set the same variables in that build',
    builds: [
      built({
        bases: { bb: 'sha256:1' },
        steps: [{ ...ran(2, '[2/4] RUN one'), execution: executed(['PATH=/bin', 'A=2']) }, ...built().steps.slice(1)],
      }),
    ],
    images: { bb: image('sha256:1', { environment: ['PATH=/bin', 'A=2'] }) },
    expected: allCached,
  },
];

describe('what the next build reuses of a build that was done while nobody watched', () => {
  for (const { name, builds = [built()], remembered, images, now, expected, because, logged, ...given } of cases) {
    it(name, async () => {
      const scene = open({
        history: remembering(builds, remembered),
        context: folder(given.folder),
        ...(images && { images }),
        namesake: given.namesake === true,
      });
      await scene.baseline.settled();
      assert.equal(scene.statuses(now), expected);
      const first = scene.steps(now).find(({ cache }) => cache.status !== 'cached');
      if (because !== undefined) assert.match(first?.cache.reason ?? '', because);
      if (logged !== undefined) assert.match([...scene.log.infos, ...scene.log.warnings].join('\n'), logged);
      scene.baseline.dispose();
    });
  }
});

describe('the baseline of an engine', () => {
  it('is pending until the history is read, then one object until something changes', async () => {
    const { baseline, history, remember } = open();
    let changes = 0;
    baseline.onChange(() => {
      changes += 1;
    });
    await baseline.settled();
    assert.deepEqual(baseline.current(), { kind: 'pending' });
    await remember(remembering([built()]));
    const current = baseline.current();
    assert.equal(current.kind, 'engine');
    assert.equal(changes, 1);
    assert.equal(baseline.current(), current);
    assert.equal(baseline.knowsContext(), true);
    baseline.glance();
    assert.equal(history.glances, 1);
    baseline.dispose();
  });

  it('is none without an engine, told once; and comes back with it', async () => {
    const { baseline, remember, statuses } = open({ history: remembering([built()]) });
    await baseline.settled();
    let changes = 0;
    baseline.onChange(() => {
      changes += 1;
    });
    await remember({ state: 'absent', reason: 'The engine has ended the connection.' });
    await remember({ state: 'absent', reason: 'The engine has ended the connection.' });
    assert.deepEqual(baseline.current(), { kind: 'none', reason: 'The engine has ended the connection.' });
    assert.equal(baseline.knowsContext(), false);
    assert.equal(changes, 1);
    await remember(remembering([built()]));
    assert.equal(statuses(), allCached);
    baseline.dispose();
  });

  it('promises nothing of a builder whose memory was thrown away', async () => {
    const { baseline, remember, statuses } = open({ history: remembering([built()]), storagePath: '/storage' });
    await baseline.settled();
    await remember(remembering([], { identity: 'two' }));
    assert.deepEqual(baseline.current(), { kind: 'none', reason: 'The engine remembers no builds.' });
    await remember(remembering([built({ dockerfile: 'FROM bb\nRUN none\n' }, 1)], { identity: 'two' }));
    assert.equal(statuses(), allRebuild);
    baseline.dispose();
  });

  it('forgets a build that the engine forgets', async () => {
    const other = built({ dockerfile: 'FROM bb\nRUN none\n' }, 1);
    const { baseline, remember, statuses } = open({ history: remembering([other, built()]) });
    await baseline.settled();
    assert.equal(statuses(), allCached);
    await remember(remembering([other]));
    assert.equal(statuses(), allRebuild);
    baseline.dispose();
  });

  it('knows only other folders when only those were built', async () => {
    const { baseline } = open({ history: remembering([built({ contextPath: '/other', dockerfilePath: '/other/d' })]) });
    await baseline.settled();
    assert.equal(baseline.current().kind, 'engine');
    assert.equal(baseline.knowsContext(), false);
    baseline.dispose();
  });

  it('takes a folder for the same under another name', async (test) => {
    const real = join(temporaryFolder(test), 'real');
    mkdirSync(real);
    const link = join(real, '..', 'link');
    symlinkSync(real, link, 'junction');
    const { baseline, statuses } = open({ history: remembering([built({ contextPath: link })]), contextPath: real });
    await baseline.settled();
    assert.equal(statuses(), allCached);
    baseline.dispose();
  });

  it('asks for the bases of all builds', async () => {
    const other = built({ dockerfile: 'FROM x AS y\nFROM y\nCOPY --from=z /z /z\n' }, 1);
    const { baseline, requested } = open({ history: remembering([other, built()]) });
    await baseline.settled();
    assert.deepEqual([...new Set(requested)].sort(), ['bb', 'x', 'z']);
    baseline.dispose();
  });
});
