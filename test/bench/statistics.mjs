// @ts-check
// Figures of repeated measurements.
import { readFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';

/**
 * @param {readonly number[]} values at least one
 * @param {number} share 0.5 for the median, 0.95 for the 95th percentile
 */
export function percentile(values, share) {
  const sorted = [...values].sort((left, right) => left - right);
  const index = Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1);
  return sorted[Math.max(0, index)] ?? Number.NaN;
}

/** @param {readonly number[]} values */
export const median = (values) => percentile(values, 0.5);

/** @param {number} milliseconds */
export function milliseconds(milliseconds) {
  if (milliseconds < 10) return `${milliseconds.toFixed(2)} ms`;
  return milliseconds < 10_000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

/** @param {number} bytes */
export function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 2 : 1)} MB`;
}

/**
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<{ value: T, elapsed: number }>} elapsed in milliseconds
 */
export async function timed(work) {
  const started = performance.now();
  const value = await work();
  return { value, elapsed: performance.now() - started };
}

/** Milliseconds that this thread has waited for a core since it began; 0 where the system does not tell. */
function waited() {
  if (process.platform !== 'linux') return 0;
  try {
    return Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
}

/**
 * Time a synchronous piece of work took, in milliseconds, without what it waited for a core on a busy machine.
 * @param {() => unknown} work
 */
export function workTime(work) {
  const waitedBefore = waited();
  const started = performance.now();
  work();
  const elapsed = performance.now() - started;
  return Math.max(0, elapsed - (waited() - waitedBefore));
}

/**
 * How fast and how busy this machine is: `json` is the time to parse 1 MB of JSON once warm, the unit for ratios that
 * hold on other machines; `busy` is the load of the last minute per core: above 1, processes wait for a core.
 */
export function measureMachine() {
  const text = JSON.stringify(
    Array.from({ length: 10_000 }, (_, index) => ({
      index,
      name: `entry ${index}`,
      tags: ['one', 'two'],
      on: index % 2 === 0,
    })),
  ).slice(1, -1);
  const document = `[${text}]`;
  const scale = 1e6 / document.length;
  for (let round = 0; round < 10; round++) JSON.parse(document);
  const parses = [];
  for (let round = 0; round < 30; round++) parses.push(workTime(() => JSON.parse(document)) * scale);
  return { json: median(parses), busy: (loadavg()[0] ?? 0) / availableParallelism() };
}
