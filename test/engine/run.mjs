// @ts-check
// npm run test:engine: brings up a real Docker engine and the base images, then runs the tests that hold
// Strata against it. Fails when there is no engine: these tests are never skipped silently.
// Arguments name test files to run (default: all, but those of real projects only with their sources: STRATA_PROJECTS).
// STRATA_ENGINE_MINUTES is the time for all of it: random edits are made last, in what the other tests left of it.

import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runNode } from '../../scripts/steps.mjs';
import { counted } from '../../scripts/test-reporter.mjs';
import { ensureBases } from './bases.mjs';
import { run, startEngine } from './engine.mjs';

const folder = path.dirname(fileURLToPath(import.meta.url));
const repository = path.join(folder, '..', '..');
const log = (/** @type {string} */ line) => process.stderr.write(`${line}\n`);

/** What needs files that are not part of this repository. */
const needsSources = ['real-projects.test.ts', 'real-refactor.test.ts'];

/** @param {string[]} names */
function testFiles(names) {
  const all = fs.readdirSync(folder).filter((name) => name.endsWith('.test.ts'));
  const leaveOut = names.length === 0 && process.env.STRATA_PROJECTS === undefined;
  if (leaveOut)
    log(
      `${needsSources.join(' and ')} are left out: STRATA_PROJECTS=DIR names a folder with clones of the repositories they build`,
    );
  const usual = all.filter((file) => !leaveOut || !needsSources.includes(file));
  const chosen = names.length === 0 ? usual : all.filter((file) => names.some((name) => file.startsWith(name)));
  if (chosen.length === 0) throw new Error(`no test file matches ${names.join(' ')}: there are ${all.join(', ')}`);
  return chosen.map((name) => path.join(folder, name));
}

/** Random edits: as many as there is time for. */
const takesWhatIsLeft = 'cache.test.ts';

/** For random edits, in any case. */
const LEAST_MINUTES = 4;

/** @typedef {{ code: number, passed: number, failed: number }} Outcome */

/** @param {string[]} files @param {NodeJS.ProcessEnv} [more] @returns {Promise<Outcome>} */
async function runTests(files, more = {}) {
  if (files.length === 0) return { code: 0, passed: 0, failed: 0 };
  // One file at a time: the engine's cache is one, and builds in parallel would answer for each other.
  const reporter = new URL('../../scripts/test-reporter.mjs', import.meta.url).href;
  const options = [
    ...['--import', 'tsx', '--test', '--test-concurrency=1'],
    ...['--test-reporter', reporter, '--test-reporter-destination', 'stdout'],
  ];
  const { code, output } = await runNode([...options, ...files], { env: { ...process.env, ...more } });
  // What was skipped has proved nothing.
  const failed =
    counted(output, 'fail') + counted(output, 'cancelled') + counted(output, 'skipped') + counted(output, 'todo');
  return { code, passed: counted(output, 'pass'), failed };
}

/**
 * Minutes for each of the two series of edits, where all has to end after so many.
 * @param {number} begun milliseconds, of `performance.now()`
 * @returns {NodeJS.ProcessEnv}
 */
function timeLeft(begun) {
  const all = process.env.STRATA_ENGINE_MINUTES;
  if (all === undefined || process.env.STRATA_MINUTES !== undefined) return {};
  const left = Number(all) - (performance.now() - begun) / 60_000;
  log(`${left.toFixed(1)} of ${all} minutes are left for random edits`);
  return { STRATA_MINUTES: String(Math.max(left, LEAST_MINUTES) / 2) };
}

async function main() {
  const begun = performance.now();
  const files = testFiles(process.argv.slice(2));
  log('building dist/');
  await run(process.execPath, [path.join(repository, 'scripts', 'build.mjs')], { cwd: repository });
  const engine = await startEngine({ log });
  try {
    await ensureBases(engine, { log });
    const last = files.filter((file) => path.basename(file) === takesWhatIsLeft);
    const first = await runTests(files.filter((file) => !last.includes(file)));
    const second = await runTests(last, last.length > 0 ? timeLeft(begun) : {});
    process.stdout.write(`\n${first.passed + second.passed} passed, ${first.failed + second.failed} failed\n`);
    return first.code === 0 ? second.code : first.code;
  } finally {
    await engine.stop();
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    log(`The tests against a real engine could not run: ${error.message}`);
    process.exitCode = 1;
  },
);
