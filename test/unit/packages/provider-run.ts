/** Runs a provider on one command line, with files in memory. */

import type {
  PackageEffect,
  PackageIndexes,
  PackageProvider,
  SizeRange,
  StageSystem,
} from '../../../server/src/packages/types';
import { interpretLine } from './command-line';

export interface RunSetting {
  readonly files?: Readonly<Record<string, string | number>>;
  readonly directory?: string;
  readonly user?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly system?: Partial<StageSystem>;
  readonly memory?: unknown;
  readonly mounted?: readonly string[];
  readonly indexes?: Partial<PackageIndexes>;
}

const offline: PackageIndexes = {
  distribution: () => ({ state: 'unknown', reason: 'offline' }),
  npm: () => ({ state: 'unknown', reason: 'offline' }),
  pypi: () => ({ state: 'unknown', reason: 'offline' }),
  url: () => ({ state: 'unknown', reason: 'offline' }),
};

/** The effect of a command line; a file given as a number has so many bytes and no text. */
export function runProvider(provider: PackageProvider, line: string, setting: RunSetting = {}): PackageEffect {
  const files = new Map(Object.entries(setting.files ?? {}));
  const bytesOf = (content: string | number): number => (typeof content === 'number' ? content : content.length);
  const command = interpretLine(line, setting.directory ?? '/app', setting.user ?? 'root', setting.environment ?? {});
  return provider.effect(command, {
    system: { architecture: 'amd64', ...setting.system },
    files: {
      readText: (path) => {
        const content = files.get(path);
        return typeof content === 'string' ? content : undefined;
      },
      exists: (path) => [...files.keys()].some((file) => file === path || file.startsWith(`${path}/`)),
      list: (path) => [
        ...new Set(
          [...files.keys()]
            .filter((file) => file.startsWith(`${path}/`))
            .map((file) => file.slice(path.length + 1).split('/')[0] ?? ''),
        ),
      ],
      sizeOf: (path): SizeRange => {
        const bytes = [...files]
          .filter(([file]) => file === path || file.startsWith(`${path}/`))
          .reduce((sum, [, content]) => sum + bytesOf(content), 0);
        return { bytes, low: bytes, high: bytes, basis: 'exact' };
      },
    },
    mounted: setting.mounted ?? [],
    indexes: { ...offline, ...setting.indexes },
    installed: () => undefined,
    memory: setting.memory,
  });
}

/** Sum of the writes. */
export function total(effect: PackageEffect): { bytes: number | null; low: number; high: number | null } {
  let bytes: number | null = 0;
  let low = 0;
  let high: number | null = 0;
  for (const { size } of effect.writes) {
    bytes = bytes === null || size.bytes === null ? null : bytes + size.bytes;
    low += size.low;
    high = high === null || size.high === null ? null : high + size.high;
  }
  return { bytes, low, high };
}
