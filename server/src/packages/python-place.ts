/** Where Python packages land in an image: the folders of its distribution, of a virtual environment, of a user. */
import { cleanPath } from '../build/paths';
import type { RunCommand } from '../shell/types';
import { homeFolder, isRoot } from './command-options';
import type { StageSystem } from './types';

export interface PythonPlace {
  /** Minor version of Python 3; undefined when nothing tells. */
  readonly minor: number | undefined;
  /** Folder of the installed packages. */
  readonly site: string;
  /** Folder of their programs. */
  readonly programs: string;
}

/** Python of Debian's and Ubuntu's releases, of Alpine's and of Fedora's (packages.debian.org, pkgs.alpinelinux.org, src.fedoraproject.org). */
const distributionMinor: Readonly<Record<string, number>> = {
  'debian:buster': 7,
  'debian:bullseye': 9,
  'debian:bookworm': 11,
  'debian:trixie': 13,
  'debian:forky': 14,
  'ubuntu:bionic': 6,
  'ubuntu:focal': 8,
  'ubuntu:jammy': 10,
  'ubuntu:noble': 12,
  'alpine:3.15': 9,
  'alpine:3.16': 10,
  'alpine:3.17': 10,
  'alpine:3.18': 11,
  'alpine:3.19': 11,
  'alpine:3.20': 12,
  'alpine:3.21': 12,
  'alpine:3.22': 12,
  'alpine:3.23': 12,
  'fedora:39': 12,
  'fedora:40': 12,
  'fedora:41': 13,
  'fedora:42': 13,
  'fedora:43': 14,
  'rhel:8': 6,
  'rhel:9': 9,
  'rhel:10': 12,
};

const systemFolders = new Set(['/bin', '/sbin', '/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/local/sbin']);

/** Minor version of the interpreter that the stage has; undefined when nothing tells. */
export function pythonMinor(command: RunCommand, system: StageSystem): number | undefined {
  const named = /^(?:python|pip)3?\.(\d+)$/.exec(command.name ?? '')?.[1];
  if (named !== undefined) return Number(named);
  const environment = /^3\.(\d+)/.exec(command.environment.get('PYTHON_VERSION') ?? '')?.[1];
  if (environment !== undefined) return Number(environment);
  const reference = system.baseReference ?? '';
  const tagged = /(?:^|[/-])python:3\.(\d+)/.exec(reference)?.[1] ?? /python3\.?(\d{1,2})(?!\d)/.exec(reference)?.[1];
  if (tagged !== undefined) return Number(tagged);
  const { distribution = '', codename, version } = system;
  return (
    distributionMinor[`${distribution}:${codename ?? ''}`] ??
    distributionMinor[`${distribution}:${version ?? ''}`] ??
    distributionMinor[`${distribution}:${(version ?? '').split('.')[0] ?? ''}`] ??
    distributionMinor[`${distribution}:${(version ?? '').split('.').slice(0, 2).join('.')}`]
  );
}

/** True when the base image brings an interpreter built below `/usr/local`, as Docker's official one does. */
function ownInterpreter(command: RunCommand, system: StageSystem): boolean {
  return (
    command.environment.get('PYTHON_VERSION') !== undefined ||
    /(?:^|\/)python(?::|@|$)/.test(system.baseReference ?? '')
  );
}

/** Folder of the conda installation that the command's program or `PATH` is of. */
function condaFolder(command: RunCommand, system: StageSystem): string | undefined {
  const folder = command.environment.get('CONDA_DIR') ?? command.environment.get('MAMBA_ROOT_PREFIX');
  if (folder?.startsWith('/')) return cleanPath(folder);
  const path = command.environment.get('PATH') ?? '';
  const listed = path
    .split(':')
    .find((entry) => /\/(mini|mamba|ana)?(conda|forge)3?\/(?:envs\/[^/]+\/)?bin$/.test(entry));
  if (listed !== undefined) return listed.slice(0, -'/bin'.length);
  return /(?:mini|ana)conda|mambaforge|miniforge|micromamba/.test(system.baseReference ?? '')
    ? '/opt/conda'
    : undefined;
}

/** The virtual environment the command acts on: that of its program, of `VIRTUAL_ENV`, or the first of `PATH`. */
export function virtualEnvironment(command: RunCommand, known: ReadonlySet<string>): string | undefined {
  const program = command.program ?? '';
  if (program.startsWith('/') && program.includes('/bin/')) {
    const folder = cleanPath(program.slice(0, program.lastIndexOf('/')));
    return systemFolders.has(folder) ? undefined : prefixOf(folder);
  }
  const declared = command.environment.get('VIRTUAL_ENV');
  if (declared?.startsWith('/')) return cleanPath(declared);
  for (const entry of (command.environment.get('PATH') ?? '').split(':')) {
    if (!entry.startsWith('/')) continue;
    const folder = cleanPath(entry);
    if (systemFolders.has(folder)) return undefined;
    const prefix = prefixOf(folder);
    if (prefix !== undefined && (known.has(prefix) || /v(irtual)?env|\/env$/i.test(prefix))) return prefix;
  }
  return undefined;
}

function prefixOf(folder: string): string | undefined {
  return folder.endsWith('/bin') ? folder.slice(0, -'/bin'.length) : undefined;
}

export interface PlaceOptions {
  /** Install into the user's folder. */
  readonly user?: boolean;
  readonly prefix?: string;
  readonly root?: string;
  readonly target?: string;
  /** Virtual environments that earlier commands made. */
  readonly environments: ReadonlySet<string>;
}

/** Where pip installs to (sysconfig's schemes; Debian's `posix_local`). */
export function pythonPlace(command: RunCommand, system: StageSystem, options: PlaceOptions): PythonPlace {
  const minor = pythonMinor(command, system);
  const version = minor === undefined ? 'python3' : `python3.${minor}`;
  const root = options.root ?? '';
  if (options.target !== undefined) {
    return { minor, site: cleanPath(root + options.target), programs: cleanPath(`${root}${options.target}/bin`) };
  }
  const below = (prefix: string, folder = 'site-packages'): PythonPlace => ({
    minor,
    site: cleanPath(`${root}${prefix}/lib/${version}/${folder}`),
    programs: cleanPath(`${root}${prefix}/bin`),
  });
  if (options.prefix !== undefined) return below(options.prefix);
  const environment = virtualEnvironment(command, options.environments);
  if (environment !== undefined) return below(environment);
  const conda = condaFolder(command, system);
  if (conda !== undefined) return below(conda);
  const system3 = !ownInterpreter(command, system);
  // Without the right to write into the system's folder pip installs for the user (pip 20 and later).
  if (options.user || !isRoot(command)) return below(`${homeFolder(command)}/.local`);
  if (!system3) return below('/usr/local');
  switch (system.distribution) {
    case 'debian':
    case 'ubuntu':
      return below('/usr/local', 'dist-packages');
    case 'alpine':
      return below('/usr');
    default:
      return below('/usr/local');
  }
}

/** Folder of a cache that follows the XDG rules: `~/.cache/NAME`. */
export function userCache(command: RunCommand, name: string): string {
  const base = command.environment.get('XDG_CACHE_HOME');
  return base?.startsWith('/') ? cleanPath(`${base}/${name}`) : cleanPath(`${homeFolder(command)}/.cache/${name}`);
}
