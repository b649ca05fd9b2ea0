/**
 * Predictions of the build cache for Dockerfiles that people wrote, against what the engine then does.
 *
 * Each project of test/fixtures/real-projects is built on stand-ins of its base images; then each of its edits is
 * predicted, built with plain `docker build` and compared step by step, once against the records that `strata record`
 * keeps and once against what the engine remembers by itself. STRATA_BASELINES=record or engine takes one of them,
 * STRATA_PROJECT=NAME,… some projects. The sources are not part of this repository: see project-sources.ts.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ComparisonTotal } from './comparison-total';
import type { Engine } from './engine.mjs';
import { applyChange, firstState, type Project, type ProjectState, readProjects, writeState } from './project';
import { buildStandIns } from './project-bases';
import { findRepository, readSources } from './project-sources';
import { analyze, makeFolder, openSession, readVertexes, removeFolder, strata, type Vertex } from './session';

const folder = fileURLToPath(new URL('../fixtures/real-projects', import.meta.url));
const only = process.env.STRATA_PROJECT?.split(',');
const baselines = (process.env.STRATA_BASELINES ?? 'record,engine').split(',');
const run = Date.now().toString(36);
/** Projects share nothing in the engine's cache, so that one may wait for the network while another is foretold. */
const atOnce = 2;

let engine: Engine;
let clientConfig: string;
const images: string[] = [];
const totals = new Map(baselines.map((baseline) => [baseline, new ComparisonTotal()]));

before(async () => {
  engine = await openSession(['busybox', 'debian:bookworm-slim', 'node:20-slim']);
  // The client notes here which folder each build was done in, and Strata reads it: as ~/.docker is for people.
  clientConfig = makeFolder(engine, 'project-docker-config');
  process.env.DOCKER_CONFIG = clientConfig;
});

after(async () => {
  for (const [baseline, total] of totals) console.log(`real projects, baseline ${baseline}:\n${total.matrix}`);
  await engine.docker(['rmi', '-f', ...images], { allowFailure: true });
  removeFolder(clientConfig);
  await engine.stop();
});

/** What the command lines of docker and Strata have in common. */
function inputsOf(project: Project, state: ProjectState, context: string): string[] {
  const given = Object.entries(state.arguments).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
  const target = state.target === undefined ? [] : ['--target', state.target];
  return [
    ...given,
    ...target,
    ...(project.dockerfile === 'Dockerfile' ? [] : ['-f', path.join(context, project.dockerfile)]),
  ];
}

async function build(project: Project, state: ProjectState, context: string): Promise<readonly Vertex[]> {
  const image = `strata-project-result:${run}-${images.length}`;
  images.push(image);
  const options = ['--progress=rawjson', '--network=host', '-t', image];
  const inputs = inputsOf(project, state, context);
  const outcome = await engine.docker(['buildx', 'build', ...options, ...inputs, context], {
    allowFailure: true,
    timeoutMs: 300_000,
    env: { DOCKER_CONFIG: clientConfig },
  });
  const vertexes = readVertexes(outcome.stderr);
  const reason = vertexes.find(({ error }) => error)?.error ?? outcome.stderr.slice(-800);
  assert.equal(outcome.code, 0, `does not build: ${reason}\n${outcome.stderr.slice(-3000)}`);
  return vertexes;
}

/** Arguments of `strata analyze` and `strata record`, which take the Dockerfile as their operand. */
function strataInputs(project: Project, state: ProjectState, context: string): string[] {
  const inputs = inputsOf(project, state, context).filter(
    (each, index, all) => each !== '-f' && all[index - 1] !== '-f',
  );
  return [path.join(context, project.dockerfile), '--context', context, ...inputs, '--socket', engine.socket];
}

async function follow(name: string, project: Project, gitFolder: string): Promise<void> {
  const context = makeFolder(engine, `project-${name}`);
  const records = makeFolder(engine, 'project-records');
  const record = path.join(records, 'builds.json');
  const wrong: string[] = [];
  try {
    const prefix = `strata-project-${run}/${name}/`;
    const nonce = `${run} ${name}`;
    images.push(...(await buildStandIns(engine, project, prefix, nonce)));
    const note = async (state: ProjectState): Promise<void> => {
      if (!baselines.includes('record')) return;
      const outcome = await strata(['record', ...strataInputs(project, state, context), '--output', record]);
      assert.equal(outcome.code, 0, `strata record failed: ${outcome.stderr}`);
    };
    const past = [firstState(project, await readSources(project, gitFolder), prefix, nonce)];
    const [first] = past;
    assert.ok(first);
    writeState(context, first);
    await build(project, first, context);
    await note(first);
    for (const { what, change } of project.edits) {
      const last = past.at(-1);
      const state = applyChange(project, past, change, prefix);
      writeState(context, state, last);
      const predicted = [];
      for (const baseline of baselines) {
        const named = baseline === 'record' ? `record:${record}` : baseline;
        const options = ['--baseline', named, '--offline'];
        predicted.push({ baseline, report: await analyze([...strataInputs(project, state, context), ...options]) });
      }
      const vertexes = await build(project, state, context);
      for (const { baseline, report } of predicted) {
        const label = `${name}: ${what}, baseline ${baseline}`;
        wrong.push(...(totals.get(baseline)?.add(label, report, vertexes) ?? []));
      }
      await note(state);
      past.push(state);
    }
    assert.deepEqual(wrong, []);
  } finally {
    if (wrong.length === 0) removeFolder(context);
    else console.log(`${name}: kept ${context}`);
    removeFolder(records);
  }
}

describe('edits of real projects', { concurrency: atOnce }, () => {
  for (const [name, project] of readProjects(folder)) {
    if (only && !only.includes(name)) continue;
    test(`${name}: ${project.edits.length} edits`, { timeout: 10 * 60_000 }, async (context) => {
      const gitFolder = await findRepository(project);
      if (gitFolder !== undefined) return follow(name, project, gitFolder);
      const reason = `${project.repository} at ${project.commit} is neither below STRATA_PROJECTS nor to be had from GitHub`;
      assert.equal(process.env.STRATA_PROJECTS, undefined, reason);
      context.skip(reason);
    });
  }
});

test('at least fifteen projects, five edits each', () => {
  const projects = [...readProjects(folder).values()];
  assert.ok(projects.length >= 15);
  for (const { edits } of projects) assert.ok(edits.length >= 5);
  assert.ok(fs.readdirSync(folder).every((name) => name.endsWith('.json')));
});
