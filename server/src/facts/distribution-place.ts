/** Where the indexes of distributions lie: the files of a suite on its mirror. */
import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';

/** URLs of mirrors by name: `debian`, `debian-security`, `ubuntu`, `alpine`. */
export type Mirrors = Readonly<Record<string, string>>;

export interface SuitePlace {
  readonly kind: 'debian' | 'alpine';
  readonly suite: string;
  /** Folder that holds `InRelease`, or of a component of Alpine; without a slash at its end. */
  readonly url: string;
  readonly components: readonly string[];
  /** Without it there is no index; the others may be missing. */
  readonly main: boolean;
}

export const defaultMirrors: Mirrors = {
  debian: 'https://deb.debian.org/debian',
  'debian-security': 'https://deb.debian.org/debian-security',
  ubuntu: 'https://archive.ubuntu.com/ubuntu',
  'ubuntu-security': 'https://security.ubuntu.com/ubuntu',
  'ubuntu-ports': 'https://ports.ubuntu.com/ubuntu-ports',
  alpine: 'https://dl-cdn.alpinelinux.org/alpine',
};

const suitePattern = /^[a-z][a-z0-9.-]{0,30}$/;
const versionPattern = /^(?:v?\d{1,2}\.\d{1,2}(?:\.\d+)?|edge)$/;
const architecturePattern = /^[a-z0-9_]{1,20}$/;

/** Debian's and Ubuntu's names of architectures, and Alpine's. */
const alpineArchitectures: Readonly<Record<string, string>> = {
  amd64: 'x86_64',
  arm64: 'aarch64',
  i386: 'x86',
  armhf: 'armhf',
  arm: 'armv7',
};

/**
 * What the package manager of the distribution's official image reads: its `sources.list`, as debuerreotype, Ubuntu's and Alpine's images
 * have it. Undefined for a distribution or a name that is not known.
 */
export function placesOf(
  distribution: string,
  suite: string,
  architecture: string,
  mirrors: Mirrors,
): readonly SuitePlace[] | undefined {
  if (!architecturePattern.test(architecture)) return undefined;
  const at = (name: string, path: string): string =>
    `${(mirrors[name] ?? defaultMirrors[name] ?? '').replace(/\/+$/, '')}/${path}`;
  switch (distribution) {
    case 'debian': {
      if (!suitePattern.test(suite)) return undefined;
      const dists = (name: string, of: string): SuitePlace => ({
        kind: 'debian',
        suite: of,
        url: at(name, `dists/${of}`),
        components: ['main'],
        main: of === suite,
      });
      if (suite === 'sid' || suite === 'unstable') return [dists('debian', suite)];
      return [
        dists('debian', suite),
        dists('debian', `${suite}-updates`),
        dists('debian-security', `${suite}-security`),
      ];
    }
    case 'ubuntu': {
      if (!suitePattern.test(suite)) return undefined;
      const ports = architecture !== 'amd64' && architecture !== 'i386';
      return ['', '-updates', '-backports', '-security'].map((end): SuitePlace => {
        const mirror = ports ? 'ubuntu-ports' : end === '-security' ? securityOf('ubuntu', mirrors) : 'ubuntu';
        return {
          kind: 'debian',
          suite: suite + end,
          url: at(mirror, `dists/${suite}${end}`),
          components: ['main', 'restricted', 'universe', 'multiverse'],
          main: end === '',
        };
      });
    }
    case 'alpine': {
      const machine = alpineArchitectures[architecture] ?? architecture;
      if (!versionPattern.test(suite)) return undefined;
      const [, number] = /^v?(\d+\.\d+)/.exec(suite) ?? [];
      const branch = number === undefined ? 'edge' : `v${number}`;
      return ['main', 'community'].map(
        (component): SuitePlace => ({
          kind: 'alpine',
          suite: branch,
          url: at('alpine', `${branch}/${component}/${machine}`),
          components: [component],
          main: component === 'main',
        }),
      );
    }
    default:
      return undefined;
  }
}

/** A mirror that somebody chose has the security updates too. */
function securityOf(name: string, mirrors: Mirrors): string {
  const own = `${name}-security`;
  return mirrors[name] !== undefined && mirrors[own] === undefined ? name : own;
}

const aptGet = '/usr/bin/apt-get';
const patience = 5_000;
const maximumOutput = 1_000_000;

/**
 * The mirrors that apt of this machine uses, where it is one with apt (apt-get(8): `indextargets`); none otherwise. Only plain http and
 * https without a password count: apt keeps credentials for itself.
 */
export async function mirrorsOfApt(signal: AbortSignal): Promise<Mirrors> {
  const present = await access(aptGet).then(
    () => true,
    () => false,
  );
  if (!present) return {};
  const format = '$(ORIGIN)\t$(CODENAME)\t$(SITE)';
  const lines = await new Promise<readonly string[]>((resolve) => {
    const options = {
      signal,
      timeout: patience,
      maxBuffer: maximumOutput,
      env: { PATH: process.env.PATH, LC_ALL: 'C' },
    };
    execFile(aptGet, ['indextargets', '--format', format, 'Created-By: Packages'], options, (error, output) =>
      resolve(error ? [] : output.split('\n')),
    );
  });
  signal.throwIfAborted();
  return mirrorsFrom(lines);
}

/** Reads lines of origin, code name and site, separated by tabs. The first site of each kind counts. */
export function mirrorsFrom(lines: readonly string[]): Mirrors {
  const found: Record<string, string> = {};
  for (const line of lines) {
    const [origin = '', codename = '', site = ''] = line.split('\t');
    if (!URL.canParse(site)) continue;
    const url = new URL(site);
    if (!/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') continue;
    const security = /security/.test(`${codename} ${url.pathname}`) && /-security\/?$/.test(url.pathname);
    const name = origin.toLowerCase();
    if (name !== 'debian' && name !== 'ubuntu') continue;
    found[name === 'debian' && security ? 'debian-security' : name] ??= site.replace(/\/+$/, '');
  }
  return found;
}
