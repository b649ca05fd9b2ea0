/** The files of /etc that users and groups are kept in, with their sizes: each change rewrites the file and keeps the old one as `NAME-`. */
import type { SizeRange } from '../../packages/types';
import { addRanges, exactRange } from '../size-range';
import type { CommandSurroundings } from './types';

export type AccountFile = 'passwd' | 'group' | 'shadow' | 'gshadow' | 'subuid' | 'subgid';

/** Bytes in base images of distributions before anything is added. */
const untouched: Readonly<Record<string, Readonly<Record<AccountFile, number>>>> = {
  debian: { passwd: 839, group: 434, shadow: 474, gshadow: 364, subuid: 0, subgid: 0 },
  ubuntu: { passwd: 922, group: 445, shadow: 501, gshadow: 377, subuid: 0, subgid: 0 },
  alpine: { passwd: 702, group: 510, shadow: 272, gshadow: 0, subuid: 0, subgid: 0 },
  fedora: { passwd: 720, group: 360, shadow: 400, gshadow: 280, subuid: 0, subgid: 0 },
};

function sizeNow(name: AccountFile, { files, system }: CommandSurroundings): SizeRange {
  const entry = files.entryAt(`/etc/${name}`);
  if (entry?.kind === 'file' && entry.size.basis !== 'unknown') return entry.size;
  const distribution = system.distribution ?? '';
  const known = Object.hasOwn(untouched, distribution) ? untouched[distribution] : undefined;
  const bytes = (known ?? untouched.debian)?.[name] ?? 0;
  if (
    distribution === 'debian' &&
    /^(?:docker\.io\/)?(?:library\/)?debian(?:[:@]|$)/.test(system.baseReference ?? '')
  ) {
    return exactRange(bytes);
  }
  return {
    bytes,
    low: known === undefined ? 0 : Math.round(bytes * 0.8),
    high: Math.round(bytes * 1.4) + 150,
    basis: 'estimated',
  };
}

/** Rewrites a file of accounts, longer by so many bytes. */
export function rewrite(name: AccountFile, growth: number, surroundings: CommandSurroundings, backup = true): void {
  const before = sizeNow(name, surroundings);
  const { files } = surroundings;
  if (backup) files.write(`/etc/${name}-`, 'file', before);
  files.write(`/etc/${name}`, 'file', longer(before, growth));
}

function longer(size: SizeRange, growth: number): SizeRange {
  if (growth >= 0) return addRanges([size, exactRange(growth)]);
  return {
    ...size,
    bytes: size.bytes === null ? null : Math.max(0, size.bytes + growth),
    low: Math.max(0, size.low + growth),
    high: size.high === null ? null : Math.max(0, size.high + growth),
  };
}

/** Files that a new home folder gets (`/etc/skel`): bytes by distribution. */
const skeleton: Readonly<Record<string, readonly (readonly [string, number])[]>> = {
  debian: [
    ['.bash_logout', 220],
    ['.bashrc', 3526],
    ['.profile', 807],
  ],
  ubuntu: [
    ['.bash_logout', 220],
    ['.bashrc', 3771],
    ['.profile', 807],
  ],
  fedora: [
    ['.bash_logout', 18],
    ['.bash_profile', 141],
    ['.bashrc', 522],
  ],
  rhel: [
    ['.bash_logout', 18],
    ['.bash_profile', 141],
    ['.bashrc', 492],
  ],
};

/** Makes a home folder; one that is there already is left as it is. */
export function makeHome(path: string, surroundings: CommandSurroundings): void {
  const { files, system } = surroundings;
  if (files.exists(path) === true) return;
  files.write(path, 'directory', exactRange(0));
  const distribution = system.distribution ?? 'debian';
  for (const [name, bytes] of Object.hasOwn(skeleton, distribution) ? (skeleton[distribution] ?? []) : []) {
    files.write(`${path}/${name}`, 'file', exactRange(bytes));
  }
}

/** Entries of /var/log/lastlog and /var/log/faillog have a fixed length and lie at the user's number (lastlog.h, faillog.h). */
const lastlogEntry = 292;
const faillogEntry = 32;

/** Resets the log-in records of a new user, in images that have these files: Ubuntu's, and Debian's before bookworm. */
export function resetLogins(uid: number, surroundings: CommandSurroundings): void {
  const { files, system } = surroundings;
  const old = system.distribution === 'debian' && /^(?:bullseye|buster|stretch|jessie)$/.test(system.codename ?? '');
  const sure = system.distribution === 'ubuntu';
  if (!old && !sure) return;
  for (const [name, entry] of [
    ['lastlog', lastlogEntry],
    ['faillog', faillogEntry],
  ] as const) {
    const bytes = (uid + 1) * entry;
    const before = files.entryAt(`/var/log/${name}`)?.size.bytes ?? 0;
    const size = Math.max(bytes, before);
    files.write(`/var/log/${name}`, 'file', { bytes: size, low: old ? 0 : size, high: size, basis: 'estimated' });
  }
}
