/** Files of a base image that package managers and commands write again: what is hidden of them in the layers of the base. */
import type { SizeRange, StageSystem } from '../packages/types';
import { baseFile } from './commands/base-files';

/**
 * Bytes of Debian's package database and caches in `debian:bookworm-slim` and `debian:trixie-slim`, counted there. Every installation of
 * apt writes them again.
 */
const databases: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  bookworm: { status: 77_102, templates: 753_157, linkerCache: 4_523 },
  trixie: { status: 69_788, templates: 781_774, linkerCache: 4_095 },
};

const places: Readonly<Record<string, string>> = {
  '/var/lib/dpkg/status': 'status',
  '/var/lib/dpkg/status-old': 'status',
  '/var/cache/debconf/templates.dat': 'templates',
  '/var/cache/debconf/templates.dat-old': 'templates',
  '/etc/ld.so.cache': 'linkerCache',
};

/** Bytes that the base image is known to hold at a path; undefined when nothing tells of it. */
export function replacedBaseFile(path: string, system: StageSystem): SizeRange | undefined {
  const place = Object.hasOwn(places, path) ? places[path] : undefined;
  if (place === undefined) return baseFile(path, system);
  if (system.distribution !== 'debian') return undefined;
  const bytes = (databases[system.codename ?? ''] ?? databases.bookworm)?.[place];
  if (bytes === undefined) return undefined;
  // Images that stand on Debian's hold more packages.
  const bare = /^(?:docker\.io\/)?(?:library\/)?debian(?:[:@]|$)/.test(system.baseReference ?? '');
  return bare
    ? { bytes, low: Math.round(bytes * 0.9), high: Math.round(bytes * 1.1), basis: 'estimated' }
    : { bytes: Math.round(bytes * 1.2), low: Math.round(bytes * 0.9), high: bytes * 4, basis: 'estimated' };
}
