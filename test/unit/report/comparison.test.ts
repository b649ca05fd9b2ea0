import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildGraph } from '../../../server/src/build/graph';
import type { Baseline, BuildRecord, PastBuild } from '../../../server/src/cache/types';
import { parseDockerfile } from '../../../server/src/dockerfile/parse';
import type { ImageConfiguration, ImageFacts } from '../../../server/src/images/types';
import { compareWith } from '../../../server/src/report/comparison';
import { recordPastBuild } from '../../../server/src/report/past-build';
import { buildInputs } from '../../../server/src/report/understanding';
import { readableDate } from '../../../server/src/report/words';
import { contextOf, type Files, factsOf, inputsOf, layerSteps, recordOf, reportOf, type Scene } from './scenario';

const text = 'FROM bb\nRUN one\nCOPY a /a\n';
const files: Files = { a: 'a' };

/** An image that the engine holds. */
function held(layer: string, configuration: Partial<ImageConfiguration> = {}): ImageFacts {
  return {
    reference: 'bb',
    layers: [],
    layerDigests: [layer],
    configuration: { environment: [], workdir: '', user: '', onbuild: [], ...configuration },
    source: { kind: 'engine', label: 'engine' },
  };
}

function sceneOf(image: ImageFacts | undefined, more: Partial<Scene> = {}): Scene {
  return { text, files, ...(image && { images: { bb: { kind: 'known', facts: image } } }), ...more };
}

function engineOf(builds: readonly BuildRecord[], more: Partial<Extract<Baseline, { kind: 'engine' }>> = {}): Baseline {
  return {
    kind: 'engine',
    label: 'engine',
    builds,
    results: { kind: 'assumed' },
    fragments: new Set(),
    options: {},
    ...more,
  };
}

function comparison(scene: Scene, baseline: Baseline) {
  const dockerfile = parseDockerfile(scene.text);
  const inputs = buildInputs(inputsOf(scene));
  const facts = factsOf(scene, baseline);
  const image = (reference: string): ImageFacts | undefined => {
    const knowledge = facts.image(reference);
    return knowledge.kind === 'known' ? knowledge.facts : undefined;
  };
  return compareWith({
    dockerfile,
    graph: buildGraph(dockerfile, inputs, (reference) => image(reference)?.configuration),
    inputs,
    context: facts.context,
    baseline,
    image,
    earlierKeys: undefined,
  });
}

const statuses = (scene: Scene, baseline: Baseline): string =>
  layerSteps(reportOf(scene, baseline))
    .map(({ cache }) => cache.status)
    .join(', ');

const day = (number: number): string => `2026-01-0${number}T00:00:00.000Z`;

describe('what a prediction is held against', () => {
  const scene = sceneOf(undefined);

  it('is nothing without a baseline, or before it is there', () => {
    assert.equal(comparison(scene, { kind: 'none', reason: 'none' }), undefined);
    assert.equal(comparison(scene, { kind: 'pending' }), undefined);
  });

  it('is every build of this platform with digests of this kind, the newest first', () => {
    const builds = [
      recordOf(scene, day(1)),
      recordOf(scene, day(3)),
      { ...recordOf(scene, day(4)), platform: 'linux/arm64' },
      { ...recordOf(scene, day(5)), scheme: 'git' as const },
      recordOf(scene, day(2)),
    ];
    const found = comparison(scene, engineOf(builds));
    assert.deepEqual(
      found?.builds.map(({ record }) => builds.findIndex(({ steps }) => steps === record.steps)),
      [1, 4, 0],
    );
    // Nothing differs in how they compare, so that keys are made once.
    assert.equal(new Set(found?.builds.map(({ keys }) => keys)).size, 1);
    assert.match(found?.builds[0]?.sentence ?? '', /^Same inputs as in the build of 2026-01-0[23]/);
  });

  it('has what the builder holds and what bad ends may have left, of an engine', () => {
    const results = { kind: 'listed', results: [] } as const;
    const fragments = new Set(['RUN x']);
    const found = comparison(scene, engineOf([recordOf(scene)], { results, fragments }));
    assert.equal(found?.held, results);
    assert.equal(found?.fragments, fragments);
    const recorded = comparison(scene, { kind: 'record', label: 'record', builds: [recordOf(scene)] });
    assert.deepEqual([recorded?.held, recorded?.fragments.size], [{ kind: 'assumed' }, 0]);
    assert.match(recorded?.builds[0]?.sentence ?? '', /^Same inputs as in the build recorded/);
  });

  it('waits for contents', () => {
    const baseline = engineOf([recordOf(scene)]);
    assert.equal(comparison(scene, baseline)?.pending, false);
    assert.equal(comparison({ ...scene, files: { a: { size: 1 } } }, baseline)?.pending, true);
  });

  it('is the steps of a commit, made once for the same inputs', () => {
    const context = contextOf(files);
    assert.ok(context.state === 'ready');
    const baseline: Baseline = {
      kind: 'git',
      label: 'HEAD',
      revision: 'aaaa',
      dockerfile: text,
      snapshot: context.snapshot,
    };
    const stepsOf = (now: Scene) => comparison(now, baseline)?.builds[0]?.record.steps;
    assert.equal(stepsOf(scene), stepsOf({ ...scene, text: `${text}RUN two\n` }));
    assert.notEqual(stepsOf(scene), stepsOf({ ...scene, buildArguments: { A: '1' } }));
    assert.equal(comparison(scene, baseline)?.scheme, 'git');
    assert.equal(comparison(scene, baseline)?.inEarlierCommit, undefined);
  });
});

const cached = 'cached, cached';
const rebuilds = 'rebuilds, rebuilds';
const open = 'may rebuild, may rebuild';

const bases: readonly {
  readonly name: string;
  readonly before: ImageFacts | undefined;
  readonly now: ImageFacts | undefined;
  readonly expected: string;
  /** The base counts as another one. */
  readonly changed?: boolean;
}[] = [
  { name: 'is known then and now', before: held('1'), now: held('1'), expected: cached },
  { name: 'was never known', before: undefined, now: undefined, expected: cached },
  { name: 'is gone', before: held('1', { environment: ['A=1'], workdir: '/w' }), now: undefined, expected: cached },
  { name: 'has other layers', before: held('1'), now: held('2'), expected: rebuilds, changed: true },
  {
    name: 'sets another variable',
    before: held('1', { environment: ['A=1'] }),
    now: held('1', { environment: ['A=2'] }),
    expected: rebuilds,
    changed: true,
  },
  {
    name: 'sets another user',
    before: held('1', { user: 'a' }),
    now: held('1', { user: 'b' }),
    expected: rebuilds,
    changed: true,
  },
  {
    name: 'has another shell',
    before: held('1'),
    now: held('1', { shell: ['/bin/bash', '-c'] }),
    expected: rebuilds,
    changed: true,
  },
  {
    name: 'has other labels and another command, which no step depends on',
    before: held('1'),
    now: { ...held('1'), digest: 'sha256:other', date: day(2) },
    expected: cached,
  },
];

describe('a base image that', () => {
  for (const { name, before, now, expected, changed = false } of bases) {
    it(name, () => {
      const baseline = engineOf([recordOf(sceneOf(before))]);
      assert.equal(statuses(sceneOf(now), baseline), expected);
      assert.equal(comparison(sceneOf(now), baseline)?.builds[0]?.changedBases.has('bb'), changed);
    });
  }

  it('had a digest that nothing is known of now may be another one', () => {
    const record = { ...recordOf(sceneOf(held('1'))), bases: { bb: 'sha256:gone' } };
    assert.equal(statuses(sceneOf(held('1')), engineOf([record])), open);
  });

  it('has another name is the same by its layers alone', () => {
    const baseline = engineOf([recordOf(sceneOf(held('1')))]);
    const renamed = (image: ImageFacts): Scene => ({
      text: text.replace('FROM bb', 'FROM alias'),
      files,
      images: { alias: { kind: 'known', facts: image } },
    });
    assert.equal(statuses(renamed(held('1')), baseline), cached);
    assert.equal(statuses(renamed(held('2')), baseline), rebuilds);
  });

  it('was another one in the newest build is found in an older one', () => {
    const builds = [recordOf(sceneOf(held('1')), day(1)), recordOf(sceneOf(held('2')), day(2))];
    assert.equal(statuses(sceneOf(held('1')), engineOf(builds)), cached);
  });
});

describe('contents of which nothing tells what a build read', () => {
  const lines = 'FROM bb\nCOPY a /a\n';
  const startedAt = Date.parse(day(1));
  /** A build with this one step, of which only the text is known. */
  const past = (line: string): BuildRecord => {
    const made = { lines: [2], name: `[2/2] ${line}`, outcome: 'ran' as const };
    const build: PastBuild = {
      reference: 'one',
      startedAt,
      completedAt: startedAt + 9_000,
      outcome: 'completed',
      dockerfile: `FROM bb\n${line}\n`,
      buildArguments: {},
      platform: 'linux/amd64',
      options: {},
      bases: {},
      steps: [{ ...made, startedAt: startedAt + 1_000, completedAt: startedAt + 2_000 }],
    };
    const answer = recordPastBuild(build, {
      context: contextOf({ a: 'a', b: 'b' }),
      keepPaths: true,
      unseen: () => ({ why: 'later', paths: ['a'] }),
      configuration: () => undefined,
      identity: () => undefined,
    });
    if (answer.kind !== 'recorded') throw new Error(answer.kind);
    return answer.record;
  };
  const baselineOf = (line: string, bytes: number): Baseline =>
    engineOf([past(line)], {
      results: { kind: 'listed', results: [{ madeAt: startedAt + 1_500, description: line, bytes }] },
    });

  it('are open, with the paths', () => {
    const found = comparison({ text: lines, files }, engineOf([past('COPY a /a')]))?.builds[0];
    assert.deepEqual(found?.openContents(0, 0), { kind: 'unseen', paths: ['a'], at: readableDate(day(1)) });
  });

  const cases: readonly { readonly line: string; readonly files: Files; readonly expected: string }[] = [
    { line: 'COPY a /a', files: { a: 'x' }, expected: 'may rebuild' },
    { line: 'COPY a /a', files: { a: 'xy' }, expected: 'rebuilds' },
    { line: 'COPY a* /a', files: { a: 'xy' }, expected: 'may rebuild' },
    { line: 'COPY a b /a/', files: { a: 'xy', b: 'xy' }, expected: 'may rebuild' },
    { line: 'ADD a /a', files: { a: 'xy' }, expected: 'may rebuild' },
  ];
  for (const { line, files: now, expected } of cases) {
    it(`${line}: one byte before, now ${Object.values(now).join(' and ')}`, () => {
      assert.equal(statuses({ text: `FROM bb\n${line}\n`, files: now }, baselineOf(line, 1)), expected);
    });
  }
});
