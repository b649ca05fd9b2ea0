// @ts-check
// The index of a build context by itself: first walk, a change told by a watcher, everything looked at again.
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/steps.mjs';
import { loadModules } from './modules.mjs';
import { median } from './statistics.mjs';

/** Processor time of this process in milliseconds, its worker threads included. */
function processorNow() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/**
 * Milliseconds of a first index (with the start of its thread), the processor time of one change that a watcher tells,
 * and a function that looks at everything again and tells its time.
 * @param {string} folder
 * @param {string} dockerfilePath
 * @param {number} rounds
 * @param {() => number} listSizes lists all sizes some other way and tells the time
 */
export async function measureIndex(folder, dockerfilePath, rounds, listSizes) {
  const { openContext } = await loadModules("export { openContext } from './server/src/facts/context-index';");
  const silent = { info: () => undefined, warn: (/** @type {string} */ message) => console.error(message) };
  const open = () =>
    openContext({
      contextPath: folder,
      dockerfilePath,
      workerPath: join(root, 'dist', 'worker.js'),
      log: silent,
    });
  const indexes = [];
  const finds = [];
  let index = open();
  for (let round = 0; round < rounds; round++) {
    index.dispose();
    finds.push(listSizes());
    const started = performance.now();
    index = open();
    await index.settled();
    indexes.push(performance.now() - started);
  }
  const changed = join(folder, 'folder0', 'file0.txt');
  const changes = [];
  for (let change = 0; change < 5; change++) {
    appendFileSync(changed, 'x');
    const before = processorNow();
    index.fileEvents([changed]);
    await index.settled();
    changes.push(processorNow() - before);
  }
  return {
    index: median(indexes),
    find: median(finds),
    change: median(changes),
    recheck: async () => {
      const started = performance.now();
      index.recheck();
      await index.settled();
      return performance.now() - started;
    },
    dispose: () => index.dispose(),
  };
}
