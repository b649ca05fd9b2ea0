import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { PastBuild } from '../../../server/src/cache/types';
import { inMemoryRecords } from './in-memory-records';
import {
  allHeld,
  built,
  contextPath,
  type Folder,
  folder,
  image,
  minute,
  open,
  ran,
  remembering,
  start,
  unnoted,
} from './remembered-builds';

const allCached = 'cached, cached, cached';
const contentsOpen = 'cached, may rebuild, may rebuild';
const contentsChanged = 'cached, rebuilds, rebuilds';

/** A file that was written after the first build. */
const written = (text: string): Folder => ({ files: { a: { text, changed: start + minute } } });

describe('a build that the baseline sees', () => {
  it('is known although its files are written again, with the same content or back to it', async () => {
    const { baseline, context, statuses } = open({ history: remembering([built()]) });
    await baseline.settled();
    context.become(folder(written('a')));
    assert.equal(statuses(), allCached);
    context.become(folder(written('b')));
    assert.equal(statuses(), contentsChanged);
    context.become(folder(written('a')));
    assert.equal(statuses(), allCached);
    baseline.dispose();
  });

  it('stays known when the clocks no longer go together, and what is built then is not', async () => {
    const { baseline, context, remember, statuses, steps } = open({ history: remembering([built()]) });
    await baseline.settled();
    const clock = { kind: 'foreign', reason: "This machine's clock was set back." } as const;
    context.become(folder(written('b')));
    await remember(remembering([built({}, 2), built()], { clock }));
    assert.equal(statuses(), contentsOpen);
    context.become(folder(written('a')));
    assert.equal(statuses(), allCached);
    assert.equal(steps().length, 3);
    baseline.dispose();
  });

  // Measured with Docker Engine 28.5.2: the last build is a hit, as the copy of the build before has the mode that was taken back.
  it('does not tell what a mode is in the copy that was begun after a prune, also once it is put back', async () => {
    const withMode = (mode: number, changed: number) => folder({ files: { d: { mode, changed }, 'd/a': 'a' } });
    const step = '[2/2] COPY d /d';
    const build = (after: number, outcome: 'ran' | 'cached') =>
      built({ dockerfile, steps: [{ ...ran(2, step, start + after * minute), outcome }] }, after);
    const dockerfile = 'FROM bb\nCOPY d /d\n';
    const [first, second, third] = [build(0, 'ran'), build(5, 'ran'), build(10, 'cached')];
    const held = { ...allHeld([second]), copies: [{ begunAt: second.startedAt + 1_000 }] };
    const scene = open({ history: remembering([first]), context: withMode(0o755, start - minute) });
    await scene.baseline.settled();
    scene.context.become(withMode(0o700, start + 4 * minute));
    await scene.remember(remembering([second, first], { results: held }));
    scene.context.become(withMode(0o755, start + 9 * minute));
    assert.equal(scene.statuses(dockerfile), 'may rebuild');
    assert.match(
      scene.steps(dockerfile)[0]?.cache.reason ?? '',
      /^The builder may have another state of d than the disk/,
    );
    await scene.remember(remembering([third, second, first], { results: held }));
    assert.equal(scene.statuses(dockerfile), 'may rebuild');
    scene.baseline.dispose();
  });

  it('is known as long as the builder has its copy, where nobody saw what that had before', async () => {
    const late = { files: { a: { text: 'a', changed: start + minute, modified: start - minute } } };
    const builds = [built({}, 5), built()];
    const copies = [{ begunAt: start + 1_000 }];
    const held = { ...allHeld(builds), copies };
    const records = inMemoryRecords();
    const given = { context: folder(late), storagePath: '/storage', records };
    const { baseline, remember, statuses } = open({ history: remembering(builds, { results: held }), ...given });
    await baseline.settled();
    assert.equal(statuses(), allCached);
    const gone = remembering(builds, { results: { ...held, copies: [] } });
    await remember(gone);
    assert.equal(statuses(), contentsOpen);
    baseline.dispose();
    const again = open({ history: gone, ...given });
    await again.baseline.settled();
    assert.equal(again.statuses(), contentsOpen);
    again.baseline.dispose();
  });

  it('stays known when the copy is gone, where it was seen what that had', async () => {
    const held = (builds: readonly PastBuild[]) => ({ ...allHeld(builds), copies: [{ begunAt: start + 1_000 }] });
    const late = { a: { text: 'a', changed: start + minute, modified: start - minute } };
    const builds = [built({}, 5), built()];
    const scene = open({ history: remembering([built()], { results: held([built()]) }) });
    await scene.baseline.settled();
    scene.context.become(folder({ files: late }));
    await scene.remember(remembering(builds, { results: held(builds) }));
    await scene.remember(remembering(builds, { results: { ...allHeld(builds), copies: [] } }));
    assert.equal(scene.statuses(), allCached);
    scene.baseline.dispose();
  });

  it('is looked at again when the note of the client comes later', async () => {
    const build = built({}, 90);
    const { baseline, context, remember, statuses } = open({ history: remembering([unnoted(build)]) });
    await baseline.settled();
    assert.equal(statuses(), contentsOpen);
    assert.equal(baseline.knowsContext(), false);
    assert.deepEqual(context.events, []);
    await remember(remembering([build]));
    assert.equal(statuses(), allCached);
    assert.equal(baseline.knowsContext(), true);
    assert.deepEqual(context.events, ['everything']);
    baseline.dispose();
  });

  it('is looked at again when the note comes later and names no Dockerfile', async () => {
    const { dockerfilePath: _, ...build } = built();
    const { baseline, remember, statuses } = open({ history: remembering([unnoted(build)]) });
    await baseline.settled();
    await remember(remembering([build]));
    assert.equal(statuses(), allCached);
    baseline.dispose();
  });

  it('is worked out once, also where no note ever names a Dockerfile', async () => {
    const { dockerfilePath: _, ...build } = built();
    const { baseline, context, remember, statuses } = open({ history: remembering([build]) });
    await baseline.settled();
    context.become(folder(written('b')));
    await remember(remembering([build]));
    assert.equal(statuses(), contentsChanged);
    baseline.dispose();
  });

  it('lets the folder be looked at again when it ended after the baseline was opened', async () => {
    const { baseline, context, remember } = open({ history: remembering([built()]) });
    await baseline.settled();
    assert.deepEqual(context.events, []);
    await remember(remembering([built({}, 90), built()]));
    assert.deepEqual(context.events, ['everything']);
    baseline.dispose();
  });

  it('has the digests of files that were read when it asked', async () => {
    const { baseline, context, history, statuses } = open({ context: folder({ unread: true }) });
    context.whileWaiting = () => {
      if (context.requests.length > 0) context.become(folder());
    };
    history.set(remembering([built()]));
    await baseline.settled();
    assert.deepEqual(context.requests, [{ kind: 'digests', scheme: 'sha256' }]);
    assert.equal(statuses(), allCached);
    baseline.dispose();
  });

  it('does not take for its own what was written while its files were being read', async () => {
    const { baseline, context, history, statuses } = open({ context: folder({ unread: true }) });
    context.whileWaiting = () => {
      if (context.requests.length > 0) context.become(folder(written('b')));
    };
    history.set(remembering([built()]));
    await baseline.settled();
    assert.equal(statuses(), contentsOpen);
    baseline.dispose();
  });

  it('waits for a folder that is not indexed yet', async () => {
    const { baseline, context, history, statuses } = open({ context: { state: 'pending' } });
    let waits = 0;
    context.whileWaiting = () => {
      waits += 1;
      if (waits > 1) context.become(folder());
    };
    history.set(remembering([built()]));
    await baseline.settled();
    assert.equal(statuses(), allCached);
    baseline.dispose();
  });

  it('stays unknown when its files can never be read, and does not keep others waiting', async () => {
    const { baseline, context, log, statuses } = open({
      context: folder({ unread: true }),
      history: remembering([built()]),
    });
    await baseline.settled();
    assert.match(log.infos.join(), /keeps changing.*build0/);
    context.become(folder());
    assert.equal(statuses(), 'no record, no record, no record');
    baseline.dispose();
  });

  describe('where the builder may notice no change and go on with an earlier copy', () => {
    const text = 'FROM bb\nCOPY d /d\n';
    const build = (after: number) => built({ dockerfile: text, steps: [ran(2, '[2/2] COPY d /d')] }, after);
    const directory = (mode: number, more: { readonly changed?: number; readonly modified?: number } = {}) =>
      folder({ files: { d: { mode, ...more }, 'd/x': 'x' } });
    const changed = directory(0o700, { changed: start + minute, modified: start - minute });
    const digests = ({ baseline }: ReturnType<typeof open>) => {
      const now = baseline.current();
      return now.kind === 'engine' ? now.builds.map(({ contents }) => typeof contents?.[0]?.digest) : [];
    };

    it('leaves the contents of the next build open', async () => {
      const scene = open({ history: remembering([build(0)]), context: directory(0o755) });
      const { baseline, context, remember, statuses, steps } = scene;
      await baseline.settled();
      assert.equal(statuses(text), 'cached');
      context.become(changed);
      assert.equal(statuses(text), 'may rebuild');
      await remember(remembering([build(2), build(0)]));
      assert.equal(statuses(text), 'may rebuild');
      assert.match(steps(text)[0]?.cache.reason ?? '', /^The builder may have another state of d than the disk/);
      // Null is an object: nothing is claimed.
      assert.deepEqual(digests(scene), ['object', 'string']);
      baseline.dispose();
    });

    it('holds the next build against the last one of which something is known', async () => {
      const scene = open({ history: remembering([build(0)]), context: directory(0o755) });
      const { baseline, context, remember, statuses, steps } = scene;
      await baseline.settled();
      context.become(changed);
      const other = { ...build(1), startedAt: start + minute / 2 };
      await remember(remembering([other, build(0)]));
      assert.match(steps(text)[0]?.cache.reason ?? '', /^The builder may have another state of d than the disk/);
      await remember(remembering([build(2), other, build(0)]));
      assert.equal(statuses(text), 'may rebuild');
      assert.deepEqual(digests(scene), ['object', 'object', 'string']);
      baseline.dispose();
    });
  });

  it('leaves the builder with the mode of an earlier build, and so does the one after it', async () => {
    const text = 'FROM bb\nCOPY e /e\nCOPY d /d\n';
    const build = (after: number) =>
      built({ dockerfile: text, steps: [ran(2, '[2/3] COPY e /e'), ran(3, '[3/3] COPY d /d')] }, after);
    const files = { 'd/x': 'x', e: 'e' };
    const { baseline, context, remember, statuses } = open({
      history: remembering([build(0)]),
      context: folder({ files: { ...files, d: { mode: 0o755 } } }),
    });
    await baseline.settled();
    const d = { mode: 0o700, changed: start + minute, modified: start - minute };
    context.become(folder({ files: { ...files, d } }));
    await remember(remembering([build(2), build(0)]));
    await remember(remembering([build(3), build(2), build(0)]));
    assert.equal(statuses(text), 'cached, may rebuild');
    baseline.dispose();
  });

  it('noticed a file of which the time of writing has changed, and may not have noticed another', async () => {
    for (const [modified, expected] of [
      [start + minute, allCached],
      [start - minute, 'cached, may rebuild, may rebuild'],
    ] as const) {
      const { baseline, context, remember, statuses } = open({ history: remembering([built()]) });
      await baseline.settled();
      context.become(folder({ files: { a: { text: 'b', changed: start + minute, modified } } }));
      await remember(remembering([built({}, 2), built()]));
      assert.equal(statuses(), expected);
      baseline.dispose();
    }
  });
});

describe('the base image of a build that the baseline saw', () => {
  const build = built({ bases: { bb: 'sha256:1' } });
  const watched = async () => {
    const scene = open({ history: remembering([build]), images: { bb: image('sha256:1') } });
    await scene.baseline.settled();
    return scene;
  };

  it('has moved, and is back', async () => {
    const { baseline, images, statuses, steps } = await watched();
    assert.equal(statuses(), allCached);
    images.set('bb', image('sha256:2'));
    assert.equal(statuses(), 'rebuilds, rebuilds, rebuilds');
    assert.match(steps()[0]?.cache.reason ?? '', /bb/);
    images.set('bb', image('sha256:1'));
    assert.equal(statuses(), allCached);
    baseline.dispose();
  });

  it('has another configuration with the same layers', async () => {
    const { baseline, images, statuses } = await watched();
    images.set('bb', image('sha256:1', { environment: ['A=1'] }));
    assert.equal(statuses(), 'rebuilds, rebuilds, rebuilds');
    baseline.dispose();
  });

  it('is gone, which says nothing', async () => {
    const { baseline, images, statuses } = await watched();
    images.delete('bb');
    assert.equal(statuses(), allCached);
    baseline.dispose();
  });
});

describe('what was worked out and kept', () => {
  const storagePath = '/storage';
  /** Records of a baseline that saw the first build. */
  const seen = async () => {
    const records = inMemoryRecords();
    const foreign = built({ contextPath: '/other', dockerfilePath: '/other/Dockerfile' }, 1);
    const { baseline } = open({ history: remembering([foreign, built()]), storagePath, records });
    await baseline.settled();
    baseline.dispose();
    return records;
  };
  const file = inMemoryRecords().fileFor('/storage/engine', contextPath);

  it('tells later what nothing else can tell', async () => {
    const records = await seen();
    const later = { history: remembering([built()]), context: folder(written('b')) };
    for (const [given, expected] of [
      [{ ...later, storagePath, records }, contentsChanged],
      [later, contentsOpen],
    ] as const) {
      const { baseline, context, statuses } = open(given);
      await baseline.settled();
      assert.equal(statuses(), expected);
      context.become(folder());
      assert.equal(statuses(), expected === contentsOpen ? contentsOpen : allCached);
      baseline.dispose();
    }
  });

  it('is known to the other Dockerfiles of the folder', async () => {
    const records = await seen();
    const { baseline, statuses } = open({
      history: remembering([built()]),
      context: folder(written('b')),
      dockerfilePath: '/app/other.Dockerfile',
      storagePath,
      records,
    });
    await baseline.settled();
    assert.equal(statuses(), contentsChanged);
    baseline.dispose();
  });

  it('gives way to what somebody knows more of', async () => {
    const records = inMemoryRecords();
    const blind = open({ history: remembering([built()]), context: folder(written('b')), storagePath, records });
    await blind.baseline.settled();
    blind.baseline.dispose();
    for (const given of [{ context: folder() }, { context: folder(written('c')) }]) {
      const { baseline, context, statuses } = open({ history: remembering([built()]), storagePath, records, ...given });
      await baseline.settled();
      context.become(folder());
      assert.equal(statuses(), allCached);
      baseline.dispose();
    }
  });

  it('are builds of this folder, each once', async () => {
    const records = await seen();
    const references = () => records.files.get(file)?.builds.map(({ reference }) => reference);
    assert.deepEqual(references(), ['build0']);
    const { baseline } = open({ history: remembering([built({}, 2), built()]), storagePath, records });
    await baseline.settled();
    assert.deepEqual(references()?.toSorted(), ['build0', 'build2']);
    baseline.dispose();
  });

  it('says nothing of builds that the engine no longer remembers', async () => {
    const records = await seen();
    const other = built({ dockerfile: 'FROM bb\nRUN none\n' }, 2);
    const { baseline, statuses } = open({ history: remembering([other]), storagePath, records });
    await baseline.settled();
    assert.equal(statuses(), 'rebuilds, rebuilds, rebuilds');
    baseline.dispose();
  });

  it('says nothing where the Dockerfile is held against another folder', async () => {
    const records = await seen();
    const { baseline, statuses } = open({
      history: remembering([built()]),
      contextPath: '/elsewhere',
      storagePath,
      records,
    });
    await baseline.settled();
    assert.equal(statuses(), contentsOpen);
    baseline.dispose();
  });

  it('that is damaged or becomes so is said in the log', async () => {
    const reason = `The record file ${file} is damaged.`;
    const foreign = built({ contextPath: '/other', dockerfilePath: '/other/Dockerfile' });
    const broken = inMemoryRecords();
    broken.damage(file, reason);
    const read = open({ history: remembering([foreign]), storagePath, records: broken });
    await read.baseline.settled();
    assert.deepEqual(read.log.warnings, [reason]);
    read.baseline.dispose();

    const records = inMemoryRecords();
    const { baseline, log, remember } = open({ history: remembering([built()]), storagePath, records });
    await baseline.settled();
    assert.deepEqual(log.warnings, []);
    records.damage(file, reason);
    await remember(remembering([built({}, 2), built()]));
    assert.deepEqual(log.warnings, [reason]);
    baseline.dispose();
  });

  it('is left alone when it is damaged, with the reason in the log; the work goes on', async () => {
    const records = inMemoryRecords();
    records.damage(file, `The record file ${file} is damaged.`);
    const { baseline, log, remember, statuses } = open({ history: remembering([built()]), storagePath, records });
    await baseline.settled();
    assert.equal(statuses(), allCached);
    assert.match(log.warnings.join(), /is damaged/);
    await remember(remembering([built({}, 2), built()]));
    assert.equal(statuses(), allCached);
    assert.equal(records.files.size, 0);
    baseline.dispose();
  });
});

describe('a baseline that is let go of', () => {
  it('tells nothing, keeps nothing, and stops what it has begun', async () => {
    const { baseline, context, history, records } = open({ storagePath: '/storage' });
    let finish = (): void => undefined;
    let asked = 0;
    context.whileWaiting = () => {
      asked += 1;
      return new Promise((resolve) => {
        finish = resolve;
      });
    };
    history.set(remembering([built()]));
    await turn();
    assert.equal(asked, 1);
    baseline.onChange(() => assert.fail('told'));
    baseline.dispose();
    finish();
    await baseline.settled();
    history.set(remembering([built({}, 2)]));
    await turn();
    assert.deepEqual(baseline.current(), { kind: 'pending' });
    assert.equal(asked, 1);
    assert.equal(records.files.size, 0);
  });

  it('lets whoever waits go when that is wished', async () => {
    const { baseline, context, history } = open();
    context.whileWaiting = () => new Promise(() => undefined);
    history.set(remembering([built()]));
    const stop = new AbortController();
    const waiting = baseline.settled(stop.signal);
    stop.abort(new Error('enough'));
    await assert.rejects(waiting, /enough/);
    baseline.dispose();
  });
});
