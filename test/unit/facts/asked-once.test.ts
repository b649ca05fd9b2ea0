/** A program that asks once reads few builds and no contents as long as nothing depends on them: its answer is that of reading all. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { HeldResults, PastBuild, PastStep } from '../../../server/src/cache/types';
import { gather } from '../../../server/src/cli/gather';
import type { Terminal } from '../../../server/src/cli/terminal';
import { createSnapshot, sourceOf } from '../../../server/src/context/snapshot';
import { createEngine } from '../../../server/src/facts/engine';
import { createFactsHost, type Surroundings } from '../../../server/src/facts/host';
import type { HistoryFacts, HistorySource } from '../../../server/src/facts/ports';
import { indexOfficialImages } from '../../../server/src/images/official';
import type { Report } from '../../../server/src/report/types';
import { layerSteps } from '../report/scenario';
import { inMemoryClock } from './in-memory-clock';
import { inMemoryContext } from './in-memory-context';
import { inMemoryEngine } from './in-memory-engine';
import { inMemoryGit } from './in-memory-git';
import { inMemoryHistory } from './in-memory-history';
import { inMemoryLog } from './in-memory-log';
import { inMemoryPackages } from './in-memory-packages';
import { inMemoryRecords } from './in-memory-records';
import { allHeld, contextPath, dockerfilePath, folder, minute, remembering, start } from './remembered-builds';

const terminal = { progress: () => undefined, say: () => undefined } as unknown as Terminal;

/** A history that tells some builds at first, and the others when it is asked for them. */
function lazyHistory(all: Extract<HistoryFacts, { state: 'ready' }>, portions: readonly ReadonlySet<string>[]) {
  const inner = inMemoryHistory();
  let asked = 0;
  const show = (): void => {
    const shown = portions[asked];
    if (shown === undefined) inner.set(all);
    else inner.set({ ...all, builds: all.builds.filter(({ reference }) => shown.has(reference)), older: true });
  };
  show();
  const history: HistorySource = {
    ...inner,
    glance: () => undefined,
    readOlder() {
      asked += 1;
      show();
    },
  };
  return { history, asked: () => asked };
}

/** How often the context becomes another snapshot while it is waited for. */
const laterVersions = 3;

interface World {
  readonly text: string;
  readonly files: Parameters<typeof folder>[0];
  readonly history: Extract<HistoryFacts, { state: 'ready' }>;
}

async function answer({ text, files }: World, history: HistorySource, asksOnce: boolean) {
  const clock = inMemoryClock();
  const log = inMemoryLog();
  const context = inMemoryContext(folder(files));
  // What becomes known of archives makes another snapshot of the same files.
  let version = 0;
  context.whileWaiting = () => {
    const present = context.current();
    const source = present.state === 'ready' ? sourceOf(present.snapshot) : undefined;
    if (present.state !== 'ready' || source === undefined || version >= laterVersions) return;
    version += 1;
    context.become({ ...present, snapshot: createSnapshot(source.columns, { version }) });
  };
  const git = inMemoryGit('/app');
  const recorded = inMemoryRecords();
  const engine = inMemoryEngine();
  const around: Surroundings = {
    openContext: () => context,
    openEngine: () => {
      const opened = createEngine(async () => ({ kind: 'found', port: engine }), clock, log, !asksOnce);
      return { engine: opened, dispose: () => opened.dispose() };
    },
    openHistory: () => ({ history, dispose: () => history.dispose() }),
    git,
    readCommit: async () => ({ kind: 'failed', reason: 'There is no commit.' }),
    readForecast: async () => ({ kind: 'failed', reason: 'There is no history.' }),
    openRecords: () => recorded,
    watchGit: () => ({ dispose: () => undefined }),
    openPackages: () => inMemoryPackages(),
    officialImages: indexOfficialImages({ source: '', commit: '', platform: 'linux/amd64', images: [] }),
  };
  const host = createFactsHost(
    {
      dockerfilePath,
      contextPath,
      trusted: true,
      offline: true,
      engine: { enabled: true },
      baseline: 'engine',
      workerPath: '',
      log,
      clock,
      asksOnce,
    },
    around,
  );
  try {
    const analysis = { dockerfilePath, contextPath, buildArguments: {}, platform: 'linux/amd64' };
    const report = await gather({ text, faithful: true, analysis, offline: true }, host, terminal);
    return { report, isRead: context.requests.some(({ kind }) => kind === 'digests') };
  } finally {
    host.dispose();
  }
}

/** What has to be the same: why a step is reused may name another of the builds that have it. */
function told(report: Report) {
  return layerSteps(report).map(({ line, cache, duration }) =>
    cache.status === 'cached' ? { line, status: cache.status } : { line, ...cache, duration },
  );
}

const bodies: readonly (readonly string[])[] = [
  ['WORKDIR /w', 'COPY a /a', 'RUN one'],
  ['RUN one', 'COPY a /a', 'RUN two'],
  ['RUN one', 'COPY b /a', 'RUN two'],
  ['COPY d/c /d/', 'RUN one'],
  ['COPY e/c /d/', 'RUN one'],
  ['COPY e /d', 'RUN one'],
  ['COPY . /all', 'RUN one'],
  ['COPY a b /ab/', 'COPY . /all'],
  ['RUN one', 'RUN two', 'COPY d/c /a'],
  ['RUN --mount=type=bind,target=/src one', 'COPY --exclude=b . /all'],
];
const textOf = (base: string, body: readonly string[]): string => [`FROM ${base}`, ...body, ''].join('\n');

/** Steps that are told apart by nothing but contents. */
const alikeBodies: typeof bodies = [['COPY d/c /d/'], ['COPY e/c /d/', 'RUN one'], ['COPY d/c /d/', 'RUN one']];

const pastBuild = fc.record({
  body: fc.constant(bodies[0] ?? []),
  base: fc.constantFrom('bb', 'scratch'),
  place: fc.constantFrom('own', 'own', 'own', 'other Dockerfile', 'other context', 'unnoted'),
  outcomes: fc.array(fc.constantFrom<PastStep['outcome']>('cached', 'ran', 'ran', 'failed'), {
    minLength: 3,
    maxLength: 3,
  }),
  lost: fc.boolean(),
});
type Drawn = typeof pastBuild extends fc.Arbitrary<infer Value> ? Value : never;

function pastBuildOf({ body, base, place, outcomes, lost }: Drawn, index: number): PastBuild {
  const startedAt = start + index * minute;
  const failed = outcomes.indexOf('failed');
  const steps = body.map((name, at): PastStep => {
    const outcome = failed >= 0 && at > failed ? 'unfinished' : (outcomes[at] ?? 'ran');
    const times = { startedAt: startedAt + at * 1_000, completedAt: startedAt + at * 1_000 + 900 };
    return {
      lines: [at + 2],
      name: `[${at + 2}/${body.length + 1}] ${name}`,
      outcome,
      ...(outcome === 'ran' && times),
    };
  });
  return {
    reference: `build${index}`,
    startedAt,
    completedAt: startedAt + 10_000,
    outcome: failed >= 0 ? 'failed' : 'completed',
    ...(!(lost && failed >= 0) && { dockerfile: textOf(base, body) }),
    ...(place !== 'unnoted' && {
      contextPath: place === 'other context' ? '/other' : contextPath,
      dockerfilePath: place === 'own' ? dockerfilePath : `${dockerfilePath}.other`,
    }),
    buildArguments: {},
    platform: 'linux/amd64',
    options: {},
    ignorePatterns: [],
    bases: base === 'bb' ? { bb: 'sha256:base' } : {},
    steps,
  };
}

const worldOf = (some: typeof bodies) =>
  fc
    .record({
      builds: fc.array(
        fc.tuple(pastBuild, fc.constantFrom(...some)).map(([build, body]) => ({ ...build, body })),
        { minLength: 1, maxLength: 8 },
      ),
      now: fc.record({ body: fc.constantFrom(...some), base: fc.constantFrom('bb', 'scratch') }),
      contents: fc.array(fc.constantFrom('a', 'b', 'cc'), { minLength: 4, maxLength: 4 }),
      /** After how many builds each was written. */
      written: fc.array(fc.integer({ min: -1, max: 8 }), { minLength: 4, maxLength: 4 }),
      listing: fc.constantFrom('unknown', 'all', 'all', 'all', 'some', 'none'),
      shown: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
    })
    .map(({ builds, now, contents, written, listing, shown }) => {
      const past = builds.map(pastBuildOf).toReversed();
      const changed = (at: number): number => start + (written[at] ?? 0) * minute + 30_000;
      const held = allHeld(past);
      const results: HeldResults =
        listing === 'unknown' || held.kind !== 'listed'
          ? { kind: 'unknown' }
          : {
              ...held,
              results: held.results.filter((_, at) => listing === 'all' || (listing === 'some' && at % 2 === 0)),
            };
      const own = past.find((build) => build.contextPath === contextPath) ?? past[0];
      const first = new Set(past.filter((each, at) => each === own || shown[at]).map(({ reference }) => reference));
      return {
        text: textOf(now.base, now.body),
        files: {
          files: {
            a: { text: contents[0] ?? '', changed: changed(0) },
            b: { text: contents[1] ?? '', changed: changed(1) },
            d: { changed: start - 60 * minute },
            'd/c': { text: contents[2] ?? '', changed: changed(2) },
            e: { changed: start - 60 * minute },
            'e/c': { text: contents[3] ?? '', changed: changed(3) },
          },
        },
        history: remembering(past, { results }),
        first,
      };
    });

describe('a program that asks once', () => {
  const worlds = { 'any steps': bodies, 'steps that only contents tell apart': alikeBodies };
  for (const [name, some] of Object.entries(worlds))
    it(`answers as one that reads everything: ${name}`, async () => {
      await fc.assert(
        fc.asyncProperty(worldOf(some), async (given) => {
          const whole = await answer(given, inMemoryHistory(given.history), false);
          const few = await answer(given, lazyHistory(given.history, [given.first]).history, true);
          assert.deepEqual(told(few.report), told(whole.report));
        }),
        { numRuns: 150 },
      );
    });
});

const copied = textOf('bb', ['RUN one', 'COPY a /a', 'COPY . /all']);
const ranAll = (body: readonly string[], index: number, more: Partial<Drawn> = {}): PastBuild =>
  pastBuildOf({ body, base: 'bb', place: 'own', outcomes: ['ran', 'ran', 'ran'], lost: false, ...more }, index);
const bodyNow = ['RUN one', 'COPY a /a', 'COPY . /all'];

describe('what is read for an answer', () => {
  const long = start - 60 * minute;
  const files = (changed: number) => ({
    files: { a: { text: 'a', changed: long }, b: { text: 'other', changed } },
  });

  it('is no content and one build, where that made everything', async () => {
    const builds = [ranAll(bodyNow, 1), ranAll(['RUN none'], 0)];
    const { history, asked } = lazyHistory(remembering(builds, { results: allHeld(builds) }), [new Set(['build1'])]);
    const { report, isRead } = await answer(
      { text: copied, files: files(long), history: remembering([]) },
      history,
      true,
    );
    assert.deepEqual(
      layerSteps(report).map(({ cache }) => cache.status),
      ['cached', 'cached', 'cached'],
    );
    assert.deepEqual({ asked: asked(), isRead }, { asked: 0, isRead: false });
  });

  it('is older builds until one tells when a result was made', async () => {
    const builds = [ranAll(bodyNow, 1, { outcomes: ['cached', 'ran', 'ran'] }), ranAll(bodyNow, 0)];
    const { history, asked } = lazyHistory(remembering(builds, { results: allHeld(builds) }), [new Set(['build1'])]);
    await answer({ text: copied, files: files(long), history: remembering([]) }, history, true);
    assert.equal(asked(), 1);
  });

  it('is no content where one file was written since, and nothing that was seen can be the same', async () => {
    const builds = [ranAll(bodyNow, 0)];
    const { history } = lazyHistory(remembering(builds, { results: allHeld(builds) }), []);
    const given = { text: copied, files: files(start + minute), history: remembering([]) };
    const { report, isRead } = await answer(given, history, true);
    assert.deepEqual(
      layerSteps(report).map(({ cache }) => cache.status),
      ['cached', 'cached', 'may rebuild'],
    );
    assert.equal(isRead, false);
  });

  it('is contents where a file of the same size may hold the same', async () => {
    const builds = [ranAll(['COPY d/c /a'], 0)];
    const { history } = lazyHistory(remembering(builds, { results: allHeld(builds) }), []);
    const text = textOf('bb', ['COPY e/c /a']);
    const directory = { changed: long };
    const alike = (changed: number) => ({ text: 'x', changed });
    const same = { files: { d: directory, 'd/c': alike(long), e: directory, 'e/c': alike(start + minute) } };
    const { report, isRead } = await answer({ text, files: same, history: remembering([]) }, history, true);
    assert.deepEqual(
      layerSteps(report).map(({ cache }) => cache.status),
      ['cached'],
    );
    assert.equal(isRead, true);
  });
});
