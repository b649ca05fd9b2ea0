/** `uv.lock`: packages with their versions, dependencies and the sizes of their archives. */
import { t } from '../localize';
import { unknownBytes } from './byte-range';
import { wheelRank } from './pypi-release';
import { evaluateMarker, type MarkerEnvironment } from './python-marker';
import { normalizedName } from './python-requirement';
import { unpackedOfWheel } from './python-size';
import { countOf, readToml, type TomlTable, tableOf, tablesOf, textOf, textsOf } from './toml-file';
import type { ReleaseSize } from './types';

export interface LockedPython {
  readonly name: string;
  readonly version: string | undefined;
  readonly release: ReleaseSize;
  readonly perhaps: boolean;
}

export type LockReading =
  | { readonly kind: 'read'; readonly packages: readonly LockedPython[] }
  | { readonly kind: 'unreadable'; readonly reason: string };

export interface LockSelection {
  readonly environment: Omit<MarkerEnvironment, 'extras'>;
  /** Dependency groups besides the project's own dependencies. */
  readonly groups: readonly string[] | 'all';
  readonly withoutGroups: readonly string[];
  readonly extras: readonly string[] | 'all';
  /** Only the groups named, not the project's own dependencies. */
  readonly onlyGroups: boolean;
}

/**
 * The packages that `uv sync` installs of a lock file (docs.astral.sh/uv, resolver internals: "Lockfile"). Version 1 of the format is read;
 * another one is named in the reason.
 */
export function readUvLock(text: string, selection: LockSelection): LockReading {
  const root = readToml(text);
  if (root === undefined) return { kind: 'unreadable', reason: t('{0} is cut off or damaged', 'uv.lock') };
  if (root.version !== 1) {
    return {
      kind: 'unreadable',
      reason: t('{0} has version {1} of its format, which is not known', 'uv.lock', String(root.version)),
    };
  }
  const entries = new Map<string, TomlTable[]>();
  for (const entry of tablesOf(root.package)) {
    const name = normalizedName(textOf(entry.name) ?? '');
    entries.set(name, [...(entries.get(name) ?? []), entry]);
  }
  const roots = [...entries.values()].flat().filter(isProject);
  const found = new Map<string, LockedPython>();
  const queue: { entry: TomlTable; extras: readonly string[]; perhaps: boolean }[] = [];
  const seen = new Set<string>();
  const follow = (dependencies: readonly TomlTable[], extras: readonly string[], perhaps: boolean): void => {
    for (const dependency of dependencies) {
      const marker = textOf(dependency.marker);
      const truth = marker === undefined ? true : evaluateMarker(marker, { ...selection.environment, extras });
      const name = normalizedName(textOf(dependency.name) ?? '');
      const version = textOf(dependency.version);
      const choices = (entries.get(name) ?? []).filter((entry) => version === undefined || entry.version === version);
      if (truth === false) continue;
      for (const entry of choices) {
        queue.push({
          entry,
          extras: textsOf(dependency.extra),
          perhaps: perhaps || truth === undefined || choices.length > 1,
        });
      }
    }
  };
  for (const project of roots) {
    const wanted =
      selection.extras === 'all' ? Object.keys(tableOf(project['optional-dependencies']) ?? {}) : selection.extras;
    if (!selection.onlyGroups) {
      follow(tablesOf(project.dependencies), [], false);
      for (const extra of wanted) follow(tablesOf(tableOf(project['optional-dependencies'])?.[extra]), [extra], false);
    }
    const groups = tableOf(project['dev-dependencies']) ?? {};
    for (const group of selection.groups === 'all' ? Object.keys(groups) : selection.groups) {
      if (!selection.withoutGroups.includes(group)) follow(tablesOf(groups[group]), [], false);
    }
  }
  for (let index = 0; index < queue.length && index < 100_000; index += 1) {
    const next = queue[index];
    if (next === undefined) break;
    const name = normalizedName(textOf(next.entry.name) ?? '');
    const version = textOf(next.entry.version);
    const key = `${name} ${version ?? ''} ${next.extras.join()} ${next.perhaps}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const known = found.get(`${name} ${version ?? ''}`);
    const perhaps = next.perhaps && (known?.perhaps ?? true);
    if (!isProject(next.entry))
      found.set(`${name} ${version ?? ''}`, { name, version, release: releaseOf(next.entry), perhaps });
    follow(tablesOf(next.entry.dependencies), next.extras, perhaps);
    const optional = tableOf(next.entry['optional-dependencies']);
    for (const extra of next.extras) follow(tablesOf(optional?.[extra]), next.extras, perhaps);
  }
  return { kind: 'read', packages: [...found.values()] };
}

/** The project itself and members of its workspace. */
function isProject(entry: TomlTable): boolean {
  const source = tableOf(entry.source);
  return source !== undefined && (source.virtual !== undefined || source.editable !== undefined);
}

/** The wheel that Linux x86-64 takes, by its size in the lock file. */
function releaseOf(entry: TomlTable): ReleaseSize {
  let best: { name: string; size: number | undefined; rank: number } | undefined;
  for (const wheel of tablesOf(entry.wheels, 500)) {
    const url = textOf(wheel.url) ?? textOf(wheel.filename) ?? textOf(wheel.path) ?? '';
    const name = decodeURIComponentSafely(url.slice(url.lastIndexOf('/') + 1));
    const rank = wheelRank(name);
    if (rank >= 0 && (best === undefined || rank > best.rank)) best = { name, size: countOf(wheel.size), rank };
  }
  const source = countOf(tableOf(entry.sdist)?.size);
  const archive = best === undefined ? source : best.size;
  const pure = best?.name.endsWith('-any.whl') ?? false;
  const kind = best === undefined ? 'source' : pure ? 'pure' : 'platform';
  return {
    unpacked: archive === undefined ? unknownBytes : unpackedOfWheel(archive, kind),
    archive: archive ?? null,
    requires: [],
    ...(best !== undefined && { pure }),
  };
}

function decodeURIComponentSafely(text: string): string {
  return text.replace(/%2B/gi, '+').replace(/%21/g, '!');
}
