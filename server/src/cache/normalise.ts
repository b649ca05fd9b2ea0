/**
 * The parts of an operation that enter its cache key, normalised as BuildKit does before it digests them
 * (solver/llbsolver/ops/exec.go: CacheMap; ops/file.go: CacheMap). Contents and parents are added elsewhere.
 */
import { baseName, cleanPath } from '../build/paths';
import { remoteFileName } from '../build/remote';
import type {
  CopyOperation,
  ExecuteOperation,
  MakeDirectoryOperation,
  ResolvedMount,
  ResolvedSource,
  StepState,
} from '../build/types';
import { sha256Hex } from '../sha256';
import type { BuildOptions } from './types';

/** Plain JSON: strings, numbers and lists, always in the same order. */
export type Canonical = string | number | boolean | null | readonly Canonical[];

function optionOf(mount: ResolvedMount, ...keys: readonly string[]): string | undefined {
  return mount.options.findLast(([key]) => keys.includes(key))?.[1];
}

/**
 * A cache mount's id and sharing count only while both are the defaults: anything else is cleared, so that two named caches are the same
 * to the key, but a named one and the default differ (exec.go: CacheMap, "cacheopt").
 */
function cacheIdentity(mount: ResolvedMount): Canonical {
  const id = optionOf(mount, 'id');
  const sharing = optionOf(mount, 'sharing');
  const defaultId = id === undefined || id === '' || id === cleanPath(mount.target);
  const defaultSharing = sharing === undefined || sharing === '' || sharing === 'shared';
  return defaultId && defaultSharing ? 'default' : '';
}

function mountParts(mount: ResolvedMount): Canonical {
  const options = (...names: readonly string[]): Canonical => names.map((name) => optionOf(mount, name) ?? '');
  switch (mount.type) {
    case 'bind':
      return ['bind', mount.target, mount.readOnly];
    case 'cache':
      return ['cache', mount.target, mount.readOnly, cacheIdentity(mount), options('uid', 'gid', 'mode'), mount.source];
    case 'tmpfs':
      return ['tmpfs', mount.target, options('size')];
    case 'secret':
      return [
        'secret',
        mount.target,
        options('id', 'env', 'required', 'uid', 'gid', 'mode'),
        optionOf(mount, 'source', 'src') ?? '',
      ];
    case 'ssh':
      return ['ssh', mount.target, options('id', 'required', 'uid', 'gid', 'mode')];
  }
}

/** Mounts in the order in which the key has them: by target; the order in the Dockerfile does not matter. */
export function sortedMounts(operation: ExecuteOperation): readonly ResolvedMount[] {
  const rank = (mount: ResolvedMount) => `${mount.target} ${mount.type} ${optionOf(mount, 'id') ?? ''}`;
  return operation.mounts.toSorted((left, right) => (rank(left) < rank(right) ? -1 : rank(left) > rank(right) ? 1 : 0));
}

/** Steps between two ENV share one environment; it is digested once. */
const environmentDigests = new WeakMap<StepState['environment'], string>();

function environmentDigest(environment: StepState['environment']): string {
  let digest = environmentDigests.get(environment);
  if (digest === undefined) {
    digest = sha256Hex(JSON.stringify(environment.map(({ name, value }) => [name, value])));
    environmentDigests.set(environment, digest);
  }
  return digest;
}

/**
 * What the client gives for all RUN instructions (dockerui/config.go: keys of `opts`; convert.go: dispatchRun, toLLBOpts). Of hosts only the
 * names count, since the addresses are cleared (exec.go: CacheMap).
 */
function optionParts(operation: ExecuteOperation, options: BuildOptions): Canonical {
  const forced = options['force-network-mode'] ?? '';
  const network = operation.network === 'default' ? forced : operation.network;
  const hosts = (options['add-hosts'] ?? '')
    .split(',')
    .map((host) => host.slice(0, Math.max(host.indexOf('='), 0)))
    .filter((name) => name !== '');
  const rest = ['shm-size', 'ulimit', 'cgroup-parent', 'hostname'].map((name) => options[name] ?? '');
  return [network === '' ? 'default' : network, hosts, rest];
}

/**
 * RUN: argv, environment in order, workdir, user, mounts, network, security, platform, and what the client gives for all of them. Proxy
 * variables that were not declared never enter.
 */
export function executeParts(
  operation: ExecuteOperation,
  state: StepState,
  platform: string,
  options: BuildOptions,
): Canonical {
  return [
    'execute',
    operation.arguments,
    environmentDigest(state.environment),
    state.workdir,
    state.user,
    sortedMounts(operation).map(mountParts),
    optionParts(operation, options),
    operation.security,
    operation.inlineFiles.map(({ name, content }): Canonical => [name, content]),
    platform,
  ];
}

/** `0644` and `644` are one mode; a symbolic one is kept as written (convert_copy.go: dispatchCopy). */
function canonicalMode(mode: string | undefined): Canonical {
  if (mode === undefined) return null;
  return /^[0-7]+$/.test(mode) ? Number.parseInt(mode, 8) : mode;
}

function sourceParts(source: ResolvedSource, parents: boolean): Canonical {
  switch (source.kind) {
    case 'path':
      // With --parents the pattern itself is an include pattern; without, only the last part of the path is in the key.
      return ['path', parents ? source.written : source.path === '' ? '/' : baseName(source.path)];
    case 'heredoc':
      return ['heredoc', source.name, source.content];
    case 'url':
      return ['url', remoteFileName(source.url)];
    case 'git':
      return ['git', source.url];
  }
}

/** COPY and ADD: names, destination, owner, mode, flags. Neither environment nor user nor where the files come from. */
export function copyParts(operation: CopyOperation, epoch: string | undefined): Canonical {
  return [
    'copy',
    operation.sources.map((source) => sourceParts(source, operation.parents)),
    operation.destination,
    operation.owner ?? null,
    canonicalMode(operation.mode),
    operation.unpack,
    operation.parents,
    operation.exclude,
    operation.keepGitDirectory,
    epoch ?? null,
  ];
}

/** WORKDIR: the path without trailing slash, and who owns a directory that is made. */
export function makeDirectoryParts(operation: MakeDirectoryOperation, epoch: string | undefined): Canonical {
  return ['make-directory', cleanPath(operation.path), operation.owner, epoch ?? null];
}
