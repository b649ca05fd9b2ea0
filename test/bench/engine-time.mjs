// @ts-check
// "Which steps are cached?": the builder's own answer (a build with nothing to do) against Strata's.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../scripts/steps.mjs';
import { LanguageServer } from './language-server.mjs';
import { median, timed } from './statistics.mjs';

const text = 'FROM scratch\nWORKDIR /srv/app\nCOPY folder0 first/\nCOPY . .\n';

/**
 * Runs the Docker client of the engine that the tests use.
 * @param {readonly string[]} args
 * @returns {Promise<boolean>} false when it failed
 */
function docker(...args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(root, 'test/engine/engine.mjs'), ...args], { stdio: 'ignore' });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}

/**
 * Milliseconds of a build with nothing to do, of the first answer of a new server that has the record of that state, and
 * of its answer after an edit. Undefined when no engine is running.
 * @param {readonly string[]} command
 * @param {string} folder the build context
 */
export async function measureCachedAnswer(command, folder) {
  if (!(await docker('status'))) return undefined;
  const storage = mkdtempSync(join(tmpdir(), 'strata-bench-records-'));
  // Beside the context's own Dockerfile, and outside of what it copies.
  const path = join(storage, 'Dockerfile');
  writeFileSync(path, text);
  const settings = { baseline: 'record', context: folder };
  const start = async () => {
    const server = new LanguageServer(command, settings);
    await server.initialize(folder, storage);
    return server;
  };
  const answered = (/** @type {any} */ report) =>
    report.stages
      .flatMap((/** @type {any} */ stage) => stage.steps)
      .every((/** @type {any} */ step) => step.produces !== 'layer' || step.cache.status === 'cached');
  try {
    const build = ['docker', 'build', '--provenance=false', '-t', 'strata-bench', '-f', path, folder];
    if (!(await docker(...build))) return undefined;
    const builds = [];
    for (let round = 0; round < 3; round++) builds.push((await timed(() => docker(...build))).elapsed);
    const first = await start();
    const uri = await first.open(path, text);
    await first.report(uri, (report) => report.context.state === 'ready');
    const { recorded, message } = await first.request('strata/record', { uri });
    if (!recorded) throw new Error(message);
    await first.stop();
    const started = performance.now();
    const second = await start();
    await second.open(path, text);
    await second.report(uri, answered, 120_000);
    const cold = performance.now() - started;
    const edits = [];
    for (let round = 0; round < 20; round++) {
      const { elapsed } = await timed(async () => {
        await second.type(uri, { line: 4, character: round }, round === 0 ? '#' : 'x');
        await second.report(uri, answered);
      });
      edits.push(elapsed);
    }
    await second.stop();
    return { build: median(builds), cold, edit: median(edits) };
  } finally {
    await docker('docker', 'image', 'rm', 'strata-bench');
    rmSync(storage, { recursive: true, force: true });
  }
}
