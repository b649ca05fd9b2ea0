/**
 * `yarn.lock` of Yarn 1 and of Yarn 2 and later, through Yarn's own parser. Neither names folders: they come from `node-graph.ts`.
 */
import { parseSyml } from '@yarnpkg/parsers';
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

export type YarnReading =
  | {
      readonly kind: 'lock';
      readonly form: string;
      /** Of Yarn 2 and later. */
      readonly berry: boolean;
      /** `10c0`: version of the cache's archives and their compression; absent in Yarn 1. */
      readonly cacheKey?: string;
      readonly graph: ReadonlyMap<string, GraphPackage>;
      /** What a descriptor, `name@range`, is resolved to. */
      readonly resolutions: ReadonlyMap<string, string>;
      /** Bytes of the lock file. */
      readonly bytes: number;
    }
  | { readonly kind: 'problem'; readonly problem: 'not readable' | 'too large' | 'newer version' };

/** Reads a lock file of Yarn. Never throws; the last few texts are remembered. */
export const readYarnLock: (text: string) => YarnReading = rememberingReader(readAnew);

function readAnew(text: string): YarnReading {
  let lock: Readonly<Record<string, unknown>> | undefined;
  try {
    lock = recordOf(parseSyml(text));
  } catch {
    lock = undefined;
  }
  if (lock === undefined || (Object.keys(lock).length === 0 && !/yarn lockfile/.test(text))) {
    return { kind: 'problem', problem: 'not readable' };
  }
  const metadata = recordOf(lock.__metadata);
  const version = Number(metadata?.version ?? 1);
  if (metadata !== undefined && !(version <= 20)) return { kind: 'problem', problem: 'newer version' };
  const berry = metadata !== undefined;
  const entries = Object.entries(lock).filter(([key]) => key !== '__metadata');
  const graph = new Map<string, GraphPackage>();
  const resolutions = new Map<string, string>();
  for (const [key, value] of entries.slice(0, maximumPackages)) {
    const entry = recordOf(value);
    const one = entry === undefined ? undefined : packageOf(key, entry, berry);
    if (one === undefined) continue;
    graph.set(one.id, one);
    for (const descriptor of key.split(/,\s*/)) resolutions.set(descriptor, one.id);
  }
  const cacheKey = shortText(metadata?.cacheKey);
  return {
    kind: 'lock',
    form: berry ? `yarn.lock, version ${version}` : 'yarn.lock, version 1',
    berry,
    graph: linked(graph, resolutions),
    resolutions,
    bytes: text.length,
    ...(cacheKey !== undefined && { cacheKey }),
  };
}

/** Dependencies as descriptors until all entries are read; then as ids. */
function packageOf(key: string, entry: Readonly<Record<string, unknown>>, berry: boolean): GraphPackage | undefined {
  const [first = ''] = key.split(/,\s*/);
  const resolution = shortText(entry.resolution);
  const named = berry ? resolution : aliasOf(first);
  const [, name, reference = ''] = /^((?:@[^/@]+\/)?[^@/]+)@(.*)$/.exec(named ?? first) ?? [];
  const version = shortText(entry.version) ?? '';
  if (name === undefined || !isPackageName(name)) return undefined;
  const descriptors = new Map<string, string>();
  for (const map of [entry.dependencies, entry.optionalDependencies]) {
    for (const [dependency, range] of Object.entries(recordOf(map) ?? {})) {
      if (typeof range === 'string' && isPackageName(dependency)) descriptors.set(dependency, `${dependency}@${range}`);
    }
  }
  const meta = Object.entries(recordOf(entry.dependenciesMeta) ?? {});
  const optional = new Set([
    ...Object.keys(recordOf(entry.optionalDependencies) ?? {}),
    ...meta.flatMap(([dependency, about]) => (String(recordOf(about)?.optional) === 'true' ? [dependency] : [])),
  ]);
  const conditions = shortText(entry.conditions) ?? '';
  const condition = (field: string): readonly string[] =>
    [...conditions.matchAll(new RegExp(`\\b${field}=([\\w!-]+)`, 'g'))].map((match) => match[1] ?? '');
  return {
    id: berry ? (resolution ?? first) : `${name}@${version}`,
    name,
    version,
    origin: berry ? berryOrigin(reference) : originOf(shortText(entry.resolved)),
    dependencies: descriptors,
    optional,
    installScript: false,
    os: [...namesOf(entry.os), ...condition('os')],
    cpu: [...namesOf(entry.cpu), ...condition('cpu')],
    libc: [...namesOf(entry.libc), ...condition('libc')],
  };
}

/** `alias@npm:name@range` is the package `name`. */
function aliasOf(descriptor: string): string {
  return /^(?:@[^/@]+\/)?[^@/]+@npm:((?:@[^/@]+\/)?[^@/]+@.*)$/.exec(descriptor)?.[1] ?? descriptor;
}

function originOf(resolved: string | undefined): PackageOrigin {
  if (resolved === undefined) return 'local';
  if (/^git|\.git(?:#|$)|codeload\.github\.com/.test(resolved)) return 'git';
  return /^https?:/.test(resolved) ? 'registry' : 'local';
}

function berryOrigin(reference: string): PackageOrigin {
  if (/^npm:/.test(reference)) return 'registry';
  if (/^patch:/.test(reference)) return 'registry';
  if (/^(?:workspace|link|portal|file):/.test(reference)) return 'local';
  return /git|^https?:.*#/.test(reference) ? 'git' : 'url';
}

function linked(
  graph: ReadonlyMap<string, GraphPackage>,
  resolutions: ReadonlyMap<string, string>,
): ReadonlyMap<string, GraphPackage> {
  const result = new Map<string, GraphPackage>();
  for (const [id, one] of graph) {
    const dependencies = new Map<string, string>();
    for (const [name, descriptor] of one.dependencies) {
      const found = resolve(descriptor, resolutions);
      if (found !== undefined) dependencies.set(name, found);
    }
    result.set(id, { ...one, dependencies });
  }
  return result;
}

/** Ranges of Yarn 2 and later carry their protocol in the lock file from version 8 on, before that only in its keys. */
function resolve(descriptor: string, resolutions: ReadonlyMap<string, string>): string | undefined {
  const direct = resolutions.get(descriptor);
  if (direct !== undefined) return direct;
  const at = descriptor.indexOf('@', 1);
  return resolutions.get(`${descriptor.slice(0, at)}@npm:${descriptor.slice(at + 1)}`);
}

/** What a manifest asks for, resolved by the lock file. Undefined when the manifest cannot be read. */
export function rootOfManifest(
  manifest: string,
  lock: YarnReading & { readonly kind: 'lock' },
  development: boolean,
): GraphRoot | undefined {
  let read: Readonly<Record<string, unknown>> | undefined;
  try {
    read = recordOf(JSON.parse(manifest.replace(/^\uFEFF/, '')) as unknown);
  } catch {
    read = undefined;
  }
  if (read === undefined) return undefined;
  const dependencies = new Map<string, string>();
  const overrides = recordOf(read.resolutions) ?? {};
  const kinds = [...(development ? ['devDependencies'] : []), 'optionalDependencies', 'dependencies'];
  for (const kind of kinds) {
    for (const [name, written] of Object.entries(recordOf(read[kind]) ?? {}).slice(0, 3000)) {
      const range = typeof overrides[name] === 'string' ? overrides[name] : written;
      const id = typeof range === 'string' ? resolve(`${name}@${range}`, lock.resolutions) : undefined;
      if (id !== undefined) dependencies.set(name, id);
    }
  }
  return { dependencies, optional: new Set(Object.keys(recordOf(read.optionalDependencies) ?? {})) };
}

/** Folders of a manifest's workspaces, as far as the listing of folders tells: `packages/*` is one level. */
export function workspaceFolders(manifest: string, list: (folder: string) => readonly string[]): readonly string[] {
  let patterns: readonly string[] = [];
  try {
    const written = recordOf(JSON.parse(manifest) as unknown)?.workspaces;
    patterns = namesOf(recordOf(written)?.packages ?? written);
  } catch {
    return [];
  }
  return patterns.flatMap((pattern) => {
    const bare = pattern.replace(/^\.\//, '').replace(/\/$/, '');
    if (bare.includes('..') || bare.startsWith('/')) return [];
    if (!/[*?{]/.test(bare)) return [bare];
    const base = bare.replace(/\/?[*?{].*$/, '');
    return list(base).map((name) => (base === '' ? name : `${base}/${name}`));
  });
}
