/**
 * Predictions of the build cache against what the engine then does.
 *
 * Random small Dockerfiles are built for real and recorded with `strata record`; then each random edit is
 * predicted by `strata analyze --baseline record:FILE`, built, compared step by step and recorded too.
 * STRATA_EDITS sets the number of edits, STRATA_SEED repeats a run.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Report, Step } from '../../server/src/report/types';
import { drawEdit } from './edits';
import type { Engine } from './engine.mjs';
import { drawProgram, inputsOf, type Program, renderDockerfile, writeProgram } from './program';
import { Random } from './random';
import { analyze, makeFolder, openSession, readVertexes, removeFolder, strata, type Vertex } from './session';

const EDITS = Number(process.env.STRATA_EDITS ?? 40);
const SEED = Number(process.env.STRATA_SEED ?? Math.floor(Math.random() * 1e9));
/** After so many edits another Dockerfile is drawn. */
const EDITS_PER_PROGRAM = 10;

type Actual = 'cached' | 'ran' | 'not shown';

interface Compared {
  readonly predicted: string;
  readonly actual: Actual;
  readonly step: Step;
  readonly stage: string;
}

let engine: Engine;
let folder: string;
/** Images made, to be removed. */
const images: string[] = [];

before(async () => {
  engine = await openSession(['busybox']);
  folder = makeFolder(engine, 'cache');
});

after(async () => {
  await engine.docker(['rmi', '-f', ...images], { allowFailure: true });
  removeFolder(folder);
  await engine.stop();
});

/** A base image whose layers are in no cache, so that nothing an earlier program built can be hit. */
async function makeBase(nonce: string): Promise<string> {
  const image = `strata-cache-base:${nonce}`;
  fs.writeFileSync(path.join(folder, 'Dockerfile'), `FROM busybox\nCOPY <<EOF /nonce\n${nonce}\nEOF\n`);
  await engine.docker(['build', '-q', '--provenance=false', '-t', image, folder]);
  images.push(image);
  return image;
}

async function build(program: Program, context: string): Promise<{ vertexes: Vertex[]; error?: string }> {
  const image = `strata-cache-result:${process.pid}-${images.length}`;
  images.push(image);
  const options = ['--progress=rawjson', '--network=host', '--provenance=false', '-t', image];
  const outcome = await engine.docker(['buildx', 'build', ...options, ...inputsOf(program), context], {
    allowFailure: true,
    timeoutMs: 120_000,
  });
  const vertexes = readVertexes(outcome.stderr);
  if (outcome.code === 0) return { vertexes };
  return { vertexes, error: vertexes.find((vertex) => vertex.error)?.error ?? outcome.stderr.slice(-800) };
}

/** What the builder has a vertex for: see section "Graph" of docs on produced layers (convert.go, toDispatchState). */
function makesVertex(step: Step): boolean {
  const instruction = step.instruction.toUpperCase();
  return ['RUN', 'COPY', 'ADD'].includes(instruction) || (instruction === 'WORKDIR' && step.produces === 'layer');
}

/** Vertexes by stage and number: names are `[stage n/m] TEXT`, or `[n/m] TEXT` when the build knows one stage only. */
function numbered(vertexes: readonly Vertex[], report: Report): Map<string, Vertex> {
  const found = new Map<string, Vertex>();
  for (const vertex of vertexes) {
    const name = /^\[(?:([^\]\s]+) )?\s*(\d+)\/\d+\] (?!LINK )/.exec(vertex.name);
    if (name?.[2] === undefined) continue;
    const stage = name[1] ?? report.stages[0]?.name ?? 'stage-0';
    found.set(`${stage.toLowerCase()} ${name[2]}`, vertex);
  }
  return found;
}

/**
 * What the engine did with a step. A vertex without inputs (WORKDIR on an empty image, as FROM) is shown as
 * cached only when its result was needed: when all that stands on it was a hit it is shown as if it had run.
 */
function actualOf(vertex: Vertex | undefined): Actual {
  if (vertex?.cached) return 'cached';
  return vertex?.completed && vertex.inputs > 0 ? 'ran' : 'not shown';
}

/** Each step of the report beside what the engine did with it. */
function compare(report: Report, vertexes: readonly Vertex[]): { compared: Compared[]; problems: string[] } {
  const byNumber = numbered(vertexes, report);
  const compared: Compared[] = [];
  const problems: string[] = [];
  for (const stage of report.stages) {
    const name = (stage.name ?? `stage-${stage.index}`).toLowerCase();
    // FROM of an image is vertex 1 of its stage; an empty image or another stage has none.
    let number = stage.base.kind === 'scratch' || stage.base.kind === 'stage' ? 0 : 1;
    for (const step of stage.steps.filter(makesVertex)) {
      number++;
      const vertex = byNumber.get(`${name} ${number}`);
      const text = vertex?.name.replace(/^\[[^\]]*\] (ONBUILD )?/, '');
      const keyword = step.instruction.toUpperCase();
      if (text !== undefined && !text.toUpperCase().startsWith(keyword))
        problems.push(`step ${number} of ${name} is ${keyword} in the report and "${text}" in the build`);
      compared.push({ predicted: step.cache.status, actual: actualOf(vertex), step, stage: name });
    }
  }
  return { compared, problems };
}

/** Keeps both sides of an edit for whoever looks into it. */
function keep(name: string, before: Program, after: Program): string {
  const target = path.join(os.tmpdir(), `strata-mismatch-${SEED}-${name}`);
  removeFolder(target);
  for (const [side, program] of Object.entries({ before, after })) {
    const context = path.join(target, side);
    fs.mkdirSync(context, { recursive: true });
    writeProgram(context, program);
    fs.writeFileSync(path.join(target, `${side}.inputs`), `${inputsOf(program).join(' ')}\n`);
  }
  return target;
}

class Tally {
  readonly #counts = new Map<string, number>();

  add(predicted: string, actual: Actual): void {
    const key = `${predicted}|${actual}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  /** A table: predictions down, what the engine did across. */
  toString(): string {
    const columns: Actual[] = ['cached', 'ran', 'not shown'];
    const rows = ['cached', 'rebuilds', 'may rebuild', 'not built', 'no record', 'pending'];
    const cell = (text: string | number): string => String(text).padStart(11);
    const table = rows
      .map((row) => ({ row, counts: columns.map((column) => this.#counts.get(`${row}|${column}`) ?? 0) }))
      .filter(({ row, counts }) => counts.some((count) => count > 0) || row === 'cached' || row === 'rebuilds')
      .map(({ row, counts }) => row.padEnd(12) + counts.map(cell).join(''));
    return ['predicted'.padEnd(12) + columns.map(cell).join(''), ...table].join('\n');
  }
}

test(`${EDITS} random edits, seed ${SEED}`, { timeout: 30 * 60_000 }, async () => {
  console.log(`cache: ${EDITS} edits, STRATA_SEED=${SEED}`);
  const random = new Random(SEED);
  const tally = new Tally();
  const unsound: string[] = [];
  const timid: string[] = [];
  const broken: string[] = [];
  const run = Date.now().toString(36);
  let record = '';
  let context = '';
  let past: Program[] = [];
  let failedBuilds = 0;

  const recorded = async (program: Program): Promise<void> => {
    const args = [path.join(context, 'Dockerfile'), ...inputsOf(program), '--socket', engine.socket];
    const outcome = await strata(['record', ...args, '--output', record]);
    assert.equal(outcome.code, 0, `strata record failed: ${outcome.stderr}`);
  };

  for (let edit = 0; edit < EDITS; edit++) {
    if (edit % EDITS_PER_PROGRAM === 0) {
      if (context) removeFolder(context);
      context = makeFolder(engine, 'cache-context');
      record = path.join(folder, `builds-${edit}.json`);
      const nonce = `${run}-${edit}`;
      const program = drawProgram(random, await makeBase(nonce), nonce);
      writeProgram(context, program);
      const first = await build(program, context);
      assert.equal(first.error, undefined, `the drawn Dockerfile does not build:\n${renderDockerfile(program)}`);
      await recorded(program);
      past = [program];
    }
    const last = past.at(-1);
    assert.ok(last);
    const { program, what } = drawEdit(random, past);
    writeProgram(context, program, last);
    const args = [path.join(context, 'Dockerfile'), ...inputsOf(program), '--socket', engine.socket];
    const report = await analyze([...args, '--baseline', `record:${record}`, '--offline']);
    const built = await build(program, context);
    const { compared, problems } = compare(report, built.vertexes);
    const label = `edit ${edit} (${what})`;
    broken.push(...problems.map((problem) => `${label}: ${problem}`));
    let kept: string | undefined;
    for (const { predicted, actual, step, stage } of compared) {
      if (built.error !== undefined && actual === 'not shown') continue;
      tally.add(predicted, actual);
      const line = `${label}, stage ${stage}, line ${step.line} ${step.text}: predicted "${predicted}" (${step.cache.reason}), ${actual}`;
      const wrongHit = predicted === 'cached' && actual === 'ran';
      const wrongAbsence = predicted === 'not built' && actual !== 'not shown';
      const wrongMiss = predicted === 'rebuilds' && actual === 'cached' && failedBuilds === 0;
      const noAnswer = predicted === 'no record' || predicted === 'pending';
      if (!wrongHit && !wrongAbsence && !wrongMiss && !noAnswer) continue;
      kept ??= keep(String(edit), last, program);
      (wrongMiss ? timid : unsound).push(`${line} [${kept}]`);
    }
    if (built.error !== undefined) {
      // A build that stops halfway leaves results that no record knows; later misses may be hits because of them.
      failedBuilds++;
      console.log(`${label} does not build: ${built.error}`);
      writeProgram(context, last, program);
      continue;
    }
    await recorded(program);
    past.push(program);
  }
  if (context) removeFolder(context);
  console.log(tally.toString());
  console.log(
    `cache: ${unsound.length} wrong hits, ${timid.length} wrong misses, ${failedBuilds} edits that did not build`,
  );
  for (const line of [...unsound, ...timid, ...broken]) console.log(`  ${line}`);
  assert.deepEqual(
    { 'wrong hits': unsound, 'steps that do not correspond': broken },
    { 'wrong hits': [], 'steps that do not correspond': [] },
  );
  assert.deepEqual(timid, [], 'predicted "rebuilds", but the engine had it');
  assert.ok(failedBuilds <= EDITS / 10, `${failedBuilds} of ${EDITS} edits did not build`);
});
