/** What is taken to lie in a base image whose files are not known. */
import type { SizeRange, StageSystem } from '../packages/types';
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

/** Folders below /usr/local in the images of distributions, which hold no file (Debian policy 9.1.2; FHS 3.0, 4.9). */
const localFolders: Readonly<Record<string, string>> = {
  alpine: 'bin lib share',
  almalinux: 'bin etc games include lib lib64 libexec sbin share src',
  debian: 'bin etc games include lib sbin share src',
  fedora: 'bin etc games include lib lib64 libexec sbin share src',
  rockylinux: 'bin etc games include lib lib64 libexec sbin share src',
  ubuntu: 'bin etc games include lib sbin share src',
};

/**
 * Folders below /usr/local where no file lies in them yet: in the images of distributions themselves, which leave that to whoever builds on
 * them. Undefined for any other image.
 */
export function emptyLocalFolders({ baseReference, official }: StageSystem): readonly string[] | undefined {
  const name = /(?:^|\/)([a-z]+)(?:[:@]|$)/.exec(baseReference ?? '')?.[1] ?? '';
  if (official !== true || !Object.hasOwn(localFolders, name)) return undefined;
  const names = localFolders[name]?.split(' ') ?? [];
  return ['/usr', '/usr/local', ...names.map((each) => `/usr/local/${each}`)];
}

/**
 * Bytes that a package which a step installed, or a command that is not understood, may have left at or below a path where nothing tells of
 * it: undefined where that can be anything. Of the 72 folders that packages have below a Debian system's /etc, nine in ten hold at most
 * 37 kB; below /run and /tmp installing leaves next to nothing.
 */
export function sizeOfLeftovers(path: string, byPackages: boolean): SizeRange | undefined {
  if (/^\/etc\/./.test(path)) return { bytes: 1_500, low: 0, high: 40_000, basis: 'estimated' };
  if (!byPackages) return undefined;
  if (/^\/(?:var\/)?run(?:\/|$)|^\/var\/(?:log|mail|opt|spool|tmp|www)\/./.test(path)) {
    return { bytes: 0, low: 0, high: 100_000, basis: 'estimated' };
  }
  return /^\/var\/lib\/(?!apt\b|dpkg\b|rpm\b|postgresql\b|mysql\b)./.test(path) ||
    /^\/var\/cache\/(?!apt\b|debconf\b|man\b)./.test(path)
    ? { bytes: 0, low: 0, high: 300_000, basis: 'estimated' }
    : undefined;
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
  // Of the 871 programs in the folders for them on a Debian system, nine in ten take 1.3 to 600 kB.
  if (/^\/(?:usr\/(?:local\/)?)?s?bin\/[^/]+$/.test(path)) {
    return { bytes: 35_000, low: 1_000, high: 800_000, basis: 'estimated' };
  }
  if (path === '/tmp' || path === '/run' || path === '/var/run' || path === '/var/tmp') {
    return { bytes: 0, low: 0, high: 400_000, basis: 'estimated' };
  }
  return unknownRange;
}
