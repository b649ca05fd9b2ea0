/** `poetry.lock` and `Pipfile.lock`: the packages with their versions; neither tells sizes. */
import { t } from '../localize';
import type { LockedPackage } from './python-closure';
import { evaluateMarker, type MarkerEnvironment } from './python-marker';
import { normalizedName } from './python-requirement';
import { readToml, tableOf, tablesOf, textOf, textsOf } from './toml-file';

export type PythonLockReading =
  | { readonly kind: 'read'; readonly packages: readonly LockedPackage[] }
  | { readonly kind: 'unreadable'; readonly reason: string };

type Environment = Omit<MarkerEnvironment, 'extras'>;

/** Larger lock files are not read: those of a thousand packages have three million characters at most. */
const mostCharacters = 16_000_000;

export interface PoetrySelection {
  readonly environment: Environment;
  /** Takes a package of these groups (`main`, `dev`); lock files before Poetry 2 need the manifest to tell groups. */
  readonly takesGroup: (group: string) => boolean;
  readonly extras: readonly string[] | 'all';
  /** Text of `pyproject.toml`, when known. */
  readonly manifest: string | undefined;
}

/** Packages that `poetry install` takes of a lock file (python-poetry `packages/locker.py`; lock versions 1.1, 2.0 and 2.1). */
export function readPoetryLock(text: string, selection: PoetrySelection): PythonLockReading {
  const root = readToml(text);
  const version = textOf(tableOf(root?.metadata)?.['lock-version']);
  if (root === undefined || version === undefined)
    return { kind: 'unreadable', reason: t('{0} is cut off or damaged', 'poetry.lock') };
  if (!/^[12]\./.test(version)) {
    return {
      kind: 'unreadable',
      reason: t('{0} has version {1} of its format, which is not known', 'poetry.lock', version),
    };
  }
  const entries = tablesOf(root.package);
  const chosen = version.startsWith('2.1') ? undefined : reachable(entries, selection);
  const packages: LockedPackage[] = [];
  for (const entry of entries) {
    const name = normalizedName(textOf(entry.name) ?? '');
    const groups = textsOf(entry.groups);
    const category = textOf(entry.category);
    const taken =
      groups.length > 0
        ? groups.some(selection.takesGroup)
        : category !== undefined
          ? selection.takesGroup(category)
          : chosen === undefined || chosen.has(name);
    if (!taken) continue;
    const marker = textOf(entry.markers) ?? textOf(tableOf(entry.markers)?.main);
    const truth =
      marker === undefined ? true : evaluateMarker(marker, { ...selection.environment, extras: extrasOf(selection) });
    if (truth === false || (entry.optional === true && selection.extras !== 'all' && selection.extras.length === 0))
      continue;
    packages.push({ name, version: textOf(entry.version), perhaps: truth === undefined || entry.optional === true });
  }
  return { kind: 'read', packages };
}

function extrasOf({ extras }: PoetrySelection): readonly string[] {
  return extras === 'all' ? [] : extras;
}

/** Names that the manifest's groups lead to; undefined when the manifest does not tell. */
function reachable(
  entries: readonly Readonly<Record<string, unknown>>[],
  selection: PoetrySelection,
): ReadonlySet<string> | undefined {
  const poetry = tableOf(tableOf(readToml(selection.manifest ?? '')?.tool)?.poetry);
  if (poetry === undefined) return undefined;
  const queue: string[] = [];
  const take = (group: string, dependencies: unknown): void => {
    if (selection.takesGroup(group)) queue.push(...Object.keys(tableOf(dependencies) ?? {}).map(normalizedName));
  };
  take('main', poetry.dependencies);
  take('dev', poetry['dev-dependencies']);
  for (const [group, table] of Object.entries(tableOf(poetry.group) ?? {})) take(group, tableOf(table)?.dependencies);
  const dependencies = new Map(
    entries.map((entry) => [
      normalizedName(textOf(entry.name) ?? ''),
      Object.keys(tableOf(entry.dependencies) ?? {}).map(normalizedName),
    ]),
  );
  const seen = new Set<string>();
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    queue.push(...(dependencies.get(name) ?? []));
  }
  return seen;
}

/** Packages of a `Pipfile.lock` (pipfile-spec 6): the default ones, and those for development where wanted. */
export function readPipfileLock(text: string, development: boolean, environment: Environment): PythonLockReading {
  const root = text.length > mostCharacters ? undefined : parseJson(text);
  const meta = tableOf(root?._meta);
  if (root === undefined || meta === undefined)
    return { kind: 'unreadable', reason: t('{0} is cut off or damaged', 'Pipfile.lock') };
  const version = meta['pipfile-spec'];
  if (version !== 6) {
    return {
      kind: 'unreadable',
      reason: t('{0} has version {1} of its format, which is not known', 'Pipfile.lock', String(version)),
    };
  }
  const packages = new Map<string, LockedPackage>();
  for (const section of development ? ['default', 'develop'] : ['default']) {
    for (const [written, value] of Object.entries(tableOf(root[section]) ?? {}).slice(0, 20_000)) {
      const entry = tableOf(value);
      const marker = textOf(entry?.markers);
      const truth = marker === undefined ? true : evaluateMarker(marker, { ...environment, extras: [] });
      const name = normalizedName(written);
      if (truth !== false)
        packages.set(name, { name, version: textOf(entry?.version)?.replace(/^==/, ''), perhaps: truth === undefined });
    }
  }
  return { kind: 'read', packages: [...packages.values()] };
}

function parseJson(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return tableOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}
