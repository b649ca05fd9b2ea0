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
  ResolvedSource,
  StepState,
} from '../build/types';
import { sha256Hex } from '../sha256';
import { mountParts } from './mount-parts';
import type { BuildOptions } from './types';

/** Plain JSON: strings, numbers and lists, always in the same order. */
export type Canonical = string | number | boolean | null | readonly Canonical[];

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

/** Namespace of cache mounts among the options of keys. */
const cacheNamespace = 'cache-namespace';

/**
 * What the builder is told for all steps, as keys take it: the client's options, and the build arguments that are options too
 * (dockerui/config.go: init). An empty host name is none.
 */
export function keyOptions(
  options: BuildOptions,
  buildArguments: Readonly<Record<string, string | undefined>>,
): BuildOptions {
  const hostname = buildArguments.BUILDKIT_SANDBOX_HOSTNAME ?? '';
  const namespace = buildArguments.BUILDKIT_CACHE_MOUNT_NS ?? '';
  return {
    ...options,
    ...(hostname === '' ? {} : { hostname }),
    ...(namespace === '' ? {} : { [cacheNamespace]: namespace }),
  };
}

/**
 * What the client put in place of the stage or image of this name (`--build-context NAME=…`), or undefined (dockerui/config.go: NamedContext;
 * images are looked up by their familiar name, without `:latest`).
 */
export function namedContext(options: BuildOptions, name: string): string | undefined {
  const familiar = name.replace(/^(docker\.io\/)?(library\/)?/, '').replace(/:latest$/, '');
  return options[`context:${name}`] ?? options[`context:${name.toLowerCase()}`] ?? options[`context:${familiar}`];
}

function networkOf(operation: ExecuteOperation, options: BuildOptions): string {
  const forced = options['force-network-mode'] ?? '';
  const network = operation.network.toLowerCase() === 'default' ? forced : operation.network.toLowerCase();
  return network === '' || network === 'sandbox' || network === 'default' ? 'default' : network;
}

/**
 * What the client gives for all RUN instructions (dockerui/config.go: keys of `opts`; convert.go: dispatchRun). Of hosts only the names
 * count, in order, since the addresses are cleared (exec.go: CacheMap).
 */
function optionParts(operation: ExecuteOperation, options: BuildOptions): Canonical {
  const hosts = (options['add-hosts'] ?? '')
    .split(',')
    .map((host) => host.slice(0, Math.max(host.indexOf('='), 0)))
    .filter((name) => name !== '');
  const memory = Number(options['shm-size'] ?? 0);
  const rest = ['ulimit', 'cgroup-parent', 'hostname'].map((name) => options[name] ?? '');
  return [networkOf(operation, options), hosts, Number.isNaN(memory) ? (options['shm-size'] ?? '') : memory, rest];
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
    mountParts(operation, options[cacheNamespace] ?? ''),
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

/**
 * An owner as numbers where it is written as numbers, else as names (client/llb/fileop.go: WithUser, parseUID): `root` is 0, an empty
 * group after the colon is 0, no group is none.
 */
function canonicalOwner(owner: string | undefined): Canonical {
  if (owner === undefined || owner === '') return null;
  const at = owner.indexOf(':');
  const names = at < 0 ? [owner] : [owner.slice(0, at), owner.slice(at + 1)];
  return names.map((name): Canonical => {
    if (name === 'root' || name === '') return 0;
    return /^[+-]?\d+$/.test(name) && Math.abs(Number(name)) < 2 ** 31 ? Number(name) : name;
  });
}

/** A destination as the definition has it: clean, a slash or `/.` at the end kept (client/llb/fileop.go: normalizePath). */
function canonicalDestination(path: string): string {
  const clean = cleanPath(path);
  if (path.endsWith('/')) return clean.endsWith('/') ? clean : `${clean}/`;
  if (path.endsWith('/.')) return clean === '/' ? '/.' : `${clean}/.`;
  return clean;
}

function sourceParts(source: ResolvedSource, operation: CopyOperation): Canonical {
  switch (source.kind) {
    case 'path':
      // With --parents the pattern itself is an include pattern; without, only the last part of the path is in the key.
      return operation.parents
        ? ['parents', source.written, operation.unpack]
        : ['path', source.path === '' ? '/' : baseName(source.path), operation.unpack];
    case 'heredoc':
      return ['heredoc', source.name, source.content];
    case 'url':
      return ['url', remoteFileName(source.url), operation.unpackRemote];
    case 'git':
      // Which repository and commit is no part of it: what is fetched goes by content.
      return ['git'];
  }
}

/**
 * COPY and ADD: names, destination, owner, mode, flags. Neither environment nor user nor where the files come from, and not the epoch
 * either: only WORKDIR gives what it makes a time (convert.go: dispatchWorkdir).
 */
export function copyParts(operation: CopyOperation): Canonical {
  return [
    'copy',
    operation.sources.map((source) => sourceParts(source, operation)),
    canonicalDestination(operation.destination),
    canonicalOwner(operation.owner),
    canonicalMode(operation.mode),
    operation.exclude,
  ];
}

/**
 * What tells the contents of a remote source without asking for it, or undefined: a checksum, or the commit of a repository together with
 * what is taken of it (source/http, source/git: shaToCacheKey).
 */
export function remoteIdentity(source: ResolvedSource, operation: CopyOperation): Canonical | undefined {
  switch (source.kind) {
    case 'url':
      return operation.checksum === undefined ? undefined : ['file', operation.checksum];
    case 'git': {
      const [remote = '', fragment = ''] = source.url.split('#');
      const [reference = '', folder = ''] = fragment.split(':');
      const commit = /^[0-9a-f]{40}$/.test(reference) ? reference : operation.checksum;
      if (commit === undefined) return undefined;
      return ['repository', commit, folder, operation.keepGitDirectory ? [remote, reference] : null];
    }
    case 'path':
    case 'heredoc':
      return undefined;
  }
}

/** WORKDIR: the clean path, who owns a directory that is made, and the time that it gets. */
export function makeDirectoryParts(operation: MakeDirectoryOperation, epoch: string | undefined): Canonical {
  return ['make-directory', cleanPath(operation.path), canonicalOwner(operation.owner), epoch ?? null];
}
