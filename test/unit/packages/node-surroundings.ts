/** A stage in memory for the tests of Node's package managers. */
import type {
  Answer,
  PackageEffect,
  PackageIndexes,
  ProviderSurroundings,
  ReleaseSize,
  StageSystem,
} from '../../../server/src/packages/types';
import type { RunCommand } from '../../../server/src/shell/types';

const unknown = { state: 'unknown', reason: 'offline' } as const;

/** Sizes that a registry tells, by `name@version`. Bytes. */
export function registryOf(sizes: Readonly<Record<string, number>>): PackageIndexes {
  const npm = (name: string, version: string): Answer<ReleaseSize> => {
    const bytes = sizes[`${name}@${version}`];
    if (bytes === undefined) return unknown;
    const unpacked = { bytes, low: bytes, high: bytes, basis: 'computed' } as const;
    return { state: 'ready', value: { unpacked, archive: null }, basis: 'computed', source: 'a registry' };
  };
  return { distribution: () => unknown, npm, pypi: () => unknown, url: () => unknown };
}

export interface StageOptions {
  readonly files?: Readonly<Record<string, string>>;
  readonly pending?: readonly string[];
  readonly sizes?: Readonly<Record<string, number>>;
  readonly system?: Partial<StageSystem>;
  readonly mounted?: readonly string[];
  readonly memory?: unknown;
}

export function stage(options: StageOptions = {}): ProviderSurroundings {
  const files = options.files ?? {};
  return {
    system: { architecture: 'amd64', distribution: 'debian', ...options.system },
    files: {
      readText: (path) => (options.pending?.includes(path) ? 'pending' : files[path]),
      exists: (path) => (path in files ? true : undefined),
      list: (path) =>
        Object.keys(files)
          .filter((each) => each.startsWith(`${path}/`))
          .map((each) => each.slice(path.length + 1).split('/')[0] ?? ''),
      sizeOf: () => ({ bytes: 0, low: 0, high: 0, basis: 'exact' }),
    },
    mounted: options.mounted ?? [],
    indexes: registryOf(options.sizes ?? {}),
    installed: () => undefined,
    memory: options.memory,
  };
}

/** A command as the shell reader gives it; words are split at spaces, `$NAME` is a word that nobody knows. */
export function command(text: string, more: Partial<RunCommand> = {}): RunCommand {
  const [name = '', ...words] = text.split(' ');
  return {
    name,
    program: name,
    words: words.map((word) => (word.startsWith('$') ? { text: word } : { text: word, value: word })),
    redirections: [],
    occurrence: 'runs',
    directory: '/app',
    environment: new Map(),
    user: 'root',
    start: 0,
    end: text.length,
    ...more,
  };
}

/** Bytes of the parts whose path begins so; their best figures. */
export function bytesBelow(effect: PackageEffect, prefix: string): number {
  let bytes = 0;
  for (const { path, size } of effect.writes) if (path.startsWith(prefix)) bytes += size.bytes ?? 0;
  return bytes;
}

/** Paths with a package, sorted. */
export function packagePaths(effect: PackageEffect): readonly string[] {
  return effect.writes.flatMap((part) => (part.package === undefined ? [] : [part.path])).sort();
}
