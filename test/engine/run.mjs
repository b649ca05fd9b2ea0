// @ts-check
// npm run test:engine: brings up a real Docker engine and the base images, then runs the tests that hold
// Strata against it. Fails when there is no engine: these tests are never skipped silently.
// Arguments name test files to run (default: all, but those of real projects only with their sources: STRATA_PROJECTS).

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
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

/** @param {string[]} files @returns {Promise<number>} the exit code */
function runTests(files) {
  // One file at a time: the engine's cache is one, and builds in parallel would answer for each other.
  const reporter = new URL('../../scripts/test-reporter.mjs', import.meta.url).href;
  const options = [
    ...['--import', 'tsx', '--test', '--test-concurrency=1'],
    ...['--test-reporter', reporter, '--test-reporter-destination', 'stdout'],
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...options, ...files], { cwd: repository, stdio: 'inherit' });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

async function main() {
  const files = testFiles(process.argv.slice(2));
  log('building dist/');
  await run(process.execPath, [path.join(repository, 'scripts', 'build.mjs')], { cwd: repository });
  const engine = await startEngine({ log });
  try {
    await ensureBases(engine, { log });
    return await runTests(files);
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
