// @ts-check
// What a person waits for: start to first hint, a keystroke to its hints, the first index of a large context.
import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureCachedAnswer } from './engine-time.mjs';
import { contextDockerfile, dockerfile, makeContext } from './generated.mjs';
import { measureIndex } from './index-time.mjs';
import { LanguageServer } from './language-server.mjs';
import { processorTime, residentBytes } from './process-usage.mjs';
import { median, percentile, timed } from './statistics.mjs';

/** @param {string} name */
const temporary = (name) => mkdtempSync(join(tmpdir(), `strata-bench-${name}-`));

/**
 * Runs `work` in a new temporary folder, which is removed after.
 * @template T
 * @param {string} name
 * @param {(folder: string) => Promise<T>} work
 */
export async function inFolder(name, work) {
  const folder = temporary(name);
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/**
 * Milliseconds from starting the program to the first answer with an inlay hint, and its processor time until then.
 * @param {import('./language-server.mjs').ServerCommand} command
 * @param {number} rounds
 * @returns {Promise<{ clock: number, processor: number | undefined }>}
 */
export function measureStart(command, rounds) {
  return inFolder('start', async (folder) => {
    const path = join(folder, 'Dockerfile');
    const text = dockerfile(20);
    writeFileSync(path, text);
    const times = [];
    const processors = [];
    for (let round = 0; round < rounds; round++) {
      const server = new LanguageServer(command);
      await server.initialize(folder);
      const uri = await server.open(path, text);
      while ((await server.hints(uri)).length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
      times.push(performance.now() - server.started);
      processors.push(processorTime(server.pid) ?? Number.NaN);
      await server.stop();
    }
    const processor = median(processors);
    return { clock: median(times), processor: Number.isNaN(processor) ? undefined : processor };
  });
}

/**
 * Milliseconds from starting the program to the answer of a first hover.
 * @param {import('./language-server.mjs').ServerCommand} command
 * @param {number} rounds
 * @returns {Promise<{ start: number, hover: number }>} `hover`: one more hover on the running server, median
 */
export function measureHover(command, rounds) {
  return inFolder('hover', async (folder) => {
    const path = join(folder, 'Dockerfile');
    const text = dockerfile(60);
    writeFileSync(path, text);
    const starts = [];
    const hovers = [];
    for (let round = 0; round < rounds; round++) {
      const server = new LanguageServer(command);
      await server.initialize(folder);
      const uri = await server.open(path, text);
      const line = text.split('\n').findIndex((each) => each.startsWith('RUN apt-get'));
      const hover = () =>
        server.request('textDocument/hover', { textDocument: { uri }, position: { line, character: 1 } });
      await hover();
      starts.push(performance.now() - server.started);
      for (let again = 0; again < 20; again++) hovers.push((await timed(hover)).elapsed);
      await server.stop();
    }
    return { start: median(starts), hover: median(hovers) };
  });
}

/**
 * Milliseconds from a keystroke to the hints of the new text, through the running server; what of it a request takes
 * that the server only refuses (`bare`, the median way there and back); and the server's processor time for each
 * keystroke, which counts diagnostics and whatever else an edit sets off.
 * @param {import('./language-server.mjs').ServerCommand} command
 * @param {number} instructions
 * @param {number} rounds
 */
export function measureKeystrokes(command, instructions, rounds) {
  return inFolder('type', async (folder) => {
    const path = join(folder, 'Dockerfile');
    const text = dockerfile(instructions);
    writeFileSync(path, text);
    mkdirSync(join(folder, 'folder0'));
    writeFileSync(join(folder, 'folder0', 'file0.txt'), 'x');
    const server = new LanguageServer(command);
    await server.initialize(folder);
    const uri = await server.open(path, text);
    await server.report(uri, (report) => report.context.state === 'ready');
    const line = text.split('\n').findIndex((each) => each.includes('&& apt-get install'));
    const times = [];
    const bares = [];
    let processorBefore;
    for (let round = -20; round < rounds; round++) {
      if (round === 0) processorBefore = processorTime(server.pid);
      const { elapsed } = await timed(async () => {
        await server.type(uri, { line, character: 60 }, 'x');
        await server.hints(uri);
      });
      const bare = await timed(() => server.request('bench/nothing', {}).catch(() => undefined));
      if (round >= 0) {
        times.push(elapsed);
        bares.push(bare.elapsed);
      }
      // Nobody types faster than this; what the keystroke set off behind its answer has its time too.
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
    const processorAfter = processorTime(server.pid);
    await server.stop();
    return {
      bare: median(bares),
      p10: percentile(times, 0.1),
      p50: percentile(times, 0.5),
      p95: percentile(times, 0.95),
      processor:
        processorBefore === undefined || processorAfter === undefined
          ? undefined
          : (processorAfter - processorBefore) / rounds,
    };
  });
}

/**
 * What `find` (or, where there is none that can print sizes, a walk in Node) takes to list all sizes.
 * @param {string} folder
 */
function listSizes(folder) {
  const started = performance.now();
  let how = 'find -printf %s';
  try {
    execFileSync('find', [folder, '-printf', '%s\\n'], { maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    how = 'a plain walk in Node';
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) statSync(join(entry.parentPath, entry.name));
    }
  }
  return { elapsed: performance.now() - started, how };
}

/**
 * Runs git in a folder; undefined when there is no git.
 * @param {string} folder
 * @param {readonly string[]} args
 */
async function git(folder, ...args) {
  const child = spawn('git', ['-c', 'core.fsmonitor=false', '-c', 'gc.auto=0', ...args], {
    cwd: folder,
    stdio: 'ignore',
  });
  const { value, elapsed } = await timed(
    () =>
      new Promise((resolve) => {
        child.once('error', () => resolve(-1));
        child.once('exit', resolve);
      }),
  );
  return value === 0 ? elapsed : undefined;
}

/**
 * The first index of a context with so many files, a re-check after one file changed, and memory.
 * @param {import('./language-server.mjs').ServerCommand} command
 * @param {number} files
 * @param {number} rounds
 */
export function measureContext(command, files, rounds) {
  return inFolder('context', async (folder) => {
    makeContext(folder, files);
    const path = join(folder, 'Dockerfile');
    const ready = (/** @type {any} */ report) => report.context.state === 'ready' && report.contextSize !== null;
    const finds = [];
    const indexes = [];
    const rechecks = [];
    const saves = [];
    const rechecksAll = [];
    let indexed;
    let resident;
    let how = '';
    let counted = 0;
    for (let round = 0; round < rounds; round++) {
      const listed = listSizes(folder);
      how = listed.how;
      finds.push(listed.elapsed);
      const server = new LanguageServer(command);
      await server.initialize(folder);
      const { value, elapsed } = await timed(async () => {
        const uri = await server.open(path, contextDockerfile);
        return { uri, report: await server.report(uri, ready) };
      });
      indexes.push(elapsed);
      counted = value.report.contextSize.files;
      indexed = residentBytes(server.pid);
      // One file grows ten times: told by the editor's watcher, until the report shows the new size.
      let { bytes } = value.report.contextSize;
      const changed = join(folder, 'folder0', 'file0.txt');
      for (let change = 0; change < 10; change++) {
        appendFileSync(changed, 'x');
        bytes++;
        const recheck = await timed(async () => {
          await server.changed(changed);
          await server.report(value.uri, (report) => ready(report) && report.contextSize.bytes === bytes);
        });
        rechecks.push(recheck.elapsed);
      }
      resident = residentBytes(server.pid);
      await server.stop();
      // Listed again, so that a machine that slows down slows both.
      finds.push(listSizes(folder).elapsed);
    }
    const cached = await measureCachedAnswer(command, folder);
    const direct = await measureIndex(folder, path, rounds, () => listSizes(folder).elapsed);
    const repository =
      (await git(folder, 'init', '-q')) !== undefined && (await git(folder, 'add', '-A')) !== undefined;
    if (repository) {
      await git(folder, 'status', '--porcelain');
      for (let round = 0; round < 3; round++) {
        saves.push((await git(folder, 'status', '--porcelain')) ?? Number.NaN);
        rechecksAll.push(await direct.recheck());
      }
    }
    if (rechecksAll.length === 0) rechecksAll.push(await direct.recheck());
    direct.dispose();
    return {
      how,
      counted,
      find: median(finds),
      index: median(indexes),
      recheck: median(rechecks),
      direct: { index: direct.index, find: direct.find, recheck: median(rechecksAll), change: direct.change },
      gitStatus: saves.length > 0 ? median(saves) : undefined,
      indexed,
      resident,
      cached,
    };
  });
}
