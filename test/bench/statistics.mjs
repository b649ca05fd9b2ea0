// @ts-check
// Figures of repeated measurements.

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
