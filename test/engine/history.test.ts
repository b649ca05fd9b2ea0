/** Builds done by plain `docker build` are read back from the engine as they were, also while they happen. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { PastBuild } from '../../server/src/cache/types';
import { systemClock } from '../../server/src/facts/clock';
import type { HistoryFacts, HistorySource } from '../../server/src/facts/ports';
import { readHistory, shareHistory } from '../../server/src/facts/shared-history';
import type { Engine, Outcome } from './engine.mjs';
import { makeFolder, openSession, removeFolder, writeContext } from './session';

const silent = { info: () => undefined, warn: (message: string) => assert.fail(message) };
const seed = `${Date.now()}`;

const dockerfile = `# Each kind of step once
FROM busybox AS tools
ARG SEED
WORKDIR /work
RUN echo "$SEED" > made && \\
    echo two >> made
COPY --chown=1000 a.txt sub/ /files/
ADD pack.tar /unpacked/
COPY <<ONE <<TWO /here/
one
ONE
two
TWO
FROM tools AS last
COPY --from=tools --link /files /copied
RUN --mount=type=bind,target=/context cat /context/a.txt > read
`;
const broken = `FROM busybox
COPY a.txt /${seed}
RUN echo ${seed} && \\
    exit 3
COPY sub /later
`;

let engine: Engine;
let folder: string;
let notes: string;

before(async () => {
  engine = await openSession(['busybox']);
  folder = makeFolder(engine, 'history');
  notes = makeFolder(engine, 'history-notes');
  // The client and this process see the share folder under one path.
  process.env.BUILDX_CONFIG = notes;
  writeContext(folder, {
    Dockerfile: dockerfile,
    'docker/Broken.Dockerfile': broken,
    '.dockerignore': '# nothing of these\n*.log\n!keep.log\n',
    'a.txt': `${seed}\n`,
    'sub/b.txt': 'b\n',
    'pack.tar': { bytes: emptyTar() },
  });
});

after(async () => {
  for (const each of [folder, notes]) if (each) removeFolder(each);
  await engine.stop();
});

/** Two blocks of zeros end an archive. */
function emptyTar(): Buffer {
  return Buffer.alloc(1024);
}

function dockerBuild(...args: string[]): Promise<Outcome> {
  return engine.docker(['build', '--network=host', '--quiet', ...args, folder], {
    allowFailure: true,
    env: { BUILDX_CONFIG: notes },
  });
}

function wish() {
  return { socket: engine.socket, offline: false };
}

function ourBuilds(facts: HistoryFacts): readonly PastBuild[] {
  assert.equal(facts.state, 'ready', JSON.stringify(facts));
  return facts.state === 'ready' ? facts.builds.filter((build) => build.contextPath === folder) : [];
}

/** Keyword, lines and outcome of each step. */
function told(build: PastBuild | undefined): readonly string[] {
  return (build?.steps ?? []).map(
    ({ name, lines, outcome }) => `${lines.join(',')} ${name.replace(/^\[[^\]]*\] /, '').split(' ')[0]} ${outcome}`,
  );
}

/** The moment when what is known satisfies the condition; fails after a minute. */
async function until(history: HistorySource, holds: (facts: HistoryFacts) => boolean): Promise<void> {
  for (let waited = 0; !holds(history.current()); waited += 50) {
    assert.ok(waited < 60_000, 'it was not told in a minute');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test('what ran, what was taken, and what the client was given', async () => {
  for (const extra of ['first', 'second']) {
    const built = await dockerBuild('--build-arg', `SEED=${seed}`, '--build-arg', `EXTRA=${extra}`, '--target=last');
    assert.equal(built.code, 0, built.stderr);
  }
  const facts = await readHistory(wish(), systemClock, silent);
  const [second, first] = ourBuilds(facts);
  assert.ok(facts.state === 'ready' && first && second);
  assert.equal(first.dockerfile, dockerfile);
  assert.equal(first.dockerfilePath, path.join(folder, 'Dockerfile'));
  assert.equal(first.target, 'last');
  assert.deepEqual(first.buildArguments, { SEED: seed, EXTRA: 'first' });
  assert.deepEqual(second.buildArguments, { SEED: seed, EXTRA: 'second' });
  assert.deepEqual(first.options, { 'force-network-mode': 'host' });
  assert.deepEqual(first.ignorePatterns, ['*.log', '!keep.log']);
  assert.match(first.platform, /^linux\//);
  assert.equal(first.frontend, undefined);
  assert.match(first.bases['busybox:latest'] ?? '', /^sha256:[0-9a-f]{64}$/);
  const steps = ['5 RUN', '7 COPY', '8 ADD', '9 COPY', '15 COPY', '16 RUN'];
  assert.deepEqual(
    told(first).slice(1),
    steps.map((step) => `${step} ran`),
  );
  assert.deepEqual(
    told(second),
    ['4 WORKDIR', ...steps].map((step) => `${step} cached`),
  );
  assert.ok(first.startedAt < first.completedAt && first.completedAt <= second.startedAt);
  assert.equal(facts.clock.kind, 'shared');

  const { results } = facts;
  assert.ok(results.kind === 'listed');
  for (const { name, outcome, startedAt = Number.NaN, completedAt = Number.NaN } of first.steps) {
    if (outcome !== 'ran') continue;
    const made = results.results.some(({ madeAt }) => madeAt >= startedAt && madeAt <= completedAt);
    assert.ok(made, `the listing has a result made while "${name}" ran`);
  }
});

test('a build that failed tells its text and where it failed', async () => {
  const built = await dockerBuild('--file', path.join(folder, 'docker', 'Broken.Dockerfile'));
  assert.notEqual(built.code, 0);
  const [failed] = ourBuilds(await readHistory(wish(), systemClock, silent));
  assert.equal(failed?.outcome, 'failed');
  assert.equal(failed?.dockerfile, broken);
  assert.equal(failed?.dockerfilePath, path.join(folder, 'docker', 'Broken.Dockerfile'));
  assert.deepEqual(told(failed), [' COPY ran', '3 RUN failed', ' COPY unfinished']);
});

test('builds in any terminal are told while we watch', async () => {
  const { history, dispose } = shareHistory(wish(), systemClock, silent);
  try {
    await history.settled();
    const before = ourBuilds(history.current()).length;
    const built = await dockerBuild('--build-arg', `SEED=${seed}`, '--target=tools');
    assert.equal(built.code, 0, built.stderr);
    await until(history, (facts) => ourBuilds(facts).length > before);
    const [newest] = ourBuilds(history.current());
    assert.equal(newest?.target, 'tools');
    assert.deepEqual(
      told(newest).map((step) => step.split(' ').at(-1)),
      ['cached', 'cached', 'cached', 'cached', 'cached'],
    );
    await engine.docker(['buildx', 'history', 'rm', newest?.reference ?? ''], { env: { BUILDX_CONFIG: notes } });
    await until(history, (facts) => ourBuilds(facts).length === before);
  } finally {
    dispose();
  }
});

test('a builder in a container is not read in place of the engine', async () => {
  writeContext(notes, { 'instances/many': '{"Name":"many","Driver":"docker-container","Nodes":[]}' });
  process.env.BUILDX_BUILDER = 'many';
  try {
    const facts = await readHistory(wish(), systemClock, { ...silent, warn: () => undefined });
    assert.match(facts.state === 'absent' ? facts.reason : '', /many.*docker-container/);
  } finally {
    delete process.env.BUILDX_BUILDER;
  }
});
