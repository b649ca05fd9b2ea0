/** Small files that base images of Debian hold and RUN lines change: counted in debian:bookworm-slim. */
import type { SizeRange, StageSystem } from '../../packages/types';
import { between } from './estimates';

/** Bytes in Debian bookworm. */
const debian: Readonly<Record<string, number>> = {
  '/etc/adduser.conf': 3_040,
  '/etc/apt/sources.list.d/debian.sources': 312,
  '/etc/bash.bashrc': 1_994,
  '/etc/debconf.conf': 2_969,
  '/etc/debian_version': 6,
  '/etc/default/useradd': 1_117,
  '/etc/deluser.conf': 1_706,
  '/etc/dpkg/dpkg.cfg': 446,
  '/etc/dpkg/dpkg.cfg.d/docker': 306,
  '/etc/environment': 0,
  '/etc/fstab': 37,
  '/etc/gai.conf': 2_584,
  '/etc/group': 434,
  '/etc/gshadow': 364,
  '/etc/issue': 27,
  '/etc/issue.net': 20,
  '/etc/ld.so.conf': 34,
  '/etc/login.defs': 12_569,
  '/etc/motd': 286,
  '/etc/nsswitch.conf': 494,
  '/etc/pam.d/common-session': 1_113,
  '/etc/pam.d/login': 4_126,
  '/etc/pam.d/su': 2_259,
  '/etc/passwd': 839,
  '/etc/profile': 769,
  '/etc/security/limits.conf': 2_752,
  '/etc/shadow': 474,
  '/etc/shells': 128,
  '/etc/skel/.bash_logout': 220,
  '/etc/skel/.bashrc': 3_526,
  '/etc/skel/.profile': 807,
  '/etc/timezone': 8,
  '/root/.bashrc': 571,
  '/root/.profile': 161,
  '/usr/lib/os-release': 267,
  '/bin/bash': 1_265_648,
  '/usr/bin/bash': 1_265_648,
  '/usr/bin/perl': 3_804_464,
};

/** Files that images of every distribution hold, with other bytes. */
const everywhere = new Set([
  '/etc/group',
  '/etc/passwd',
  '/etc/shadow',
  '/etc/profile',
  '/etc/issue',
  '/etc/motd',
  '/etc/shells',
]);

/** The builder mounts its own over these while RUN runs: nothing of them enters a layer (BuildKit executor/oci: GetHostsFile, GetResolvConf). */
const builderFiles = new Set(['/etc/hosts', '/etc/resolv.conf']);

export function isBuilderFile(path: string): boolean {
  return builderFiles.has(path);
}

/** Size of a file of the base image that no step has written; undefined when no such file is known. */
export function baseFile(path: string, system: StageSystem): SizeRange | undefined {
  const { distribution, codename } = system;
  const bytes = Object.hasOwn(debian, path) ? debian[path] : undefined;
  if (bytes === undefined) return undefined;
  if (distribution === 'debian' && codename === 'bookworm') {
    return /^(?:docker\.io\/)?(?:library\/)?debian(?:[:@]|$)/.test(system.baseReference ?? '')
      ? { bytes, low: bytes, high: bytes, basis: 'computed' }
      : between(bytes, bytes, Math.round(bytes * 1.3) + 200);
  }
  if (distribution === 'debian' || distribution === 'ubuntu')
    return between(Math.round(bytes * 0.6), bytes, Math.round(bytes * 1.6) + 300);
  return everywhere.has(path) ? between(0, bytes, Math.round(bytes * 2) + 1_000) : undefined;
}
