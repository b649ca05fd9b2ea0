// @ts-check
// "Which steps are cached?": the builder's own answer (a build with nothing to do) against Strata's.
import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../scripts/steps.mjs';
import { startEngine } from '../engine/engine.mjs';
import { LanguageServer } from './language-server.mjs';
import { endedProcessorTime, processorTime, residentBytes } from './process-usage.mjs';
import { timed } from './statistics.mjs';

/**
 * The Dockerfile, in a folder of its own for each use: of the same steps built before, with contents that nobody saw,
 * nobody can tell whether they are the ones wanted.
 * @param {string} use
 */
const dockerfile = (use) =>
  `FROM scratch\nWORKDIR /srv/${use}-${process.pid}-${Date.now()}\nCOPY folder0 first/\nCOPY . .\n`;
const rounds = 10;
/** What a step may be whose file has changed: whether what it held before is known depends on the baseline. */
const refreshed = ['rebuilds', 'may rebuild'];
/** Bytes of a file that no memory budget has room for; it has no blocks on disk. */
export const largeFile = 2e9;

/** @typedef {{ kind: 'record' | 'engine', cold: number, change: number, processor: number | undefined, answer: string,
 *   resident: { now: number, peak?: number } | undefined }} ServerTimes milliseconds, the least of the rounds; bytes */
/** @typedef {{ kind: 'record' | 'engine', cold: number, processor: number | undefined }} CommandTimes
 *    milliseconds; the least of the rounds: a machine that is busy with something else only adds to them */

/** @param {any} report */
const copies = (report) =>
  report.stages
    .flatMap((/** @type {any} */ stage) => stage.steps)
    .filter((/** @type {any} */ step) => step.instruction === 'COPY');
/** @param {any} report @param {readonly string[]} statuses */
const allAre = (report, ...statuses) =>
  copies(report).every((/** @type {any} */ { cache }) => statuses.includes(cache.status));

/**
 * Runs the command line to its end.
 * @param {readonly string[]} args
 * @returns {Promise<{ elapsed: number, output: string, peak: number | undefined }>} milliseconds; bytes of resident
 *   memory at most, as far as a look every few milliseconds sees it
 */
function strata(...args) {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(process.execPath, [join(root, 'dist', 'strata.js'), ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let errors = '';
    let peak = 0;
    const timer = setInterval(() => {
      try {
        // A program that has just ended has no memory any more.
        peak = Math.max(peak, residentBytes(child.pid)?.peak || 0);
      } catch {
        // It has just ended.
        clearInterval(timer);
      }
    }, 20);
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      clearInterval(timer);
      const elapsed = performance.now() - started;
      if (code === 0) resolve({ elapsed, output, peak: peak || undefined });
      else reject(new Error(`strata ${args.join(' ')} ended with ${code}: ${errors}`));
    });
  });
}

/**
 * A server's first answer when it is new, and its answers after a file of the context has grown.
 * @param {import('./language-server.mjs').ServerCommand} command
 * @param {'record' | 'engine'} kind the baseline
 * @param {{ folder: string, path: string, text: string, storage: string, socket: string }} place
 * @returns {Promise<ServerTimes>}
 */
async function measureServer(command, kind, { folder, path, text, storage, socket }) {
  const settings = { baseline: kind, context: folder, engine: { enabled: true, socket } };
  const started = performance.now();
  const server = new LanguageServer(command, settings);
  try {
    await server.initialize(folder, storage);
    const uri = await server.open(path, text);
    const first = await server.report(uri, (report) => allAre(report, 'cached'), 120_000);
    const cold = performance.now() - started;
    const changed = join(folder, 'folder0', 'file0.txt');
    let { bytes } = first.contextSize;
    const changes = [];
    let answer = '';
    const before = processorTime(server.pid);
    for (let round = 0; round < rounds; round++) {
      appendFileSync(changed, 'x');
      bytes++;
      const { value, elapsed } = await timed(async () => {
        await server.changed(changed);
        return server.report(uri, (report) => report.contextSize.bytes === bytes && allAre(report, ...refreshed));
      });
      changes.push(elapsed);
      answer = copies(value)[0].cache.status;
    }
    const after = processorTime(server.pid);
    const processor = before === undefined || after === undefined ? undefined : (after - before) / rounds;
    return { kind, cold, change: Math.min(...changes), processor, answer, resident: residentBytes(server.pid) };
  } finally {
    await server.stop();
  }
}

/**
 * The command line's whole answer, from the start of the program to its end.
 * @param {'record' | 'engine'} kind
 * @param {readonly string[]} args
 * @param {() => Promise<unknown>} between done before each round
 * @returns {Promise<CommandTimes>}
 */
async function measureCommand(kind, args, between) {
  const times = [];
  const processors = [];
  for (let round = 0; round < 5; round++) {
    await between();
    const before = endedProcessorTime();
    const { elapsed, output } = await strata('analyze', ...args, '--format', 'json');
    const after = endedProcessorTime();
    const report = JSON.parse(output);
    const statuses = copies(report).map((/** @type {any} */ { cache }) => `${cache.status} (${cache.reason})`);
    if (!allAre(report, 'cached')) throw new Error(`baseline ${kind}: not all is cached: ${statuses.join(', ')}`);
    times.push(elapsed);
    if (before !== undefined && after !== undefined) processors.push(after - before);
  }
  return { kind, cold: Math.min(...times), processor: processors.length > 0 ? Math.min(...processors) : undefined };
}

/**
 * Milliseconds of a build with nothing to do, and of Strata's answers beside it; `digesting` is the resident memory in
 * bytes of a command that reads every file of the context and one of `largeFile` bytes. Undefined when no engine runs.
 * @param {import('./language-server.mjs').ServerCommand} command of the server
 * @param {string} folder the build context
 */
export async function measureCachedAnswer(command, folder) {
  const engine = await startEngine({ byHand: true }).catch(() => undefined);
  if (engine === undefined) return undefined;
  const storage = mkdtempSync(join(tmpdir(), 'strata-bench-records-'));
  // Beside the context's own Dockerfile, and outside of what it copies.
  const path = join(storage, 'Dockerfile');
  writeFileSync(path, dockerfile('command'));
  // The client notes here which folder it built, and Strata reads it: as ~/.docker is for people.
  const config = join(storage, 'docker-config');
  mkdirSync(config);
  const before = process.env.DOCKER_CONFIG;
  process.env.DOCKER_CONFIG = config;
  const large = join(folder, 'large.bin');
  try {
    const image = `strata-bench-${process.pid}`;
    const build = () =>
      engine.docker(['build', '-q', '-t', image, '-f', path, folder], { env: { DOCKER_CONFIG: config } });
    await build();
    const record = join(storage, 'record.json');
    const inputs = [path, '--context', folder, '--socket', engine.socket];
    await strata('record', ...inputs, '--output', record);
    const offline = [...inputs, '--offline', '--baseline'];
    // A build with nothing to do before each round, so that a machine that slows down slows both.
    /** @type {number[]} */
    const builds = [];
    const noBuild = async () => {
      builds.push((await timed(build)).elapsed);
    };
    const commands = [];
    for (const [kind, baseline] of /** @type {const} */ ([
      ['record', `record:${record}`],
      ['engine', 'engine'],
    ])) {
      commands.push(await measureCommand(kind, [...offline, baseline], noBuild));
    }
    const servers = [];
    for (const kind of /** @type {const} */ (['record', 'engine'])) {
      const text = dockerfile(kind);
      writeFileSync(path, text);
      await build();
      await noBuild();
      const place = { folder, path, text, storage: join(storage, kind), socket: engine.socket };
      if (kind === 'record') await recordOnce(command, place);
      servers.push(await measureServer(command, kind, place));
    }
    await noBuild();
    writeFileSync(large, '');
    truncateSync(large, largeFile);
    const { peak } = await strata('analyze', ...offline, `record:${record}`);
    await engine.docker(['image', 'rm', '-f', image], { allowFailure: true });
    return { build: Math.min(...builds), servers, commands, digesting: peak };
  } finally {
    if (before === undefined) delete process.env.DOCKER_CONFIG;
    else process.env.DOCKER_CONFIG = before;
    rmSync(large, { force: true });
    rmSync(storage, { recursive: true, force: true });
  }
}

/**
 * Has a server record the build, for the next one to find.
 * @param {import('./language-server.mjs').ServerCommand} command
 * @param {{ folder: string, path: string, text: string, storage: string, socket: string }} place
 */
async function recordOnce(command, { folder, path, text, storage, socket }) {
  const server = new LanguageServer(command, {
    baseline: 'record',
    context: folder,
    engine: { enabled: true, socket },
  });
  try {
    await server.initialize(folder, storage);
    const uri = await server.open(path, text);
    await server.report(uri, (report) => report.context.state === 'ready');
    const { recorded, message } = await server.request('strata/record', { uri });
    if (!recorded) throw new Error(message);
  } finally {
    await server.stop();
  }
}
