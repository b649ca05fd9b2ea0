// @ts-check
// Memory and processor time of another process.
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

/**
 * Milliseconds of processor time that a process has used, in steps of 10, or undefined where it cannot be told.
 * @param {number | undefined} pid
 */
export function processorTime(pid) {
  if (pid === undefined || process.platform !== 'linux') return undefined;
  // User and system time.
  return (statField(pid, 11) + statField(pid, 12)) * 10;
}

/** The same of all processes that this one has started and that have ended: the difference tells what one took. */
export function endedProcessorTime() {
  if (process.platform !== 'linux') return undefined;
  return (statField('self', 13) + statField('self', 14)) * 10;
}

/**
 * A field of `/proc/PID/stat`, counted from 0 behind the name, which stands in parentheses and may hold anything.
 * @param {number | 'self'} pid
 * @param {number} index
 */
function statField(pid, index) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return Number(fields[index]);
}
