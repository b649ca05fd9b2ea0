/**
 * The mounts of RUN as they enter its cache key (dockerfile2llb/convert_runmount.go: dispatchRunMounts; convert_secrets.go:
 * dispatchSecret; convert_ssh.go: dispatchSSH; client/llb/exec.go: Marshal; solver/llbsolver/ops/exec.go: CacheMap, getMountDeps).
 */
import { cacheOwner, inputNumbers, mountOption, ownerOf, sortedByTarget } from '../build/mount-inputs';
import { baseName, cleanPath } from '../build/paths';
import type { ExecuteOperation, ResolvedMount } from '../build/types';
import type { Canonical } from './normalise';

function isSet(mount: ResolvedMount, key: string): boolean {
  const value = mountOption(mount, key);
  return value !== undefined && (value === '' || /^(1|t|true)$/i.test(value));
}

function writtenTarget(mount: ResolvedMount): string {
  return mountOption(mount, 'target', 'dst', 'destination') ?? '';
}

/**
 * The identity of a cache in the key. It counts only where it is the default, after a namespace or not: any other identity or sharing is
 * cleared, so that two named caches are the same to the key, but a named one and the default differ (exec.go: checkShouldClearCacheOpts).
 */
function cacheIdentity(mount: ResolvedMount, namespace: string): string {
  const named = mountOption(mount, 'id') ?? '';
  const identity = `${namespace}/${named === '' ? cleanPath(writtenTarget(mount)) : named}`;
  const sharing = (mountOption(mount, 'sharing') ?? '').toLowerCase();
  const withoutNamespace = identity.slice(identity.indexOf('/') + 1);
  const isDefault = identity === mount.target || withoutNamespace === mount.target;
  return isDefault && (sharing === '' || sharing === 'shared') ? identity : '';
}

const sizeUnits: readonly string[] = ['', 'k', 'm', 'g', 't', 'p'];

/** Bytes of a size such as `10m` (docker/go-units: RAMInBytes); one that can't be read is itself. */
function sizeInBytes(written: string): Canonical {
  const found = /^(\d+(?:\.\d+)?)\s*([kmgtp]?)(?:i?b)?$/i.exec(written.trim());
  if (found === null) return written;
  const [, amount = '0', unit = ''] = found;
  const power = sizeUnits.indexOf(unit.toLowerCase());
  return Math.trunc(Number(amount) * 1024 ** power);
}

function secretIdentity(mount: ResolvedMount): string {
  const source = mountOption(mount, 'source', 'src') ?? '';
  const id = source === '' ? (mountOption(mount, 'id') ?? '') : source;
  return id === '' ? baseName(writtenTarget(mount)) : id;
}

function secretFile(mount: ResolvedMount): readonly Canonical[] {
  const id = secretIdentity(mount);
  const written = writtenTarget(mount);
  if (mountOption(mount, 'env') !== undefined && written === '') return [];
  const target = written === '' ? `/run/secrets/${baseName(id)}` : written;
  return [['secret', target, id, !isSet(mount, 'required'), ownerOf(mount, 0o400) ?? [0, 0, 0o400]]];
}

/** All mounts of RUN for its key; the sources of what they show are no part of it. */
export function mountParts(operation: ExecuteOperation, cacheNamespace: string): Canonical {
  const numbers = inputNumbers(operation);
  const shown = sortedByTarget(operation).map((mount): Canonical => {
    const input = numbers.get(mount) ?? 0;
    switch (mount.type) {
      case 'cache':
        return [
          'cache',
          mount.target,
          mount.readOnly,
          cacheIdentity(mount, cacheNamespace),
          input,
          cacheOwner(mount) ?? null,
        ];
      case 'tmpfs':
        return ['tmpfs', mount.target, mount.readOnly, sizeInBytes(mountOption(mount, 'size') ?? '0')];
      default:
        return ['bind', mount.target, mount.readOnly, input];
    }
  });
  // Secrets and agents are listed as written, those that only set a variable in a list of their own.
  const secrets = operation.mounts.filter((mount) => mount.type === 'secret');
  const variables = secrets.flatMap((mount): Canonical[] => {
    const name = mountOption(mount, 'env');
    return name === undefined ? [] : [[secretIdentity(mount), name, !isSet(mount, 'required')]];
  });
  const agents = operation.mounts
    .filter((mount) => mount.type === 'ssh')
    .map((mount, index): Canonical => {
      const written = writtenTarget(mount);
      const target = written === '' ? `/run/buildkit/ssh_agent.${index}` : written;
      return [
        'ssh',
        target,
        mountOption(mount, 'id') ?? '',
        !isSet(mount, 'required'),
        ownerOf(mount, 0o600) ?? [0, 0, 0o600],
      ];
    });
  return [shown, secrets.flatMap(secretFile), agents, variables];
}
