import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type {
  Baseline,
  BuildRecord,
  HeldResult,
  HeldResults,
  PastBuild,
  PastStep,
} from '../../../server/src/cache/types';
import type { ImageConfiguration, ImageKnowledge } from '../../../server/src/images/types';
import type { Unseen } from '../../../server/src/report/past-build';
import { progressText, recordPastBuild } from '../../../server/src/report/past-build';
import type { Report } from '../../../server/src/report/types';
import type { Files } from './scenario';
import { contextOf, layerSteps, reportOf } from './scenario';

const start = Date.parse('2026-01-01T10:00:00.000Z');

/** A step that ran for a second, one after the other. */
function ran(line: number, name: string, more: Partial<PastStep> = {}): PastStep {
  const startedAt = start + line * 1_000;
  return { lines: [line], name, outcome: 'ran', startedAt, completedAt: startedAt + 900, ...more };
}

const text = 'FROM bb\nRUN one\nCOPY a /a\nRUN two\n';
const steps = [ran(2, '[2/4] RUN one'), ran(3, '[3/4] COPY a /a'), ran(4, '[4/4] RUN two')];

function pastBuild(more: Partial<PastBuild> = {}): PastBuild {
  return {
    reference: 'one',
    startedAt: start,
    completedAt: start + 10_000,
    outcome: 'completed',
    dockerfile: text,
    buildArguments: {},
    platform: 'linux/amd64',
    options: {},
    bases: { bb: 'sha256:base' },
    steps,
    ...more,
  };
}

interface Past {
  readonly build?: Partial<PastBuild>;
  readonly files?: Files;
  readonly unseen?: Unseen;
  readonly configuration?: ImageConfiguration;
}

function recordOf({ build, files = { a: 'a' }, unseen, configuration }: Past = {}): BuildRecord {
  const answer = recordPastBuild(pastBuild(build), {
    context: contextOf(files),
    unseen: () => unseen,
    keepPaths: true,
    configuration: () => configuration,
    identity: () => undefined,
  });
  if (answer.kind !== 'recorded') throw new Error(answer.kind);
  return answer.record;
}

const everything: HeldResults = {
  kind: 'listed',
  results: [
    { madeAt: start + 2_500, description: 'mount / from exec /bin/sh -c one' },
    { madeAt: start + 3_500, description: 'COPY a /a' },
    { madeAt: start + 4_500, description: 'mount / from exec /bin/sh -c two' },
  ],
};

interface Now {
  readonly text?: string;
  readonly files?: Files;
  readonly results?: HeldResults;
  readonly fragments?: readonly string[];
  readonly options?: Readonly<Record<string, string>>;
}

function reportNow(builds: readonly BuildRecord[], now: Now = {}): Report {
  const baseline: Baseline = {
    kind: 'engine',
    label: 'engine',
    builds,
    results: now.results ?? everything,
    fragments: new Set(now.fragments),
    options: now.options ?? {},
  };
  return reportOf({ text: now.text ?? text, files: now.files ?? { a: 'a' } }, baseline);
}

function statuses(builds: readonly BuildRecord[], now: Now = {}): readonly string[] {
  return layerSteps(reportNow(builds, now)).map(({ cache }) => cache.status);
}

describe('the record of a build that the engine remembers', () => {
  it('holds the keys of that build, and what each step took', () => {
    const record = recordOf();
    assert.deepEqual(statuses([record]), ['cached', 'cached', 'cached']);
    assert.deepEqual(
      record.steps.map(({ duration }) => duration),
      [0.9, 0.9, 0.9],
    );
    assert.equal(record.at, '2026-01-01T10:00:00.000Z');
  });

  it('does not claim contents that were written after it began', () => {
    const record = recordOf({ unseen: { why: 'later', paths: ['a'] } });
    assert.deepEqual(statuses([record]), ['cached', 'may rebuild', 'may rebuild']);
    const [, copy, run] = layerSteps(reportNow([record]));
    assert.match(copy?.cache.reason ?? '', /^a was written after the build of .* began/);
    assert.deepEqual(copy?.cache.cause?.paths, ['a']);
    assert.equal(run?.cache.reason, 'Runs again only if line 3 does.');
    // Another command than that build had can't be its result, whatever the contents were.
    assert.deepEqual(statuses([record], { text: text.replace('COPY a /a', 'COPY a /b') }), [
      'cached',
      'rebuilds',
      'rebuilds',
    ]);
  });

  it('knows that contents were other ones where the result has other bytes', () => {
    const record = recordOf({ unseen: { why: 'later', paths: ['a'] } });
    const sized = (bytes: number): HeldResults => ({
      kind: 'listed',
      results: [
        { madeAt: start + 2_500, description: 'mount / from exec /bin/sh -c one' },
        { madeAt: start + 3_500, description: 'COPY a /a', bytes },
        { madeAt: start + 4_500, description: 'mount / from exec /bin/sh -c two' },
      ],
    });
    assert.deepEqual(statuses([record], { results: sized(1) }), ['cached', 'may rebuild', 'may rebuild']);
    assert.deepEqual(statuses([record], { results: sized(2) }), ['cached', 'rebuilds', 'rebuilds']);
  });

  it('says that pruned results with open contents are made again where they are asked for, whatever their contents are', () => {
    const record = recordOf({ unseen: { why: 'later', paths: ['a'] } });
    const [first] = everything.kind === 'listed' ? everything.results : [];
    assert.ok(first);
    assert.deepEqual(statuses([record], { results: { kind: 'listed', results: [first] } }), [
      'cached',
      'rebuilds',
      'rebuilds',
    ]);
    assert.deepEqual(statuses([record], { results: { kind: 'listed', results: [] } }), [
      'rebuilds',
      'rebuilds',
      'rebuilds',
    ]);
  });

  // Measured with Docker Engine 28.5.2: of a pruned RUN with open contents the builder found the key, and held what stands on it.
  it('leaves open whether anything asks for what was pruned', () => {
    const record = recordOf({ unseen: { why: 'later', paths: ['a'] } });
    const [first, , last] = everything.kind === 'listed' ? everything.results : [];
    assert.ok(first && last);
    assert.deepEqual(statuses([record], { results: { kind: 'listed', results: [first, last] } }), [
      'cached',
      'may rebuild',
      'may rebuild',
    ]);
  });

  it('takes what a newer build knows before what an older one does not', () => {
    const older = recordOf({ unseen: { why: 'later', paths: ['a'] } });
    const newer = recordOf({ build: { reference: 'two', startedAt: start + 60_000 } });
    assert.deepEqual(statuses([newer, older]), ['cached', 'cached', 'cached']);
  });

  it('promises nothing that was pruned and has to be made again', () => {
    const record = recordOf();
    const held = everything.kind === 'listed' ? everything.results : [];
    const listed = (...places: readonly number[]): HeldResults => ({
      kind: 'listed',
      results: places.flatMap((place) => held[place] ?? []),
    });
    assert.deepEqual(statuses([record], { results: listed(0) }), ['cached', 'rebuilds', 'rebuilds']);
    assert.deepEqual(statuses([record], { results: listed() }), ['rebuilds', 'rebuilds', 'rebuilds']);
    const open = ['may rebuild', 'may rebuild', 'may rebuild'];
    assert.deepEqual(statuses([record], { results: { kind: 'unknown' } }), open);
    assert.deepEqual(statuses([record], { results: { kind: 'assumed' } }), ['cached', 'cached', 'cached']);
    // The builder does not ask for what a hit stands on.
    assert.deepEqual(statuses([record], { results: listed(2) }), ['cached', 'cached', 'cached']);
    // What runs does ask.
    const now = { text: text.replace('RUN two', 'RUN three') };
    assert.deepEqual(statuses([record], { ...now, results: listed(1) }), ['cached', 'cached', 'rebuilds']);
    assert.deepEqual(statuses([record], { ...now, results: listed(0) }), ['cached', 'rebuilds', 'rebuilds']);
  });

  it('calls a directory pruned only where none of its name is listed, under whatever text', () => {
    const dockerfile = 'FROM bb\nWORKDIR /w/sub/\nRUN one\n';
    const record = recordOf({
      build: { dockerfile, steps: [ran(2, '[2/3] WORKDIR /w/sub/'), ran(3, '[3/3] RUN one')] },
    });
    const now = (...descriptions: readonly string[]) =>
      statuses([record], {
        text: dockerfile.replace('RUN one', 'RUN two'),
        results: {
          kind: 'listed',
          results: descriptions.map((description) => ({ madeAt: start + 60_000, description })),
        },
      });
    const [pruned, open] = [
      ['rebuilds', 'rebuilds'],
      ['may rebuild', 'rebuilds'],
    ];
    assert.deepEqual(now(), pruned);
    assert.deepEqual(now('WORKDIR /sub/w', 'COPY sub /sub', 'RUN sub'), pruned);
    for (const same of ['WORKDIR /w/sub', 'workdir sub', 'WORKDIR "/w//sub/."', 'WORKDIR $HERE', 'WORKDIR .'])
      assert.deepEqual(now(same), open, same);
  });

  it('takes a result that is listed for one that may be wanted, where nobody can tell what the build that made it read', () => {
    const older = recordOf();
    const later = 60_000;
    const newer = recordOf({
      unseen: { why: 'later', paths: ['a'] },
      build: {
        reference: 'two',
        startedAt: start + later,
        completedAt: start + later + 10_000,
        steps: steps.map((step) => ({
          ...step,
          startedAt: (step.startedAt ?? 0) + later,
          completedAt: (step.completedAt ?? 0) + later,
        })),
      },
    });
    const results: HeldResults = {
      kind: 'listed',
      results:
        everything.kind !== 'listed'
          ? []
          : everything.results.map((each) => ({ ...each, madeAt: each.madeAt + later })),
    };
    assert.deepEqual(statuses([newer, older], { results }), ['cached', 'may rebuild', 'may rebuild']);
  });

  // Times as Docker Engine 28.5.2 gave them: the result of the first `RUN one` was made while the second ran.
  it('does not take the result of the same text in another stage, made at the same time, for that of a step', () => {
    const [source, target] = ['FROM bb AS a\nRUN one\nFROM bb\nRUN other\nRUN one\n', 'COPY --from=a /x /x\n'];
    const timed = (line: number, name: string, from: number, to: number): PastStep =>
      ran(line, name, { startedAt: start + from, completedAt: start + to });
    const record = recordOf({
      build: {
        dockerfile: source + target,
        steps: [
          timed(2, '[a 2/2] RUN one', 600, 4_300),
          timed(4, '[stage-1 2/4] RUN other', 100, 3_050),
          timed(5, '[stage-1 3/4] RUN one', 3_090, 5_310),
          timed(6, '[stage-1 4/4] COPY --from=a /x /x', 5_320, 5_420),
        ],
      },
    });
    const ofFirst = { madeAt: start + 4_228, description: 'mount / from exec /bin/sh -c one' };
    const ofSecond = { ...ofFirst, madeAt: start + 5_271 };
    const other = { madeAt: start + 3_048, description: 'mount / from exec /bin/sh -c other' };
    const now = (...results: readonly HeldResult[]) =>
      statuses([record], { text: `${source}RUN more\n${target}`, results: { kind: 'listed', results } });
    const newLast = ['rebuilds', 'rebuilds'];
    assert.deepEqual(now(ofFirst, other, ofSecond), ['cached', 'cached', 'cached', ...newLast]);
    assert.deepEqual(now(ofFirst, other), ['may rebuild', 'cached', 'may rebuild', ...newLast]);
    assert.deepEqual(now(other), ['rebuilds', 'cached', 'rebuilds', ...newLast]);
  });

  it('knows the results of what ONBUILD of the base adds, by its place', () => {
    const configuration: ImageConfiguration = { environment: [], workdir: '', user: '', onbuild: ['WORKDIR /b'] };
    const record = recordOf({
      configuration,
      build: {
        dockerfile: 'FROM bb\nRUN one\n',
        steps: [ran(1, '[2/3] ONBUILD WORKDIR /b', { lines: [7] }), ran(2, '[3/3] RUN one')],
      },
    });
    assert.deepEqual(
      record.steps.map(({ made }) => made?.description),
      ['WORKDIR /b', 'mount / from exec /bin/sh -c one'],
    );
    assert.ok((record.steps[0]?.made?.from ?? 0) > 0);
  });

  it('takes a step that nobody saw running for made before the build ended', () => {
    const [, ...others] = steps;
    const record = recordOf({ build: { steps: others } });
    assert.deepEqual(record.steps[0]?.made, {
      from: 0,
      to: start + 10_000,
      description: 'mount / from exec /bin/sh -c one',
    });
    assert.deepEqual(statuses([record], { results: { kind: 'listed', results: [] } }), [
      'rebuilds',
      'rebuilds',
      'rebuilds',
    ]);
  });

  it('leaves out steps that a failed build did not come to', () => {
    const failed = recordOf({
      build: {
        outcome: 'failed',
        steps: [
          ran(2, '[2/4] RUN one', { lines: [] }),
          ran(3, '[3/4] COPY a /a', { lines: [] }),
          ran(4, '[4/4] RUN two', { lines: [], outcome: 'failed' }),
        ],
      },
    });
    assert.deepEqual(statuses([failed]), ['cached', 'cached', 'rebuilds']);
  });

  it('leaves open on which image a build stood that does not tell it', () => {
    const failed = recordOf({ build: { bases: {}, outcome: 'failed' } });
    const image: ImageKnowledge = {
      kind: 'known',
      facts: {
        reference: 'bb',
        layers: [],
        layerDigests: ['sha256:base'],
        configuration: { environment: [], workdir: '', user: '', onbuild: [] },
        source: { kind: 'engine', label: 'Docker' },
      },
    };
    const statusesOn = (record: BuildRecord) =>
      layerSteps(
        reportOf(
          { text, files: { a: 'a' }, images: { bb: image } },
          {
            kind: 'engine',
            label: 'engine',
            builds: [record],
            results: everything,
            fragments: new Set(),
            options: {},
          },
        ),
      ).map(({ cache }) => cache.status);
    assert.deepEqual(statusesOn(failed), ['may rebuild', 'may rebuild', 'may rebuild']);
    assert.deepEqual(statusesOn(recordOf()), ['cached', 'cached', 'cached']);
  });

  it('does not trust a step that the builder was told otherwise', () => {
    const configuration: ImageConfiguration = { environment: ['PATH=/bin', 'A=1'], workdir: '', user: '', onbuild: [] };
    const execution = {
      arguments: ['/bin/sh', '-c', 'one'],
      environment: ['PATH=/bin', 'A=1'],
      workdir: '/',
      user: '',
    };
    const told = (environment: readonly string[]) =>
      recordOf({
        configuration,
        build: { steps: [{ ...ran(2, '[2/4] RUN one'), execution: { ...execution, environment } }, ...steps.slice(1)] },
      });
    assert.deepEqual(statuses([told(['PATH=/bin', 'A=1'])]), ['cached', 'cached', 'cached']);
    assert.deepEqual(statuses([told(['PATH=/bin', 'A=0'])]), ['may rebuild', 'may rebuild', 'may rebuild']);
  });

  it('does not trust a step that was told to write elsewhere, or for another user', () => {
    const configuration: ImageConfiguration = { environment: [], workdir: '/app', user: 'app', onbuild: [] };
    const written = 'FROM bb\nWORKDIR sub\nCOPY a here/\nADD --parents a b/\n';
    const told = (folder: string, user: string, destination: string, parents = '/app/sub/b/') =>
      recordOf({
        configuration,
        build: {
          dockerfile: written,
          steps: [
            ran(2, '[2/4] WORKDIR sub', { writing: { copies: [], directories: [{ path: folder, user }] } }),
            ran(3, '[3/4] COPY a here/', { writing: { copies: [destination], directories: [] } }),
            ran(4, '[4/4] ADD --parents a b/', { writing: { copies: [parents], directories: [] } }),
          ],
        },
      }).steps.map(({ key }) => (key === null ? 'open' : 'known'));
    const trusted = ['known', 'known', 'known'];
    assert.deepEqual(told('/app/sub', 'app', '/app/sub/here/'), trusted);
    // What keeps its folders may be written below its destination.
    assert.deepEqual(told('/app/sub', 'app', '/app/sub/here/', '/elsewhere/'), trusted);
    for (const distrusted of [
      told('/sub', 'app', '/app/sub/here/'),
      told('/app/sub', '', '/app/sub/here/'),
      told('/app/sub', '0', '/app/sub/here/'),
      told('/app/sub', 'app', '/sub/here/'),
    ])
      assert.notDeepEqual(distrusted, trusted);
  });

  it('takes the next build to be done with the same options', () => {
    const record = recordOf({ build: { options: { 'force-network-mode': 'host' } } });
    assert.deepEqual(statuses([record], { options: { 'force-network-mode': 'host' } }), ['cached', 'cached', 'cached']);
    assert.deepEqual(statuses([record]), ['rebuilds', 'rebuilds', 'rebuilds']);
  });

  it('leaves open what a build may have done of which only the progress is known', () => {
    const record = recordOf();
    const now = { text: text.replace('RUN two', 'RUN three') };
    assert.deepEqual(statuses([record], now), ['cached', 'cached', 'rebuilds']);
    assert.deepEqual(statuses([record], { ...now, fragments: ['RUN three'] }), ['cached', 'cached', 'may rebuild']);
  });

  it('is not to be had without the Dockerfile', () => {
    const { dockerfile: _, ...build } = pastBuild();
    const answer = recordPastBuild(build, {
      context: contextOf({}),
      unseen: () => undefined,
      keepPaths: true,
      configuration: () => undefined,
      identity: () => undefined,
    });
    assert.equal(answer.kind, 'unusable');
  });
});

describe('the text of a step in progress', () => {
  it('is without number and ONBUILD', () => {
    assert.equal(progressText('[build 2/4] COPY src /src'), 'COPY src /src');
    assert.equal(progressText('[ 2/12] RUN one'), 'RUN one');
    assert.equal(progressText('[2/3] ONBUILD RUN echo'), 'RUN echo');
  });
});
