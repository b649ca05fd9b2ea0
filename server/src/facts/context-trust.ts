/**
 * Whether change times (ctime) of a build context can be held against the time of a build: only a local file system has
 * them set by this machine's kernel, with every change of content, mode, link count, and with every renaming.
 */
import { lstatSync, readFileSync, type Stats, statfsSync } from 'node:fs';
import { dirname, sep } from 'node:path';
import type { ContextTimes } from '../context/types';
import { t } from '../localize';

/** Why nothing follows from times, as it travels between threads. */
export type Distrust =
  | { readonly kind: 'windows' }
  /** A network drive, FUSE, FAT or anything else that is not known to keep change times. */
  | { readonly kind: 'file-system'; readonly name: string }
  /** Another file system is mounted below the root; its path. */
  | { readonly kind: 'mounted-below'; readonly path: string }
  /** An entry was changed in the future: the clock has been set back. */
  | { readonly kind: 'clock-set-back' }
  | { readonly kind: 'no-times' };

export type Trust =
  | { readonly kind: 'kept'; readonly holderChangedAt: number; readonly placedAt: number }
  | { readonly kind: 'untrusted'; readonly cause: Distrust };

/** `f_type` of statfs(2) on Linux, of file systems whose rename marks the inode's own ctime (`*_rename` in fs/ of Linux, zfs_link_create of OpenZFS). */
const linuxFileSystems: ReadonlyMap<number, string> = new Map([
  [0xef53, 'ext4'],
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0x01021994, 'tmpfs'],
  [0x794c7630, 'overlayfs'],
  [0x2fc12fc1, 'zfs'],
  [0xf2f52010, 'f2fs'],
  [0xca451a4e, 'bcachefs'],
]);

/** As `mount` names them on macOS; there rename(2) marks the ctime by the manual page of stat(2). */
const macFileSystems: ReadonlySet<string> = new Set(['apfs', 'hfs']);

/** Why the times below a directory (absolute, links resolved) say nothing; undefined when they do. */
export function distrustOf(root: string): Distrust | undefined {
  switch (process.platform) {
    case 'linux':
      return distrustOnLinux(root);
    case 'darwin':
      return distrustOnMac(root);
    case 'win32':
      return { kind: 'windows' };
    default:
      return { kind: 'file-system', name: process.platform };
  }
}

function distrustOnLinux(root: string): Distrust | undefined {
  try {
    const type = statfsSync(root).type >>> 0;
    if (!linuxFileSystems.has(type)) return { kind: 'file-system', name: `0x${type.toString(16)}` };
    const mounted = mountPoints(readFileSync('/proc/self/mountinfo', 'utf8')).find((path) =>
      path.startsWith(below(root)),
    );
    return mounted === undefined ? undefined : { kind: 'mounted-below', path: mounted };
  } catch {
    return { kind: 'file-system', name: '?' };
  }
}

/** Mount points of /proc/self/mountinfo: the fifth field, with white space in octal digits (proc(5)). */
export function mountPoints(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const field = line.split(' ')[4];
    if (field === undefined) return [];
    return [field.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))];
  });
}

function distrustOnMac(root: string): Distrust | undefined {
  try {
    // Loaded here only: it takes longer than all else that a worker loads.
    const { execFileSync } = require('node:child_process') as typeof import('node:child_process');
    return distrustOfMounts(execFileSync('/sbin/mount', { encoding: 'utf8', timeout: 2_000 }), root);
  } catch {
    return { kind: 'file-system', name: '?' };
  }
}

/** The same from lines as `/dev/disk3s5 on /System/Volumes/Data (apfs, local, journaled)`. */
export function distrustOfMounts(text: string, root: string): Distrust | undefined {
  let holder = { path: '', type: '?', local: false };
  for (const line of text.split('\n')) {
    const [, path, options] = / on (.+) \(([^()]*)\)$/.exec(line) ?? [];
    if (path === undefined || options === undefined) continue;
    if (path.startsWith(below(root))) return { kind: 'mounted-below', path };
    const [type = '?', ...flags] = options.split(', ');
    const holds = path === '/' || root === path || root.startsWith(below(path));
    if (holds && path.length >= holder.path.length) holder = { path, type, local: flags.includes('local') };
  }
  return macFileSystems.has(holder.type) && holder.local ? undefined : { kind: 'file-system', name: holder.type };
}

function below(directory: string): string {
  return directory.endsWith('/') ? directory : `${directory}/`;
}

/** Why these change times say nothing at a moment, all in milliseconds since the epoch; undefined when they do. */
export function distrustOfTimes(ctimes: Float64Array, now: number): Distrust | undefined {
  // The clock gives whole milliseconds.
  const latest = now + 1;
  for (const ctime of ctimes) {
    if (ctime === 0) return { kind: 'no-times' };
    if (ctime > latest) return { kind: 'clock-set-back' };
  }
  return undefined;
}

/**
 * When what lies above a context root was last seen to change: the times of `ContextTimes` of kind `kept`. Both the path as
 * it was given and the real one count, as either may come to lead elsewhere.
 */
export function timesAbove(contextPath: string, root: string): { holderChangedAt: number; placedAt: number } {
  let placedAt = 0;
  const seen = new Set<string>([root]);
  for (const start of [contextPath, root]) {
    for (let path = start; ; path = dirname(path)) {
      if (!seen.has(path)) {
        seen.add(path);
        placedAt = Math.max(placedAt, placedTime(path));
      }
      if (path === dirname(path) || path.endsWith(`:${sep}`)) break;
    }
  }
  const holder = look(dirname(root));
  return { holderChangedAt: holder?.ctimeMs ?? Number.POSITIVE_INFINITY, placedAt };
}

/** A change of the names in a directory sets both times; moving it, or a link, sets the ctime alone. */
function placedTime(path: string): number {
  const stats = look(path);
  if (!stats) return Number.POSITIVE_INFINITY;
  return stats.isSymbolicLink() || stats.ctimeMs !== stats.mtimeMs ? stats.ctimeMs : 0;
}

function look(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}

/** What follows from times, given why nothing does, if so. */
export function trustIn(cause: Distrust | undefined, contextPath: string, root: string): Trust {
  return cause ? { kind: 'untrusted', cause } : { kind: 'kept', ...timesAbove(contextPath, root) };
}

/** Trust as the rest of the program sees it. */
export function describeTrust(contextPath: string, trust: Trust): ContextTimes {
  return trust.kind === 'kept' ? trust : { kind: 'untrusted', reason: reasonOf(contextPath, trust.cause) };
}

function reasonOf(contextPath: string, cause: Distrust): string {
  switch (cause.kind) {
    case 'windows':
      return t('On Windows, file times do not tell what has changed since a build.');
    case 'file-system':
      return t(
        '{0} lies on a file system ({1}) whose times do not tell what has changed since a build.',
        contextPath,
        cause.name,
      );
    case 'mounted-below':
      return t(
        'Another file system is mounted at {0}, so times do not tell what has changed since a build.',
        cause.path,
      );
    case 'clock-set-back':
      return t('Files in {0} were changed in the future: the clock has been set back.', contextPath);
    case 'no-times':
      return t('Files in {0} have no change times.', contextPath);
    default:
      return cause satisfies never;
  }
}
