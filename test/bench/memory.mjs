// @ts-check
// Memory of another process.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Resident bytes of a process, or undefined where it cannot be told.
 * @param {number | undefined} pid
 * @returns {{ now: number, peak?: number } | undefined}
 */
export function residentBytes(pid) {
  if (pid === undefined) return undefined;
  if (process.platform === 'linux') {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kilobytes = (/** @type {string} */ name) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]);
    return { now: kilobytes('VmRSS') * 1024, peak: kilobytes('VmHWM') * 1024 };
  }
  if (process.platform === 'win32') return undefined;
  return { now: Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1024 };
}
