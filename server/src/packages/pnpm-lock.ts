/** `pnpm-lock.yaml`, versions 5 to 9, as https://github.com/pnpm/spec describes them. */
import { load } from 'js-yaml';
import type { GraphPackage, GraphRoot } from './node-graph';
import {
  isPackageName,
  maximumPackages,
  namesOf,
  type PackageOrigin,
  recordOf,
  rememberingReader,
  shortText,
} from './node-lock';

export interface PnpmImporter {
  readonly production: GraphRoot;
  readonly development: GraphRoot;
}

export type PnpmReading =
  | {
      readonly kind: 'lock';
      readonly form: string;
      readonly graph: ReadonlyMap<string, GraphPackage>;
      /** By their folder relative to the lock file; `.` is its own. */
      readonly importers: ReadonlyMap<string, PnpmImporter>;
      /** Bytes of the lock file. */
      readonly bytes: number;
    }
  | { readonly kind: 'problem'; readonly problem: 'not readable' | 'too large' | 'newer version' };

type Entry = Readonly<Record<string, unknown>>;

/** Reads a lock file of pnpm. Never throws; the last few texts are remembered. */
export const readPnpmLock: (text: string) => PnpmReading = rememberingReader(readAnew);

function readAnew(text: string): PnpmReading {
  let lock: Entry | undefined;
  try {
    lock = recordOf(load(text));
  } catch {
    lock = undefined;
  }
  if (lock === undefined) return { kind: 'problem', problem: 'not readable' };
  const version = Number.parseFloat(String(lock.lockfileVersion ?? ''));
  if (!(version >= 5)) return { kind: 'problem', problem: 'not readable' };
  if (version >= 10) return { kind: 'problem', problem: 'newer version' };
  const entries = recordOf(lock.packages) ?? {};
  const snapshots = recordOf(lock.snapshots) ?? entries;
  const graph = new Map<string, GraphPackage>();
  for (const [key, value] of Object.entries(snapshots).slice(0, maximumPackages)) {
    const id = key.replace(/^\//, '');
    const split = nameAndVersion(id, version);
    if (split === undefined) continue;
    const snapshot = recordOf(value) ?? {};
    const about = snapshots === entries ? snapshot : (recordOf(entries[id.replace(/\(.*$/, '')]) ?? {});
    graph.set(id, packageOf(id, split, about, snapshot, version));
  }
  const listed = recordOf(lock.importers) ?? { '.': lock };
  const importers = new Map<string, PnpmImporter>();
  for (const [folder, value] of Object.entries(listed).slice(0, 5000)) {
    const importer = recordOf(value) ?? {};
    importers.set(folder, {
      production: rootOf(
        [importer.dependencies, importer.optionalDependencies],
        importer.optionalDependencies,
        version,
      ),
      development: rootOf([importer.devDependencies], undefined, version),
    });
  }
  return { kind: 'lock', form: `pnpm-lock.yaml, version ${version}`, graph, importers, bytes: text.length };
}

/** `@scope/name@1.0.0(peer@2.0.0)` (6 and later), `@scope/name/1.0.0_peer@2.0.0` (5). */
function nameAndVersion(id: string, version: number): readonly [name: string, version: string] | undefined {
  const bare = id.replace(/\(.*$/, '');
  const pattern = version < 6 ? /^((?:@[^/]+\/)?[^/]+)\/([^_]+)(?:_.*)?$/ : /^((?:@[^/]+\/)?[^@/]+)@(.+)$/;
  const [, name, release] = pattern.exec(bare) ?? [];
  if (name === undefined || release === undefined) {
    const last = bare.split('/').pop() ?? '';
    return last === '' ? undefined : [/^[\w.-]+$/.test(last) ? last : 'package', ''];
  }
  return isPackageName(name) ? [name, release] : undefined;
}

function originOf(resolution: Entry | undefined, release: string): PackageOrigin {
  if (resolution === undefined) return 'registry';
  if (typeof resolution.directory === 'string') return 'local';
  if (typeof resolution.repo === 'string' || typeof resolution.commit === 'string') return 'git';
  return typeof resolution.tarball === 'string' && /^(?:https?|file|git)/.test(release) ? 'url' : 'registry';
}

function packageOf(
  id: string,
  [name, release]: readonly [string, string],
  about: Entry,
  snapshot: Entry,
  version: number,
): GraphPackage {
  const { dependencies, optional } = rootOf(
    [snapshot.dependencies, snapshot.optionalDependencies],
    snapshot.optionalDependencies,
    version,
  );
  return {
    id,
    name,
    version: release,
    origin: originOf(recordOf(about.resolution), release),
    dependencies,
    optional,
    installScript: about.requiresBuild === true,
    os: namesOf(about.os),
    cpu: namesOf(about.cpu),
    libc: namesOf(about.libc),
  };
}

/** Ids of what maps from names to versions name; links to folders of the project have none. */
function rootOf(maps: readonly unknown[], optional: unknown, version: number): GraphRoot {
  const dependencies = new Map<string, string>();
  for (const map of maps) {
    for (const [name, value] of Object.entries(recordOf(map) ?? {})) {
      const written = shortText(value) ?? shortText(recordOf(value)?.version);
      if (written === undefined || !isPackageName(name) || /^link:/.test(written)) continue;
      dependencies.set(name, idOf(name, written, version));
    }
  }
  return { dependencies, optional: new Set(Object.keys(recordOf(optional) ?? {})) };
}

function idOf(name: string, written: string, version: number): string {
  if (written.startsWith('/')) return written.slice(1);
  if (version < 6) return /^\d/.test(written) ? `${name}/${written}` : written;
  // An alias or an archive is written whole: `other@1.0.0`, `https://…`, `@scope/name@file:…`.
  return /^(?:@[^/]+\/)?[^@(/]+@/.test(written) || /^\w+:/.test(written) ? written : `${name}@${written}`;
}
