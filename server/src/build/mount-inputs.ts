/**
 * What the mounts of one RUN show, and in which order the builder lists them (dockerfile2llb/convert_runmount.go: dispatchRunMounts;
 * client/llb/exec.go: Marshal; solver/llbsolver/ops/exec.go: getMountDeps).
 */
import type { CopyOrigin, ExecuteOperation, ResolvedMount } from './types';

/** The last value of an option under any of its names, expanded; '' for a bare one. */
export function mountOption(mount: ResolvedMount, ...keys: readonly string[]): string | undefined {
  return mount.options.findLast(([key]) => keys.includes(key))?.[1];
}

/** User, group and mode of what is mounted: nothing given, or what is given over the defaults. */
export function ownerOf(mount: ResolvedMount, mode: number): readonly [number, number, number] | undefined {
  const [uid, gid, written] = ['uid', 'gid', 'mode'].map((key) => mountOption(mount, key));
  if (uid === undefined && gid === undefined && written === undefined) return undefined;
  return [Number(uid ?? 0), Number(gid ?? 0), written === undefined ? mode : Number.parseInt(written, 8)];
}

/** A cache with an owner and no source is a directory of its own, made by a step that only depends on the owner (setCacheUIDGID). */
export function cacheOwner(mount: ResolvedMount): readonly [number, number, number] | undefined {
  return mount.type === 'cache' && mount.source === '' ? ownerOf(mount, 0o755) : undefined;
}

/** What mounts of one RUN read from one place; the builder takes one digest over all of it. */
export interface MountInput {
  readonly origin: CopyOrigin;
  /** Paths in the origin, clean, in bytewise order, none inside another; '' alone for everything. */
  readonly sources: readonly string[];
}

function originName(origin: CopyOrigin): string {
  switch (origin.kind) {
    case 'context':
      return 'context';
    case 'stage':
      return `stage ${origin.stage}`;
    case 'image':
      return `image ${origin.reference}`;
  }
}

/** Bind, cache and tmpfs mounts by target; their order in the Dockerfile does not matter (exec.go: Marshal, "make sure mounts are sorted"). */
export function sortedByTarget(operation: ExecuteOperation): readonly ResolvedMount[] {
  return operation.mounts
    .filter((mount) => mount.type !== 'secret' && mount.type !== 'ssh')
    .toSorted((left, right) => (left.target < right.target ? -1 : left.target > right.target ? 1 : 0));
}

function inputOf(mount: ResolvedMount): { readonly name: string; readonly origin: CopyOrigin } | undefined {
  if ((mount.type !== 'bind' && mount.type !== 'cache') || mount.origin.kind === 'none') return undefined;
  const owner = cacheOwner(mount);
  return { name: `${originName(mount.origin)} ${owner?.join() ?? ''}`, origin: mount.origin };
}

/** Of several paths those that lie in none of the others (exec.go: dedupePaths, toSelectors). */
function outermost(paths: readonly string[]): readonly string[] {
  if (paths.includes('')) return [''];
  const kept = [...new Set(paths)].filter((path) => !paths.some((other) => path.startsWith(`${other}/`)));
  return kept.toSorted((left, right) => (left < right ? -1 : left > right ? 1 : 0));
}

/**
 * What RUN reads through bind mounts, and through cache mounts that begin as the contents of a stage or image. All of it goes by content:
 * where the mounts lead to is in the key, where their sources lie is not (exec.go: getMountDeps).
 */
export function mountInputs(operation: ExecuteOperation): readonly MountInput[] {
  const inputs = new Map<string, { readonly origin: CopyOrigin; readonly paths: string[] }>();
  for (const mount of sortedByTarget(operation)) {
    const input = inputOf(mount);
    if (input === undefined) continue;
    const path = cacheOwner(mount) === undefined ? mount.source : 'cache';
    const known = inputs.get(input.name);
    if (known === undefined) inputs.set(input.name, { origin: input.origin, paths: [path] });
    else known.paths.push(path);
  }
  return [...inputs.values()].map(({ origin, paths }) => ({ origin, sources: outermost(paths) }));
}

/** Number of the input that a mount shows, in the order in which the definition lists them. */
export function inputNumbers(operation: ExecuteOperation): ReadonlyMap<ResolvedMount, number> {
  const names = new Map<string, number>();
  const numbers = new Map<ResolvedMount, number>();
  for (const mount of sortedByTarget(operation)) {
    const input = inputOf(mount);
    if (input === undefined) continue;
    const number = names.get(input.name) ?? names.size + 1;
    names.set(input.name, number);
    numbers.set(mount, number);
  }
  return numbers;
}

/** Mounts in an order that does not depend on how they are written, for telling what changed. */
export function sortedMounts(operation: ExecuteOperation): readonly ResolvedMount[] {
  return [
    ...sortedByTarget(operation),
    ...operation.mounts.filter((mount) => mount.type === 'secret' || mount.type === 'ssh'),
  ];
}
