/** What is taken to lie in a base image whose files are not known. */
import type { SizeRange } from '../packages/types';
import { unknownRange } from './size-range';

/** Folders that every image of a distribution fills. */
const systemFolders = new Set([
  'bin',
  'boot',
  'dev',
  'etc',
  'lib',
  'lib32',
  'lib64',
  'proc',
  'run',
  'sbin',
  'sys',
  'usr',
  'var',
]);

/** Folders that images of distributions have and leave empty, or nearly so. */
const emptyFolders = ['/home', '/media', '/mnt', '/opt', '/root', '/srv', '/tmp', '/usr/src', '/var/www', '/var/tmp'];

/** True for folders that an image of a distribution has. */
export function isBaseFolder(path: string): boolean {
  return path === '/' || systemFolders.has(path.slice(1)) || emptyFolders.includes(path);
}

/**
 * Whether the base image may hold files at or below a path: `filled` when it surely does, `empty` for places that base images leave alone,
 * `open` for anything else.
 */
export function baseHolds(path: string): 'filled' | 'empty' | 'open' {
  if (path === '/') return 'filled';
  if (emptyFolders.some((folder) => path.startsWith(`${folder}/`))) return 'empty';
  if (emptyFolders.includes(path)) return path === '/root' || path === '/tmp' ? 'open' : 'empty';
  const top = path.slice(1).split('/')[0] ?? '';
  return systemFolders.has(top) ? 'filled' : 'empty';
}

/**
 * Bytes at or below a path of the base that nothing is known of. Files of configuration are small, and folders for data are empty or nearly
 * so in images; programs and libraries can be of any size.
 */
export function sizeOfBasePath(path: string): SizeRange {
  if (/^\/etc\/./.test(path)) return { bytes: 1_500, low: 0, high: 20_000, basis: 'estimated' };
  if (/^\/(?:run|var\/(?:cache|lib|log|mail|opt|run|spool|tmp|www))\/./.test(path)) {
    return { bytes: 4_000, low: 0, high: 400_000, basis: 'estimated' };
  }
  return unknownRange;
}
