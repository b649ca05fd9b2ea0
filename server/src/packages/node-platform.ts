/** Which packages a platform takes: the fields `os`, `cpu` and `libc`, and names that say the same. */
import type { StageSystem } from './types';

/** A platform in Node's words. */
export interface NodePlatform {
  /** `process.platform` */
  readonly os: string;
  /** `process.arch` */
  readonly cpu: string;
  /** Undefined when the base image does not tell. */
  readonly libc: 'glibc' | 'musl' | undefined;
}

const processors: Readonly<Record<string, string>> = {
  amd64: 'x64',
  arm64: 'arm64',
  armhf: 'arm',
  armel: 'arm',
  i386: 'ia32',
  ppc64el: 'ppc64',
  s390x: 's390x',
  riscv64: 'riscv64',
};

/** The platform of a stage. A base image whose distribution is not known has glibc unless its tag says Alpine. */
export function platformOf(system: StageSystem): NodePlatform {
  const alpine = system.distribution === 'alpine' || /alpine/.test(system.baseReference ?? '');
  return { os: 'linux', cpu: processors[system.architecture] ?? system.architecture, libc: alpine ? 'musl' : 'glibc' };
}

interface Restricted {
  readonly os: readonly string[];
  readonly cpu: readonly string[];
  readonly libc: readonly string[];
}

/** npm-install-checks, `checkList`: one of the names, or none of those with `!`. */
function allows(list: readonly string[], value: string | undefined): boolean {
  if (list.length === 0 || value === undefined || (list.length === 1 && list[0] === 'any')) return true;
  const refused = list.filter((each) => each.startsWith('!'));
  if (refused.includes(`!${value}`)) return false;
  return list.includes(value) || refused.length === list.length;
}

/** Whether a package's own restrictions allow the platform. */
export function fitsPlatform(restricted: Restricted, platform: NodePlatform): boolean {
  return (
    allows(restricted.os, platform.os) && allows(restricted.cpu, platform.cpu) && allows(restricted.libc, platform.libc)
  );
}

/** Optional packages for macOS whose names do not say so. */
const onlyMac = new Set(['fsevents', 'dmg-license', 'iconv-corefoundation', 'macos-alias']);
const systemWords = [
  'linux',
  'openharmony',
  'darwin',
  'win32',
  'windows',
  'freebsd',
  'openbsd',
  'netbsd',
  'android',
  'sunos',
  'aix',
];
const processorWords: Readonly<Record<string, readonly string[]>> = {
  x64: ['x64', 'x86_64', '64', 'amd64'],
  arm64: ['arm64', 'aarch64'],
  arm: ['arm', 'armv7', 'arm-gnueabihf', 'armv6'],
  ia32: ['ia32', 'x86', '32', 'i686'],
  ppc64: ['ppc64', 'ppc64le'],
  s390x: ['s390x'],
  riscv64: ['riscv64'],
  loong64: ['loong64'],
  mips64el: ['mips64el'],
  wasm32: ['wasm32'],
  universal: ['universal'],
};

/**
 * The same by the name, for lock files that keep no such fields (Yarn 1, npm 6): `@esbuild/linux-x64`, `@rollup/rollup-linux-x64-musl`,
 * `fsevents`. Names that say nothing are allowed.
 */
export function nameFitsPlatform(name: string, platform: NodePlatform): boolean {
  if (onlyMac.has(name)) return platform.os === 'darwin';
  const last = name.slice(name.indexOf('/') + 1);
  const parts = last.split(/[-.]/);
  const systems = systemWords.filter((word) => parts.some((part) => part === word || part === `${word}musl`));
  if (parts.includes('wasm32')) return platform.cpu === 'wasm32';
  const musl = parts.some((part) => part === 'musl' || part === 'musleabihf' || part === 'linuxmusl');
  if (systems.length === 0) return true;
  if (!systems.includes(platform.os)) return false;
  const named = Object.entries(processorWords).filter(([, words]) => words.some((word) => parts.includes(word)));
  if (named.length > 0 && !named.some(([cpu]) => cpu === platform.cpu)) return false;
  if (musl) return platform.libc !== 'glibc';
  const gnu = parts.some((part) => /^gnu/.test(part));
  return !gnu || platform.libc !== 'musl';
}
