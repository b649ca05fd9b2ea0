/** What npm would install without a lock file, as far as the shipped table knows the packages: their newest releases and what these need. */
import { isPackageName, type LockedPackage, recordOf } from './node-lock';
import { compareVersions, newestShipped, shippedRelease, versionNumbers } from './npm-shipped';

/** What is asked for on a command line or in a manifest. */
export interface WantedPackage {
  readonly name: string;
  /** Range, tag or version as written; empty for none. */
  readonly range: string;
}

export interface Closure {
  readonly packages: readonly LockedPackage[];
  /** Wanted packages, or needed ones, of which the table knows nothing. */
  readonly missing: readonly string[];
}

/** `@scope/name@^1.2`, `name`, `alias@npm:name@1`; undefined for git, URLs, folders and archives. */
export function wantedOf(specifier: string): WantedPackage | undefined {
  const [, name = '', range = ''] = /^((?:@[^@/]+\/)?[^@/]+)(?:@(.*))?$/.exec(specifier) ?? [];
  const alias = /^npm:((?:@[^@/]+\/)?[^@/]+)(?:@(.*))?$/.exec(range);
  if (alias?.[1] !== undefined) return wantedOf(`${alias[1]}@${alias[2] ?? ''}`);
  if (!isPackageName(name) || /[:/]/.test(range)) return undefined;
  return { name, range };
}

/** The dependencies of a `package.json`; those that are no registry packages are named. Undefined when it cannot be read. */
export function manifestDependencies(
  text: string,
  omitted: { readonly dev: boolean; readonly optional: boolean },
): { readonly wanted: readonly WantedPackage[]; readonly others: readonly string[] } | undefined {
  let manifest: ReturnType<typeof recordOf>;
  try {
    manifest = recordOf(JSON.parse(text.replace(/^\uFEFF/, '')) as unknown);
  } catch {
    return undefined;
  }
  if (manifest === undefined) return undefined;
  const wanted: WantedPackage[] = [];
  const others: string[] = [];
  const kinds = [
    'dependencies',
    ...(omitted.dev ? [] : ['devDependencies']),
    ...(omitted.optional ? [] : ['optionalDependencies']),
  ];
  for (const kind of kinds) {
    for (const [name, range] of Object.entries(recordOf(manifest[kind]) ?? {}).slice(0, 2000)) {
      const one = typeof range === 'string' ? wantedOf(`${name}@${range}`) : undefined;
      if (one === undefined) others.push(name);
      else wanted.push(one);
    }
  }
  return { wanted, others };
}

/** The oldest version that a range allows, which tells the major release: `^4.17.1` is 4.17.1. Undefined for tags and `*`. */
function versionOfRange(range: string): string | undefined {
  return /\d+(?:\.\d+)*(?:-[\w.]+)?/.exec(range)?.[0];
}

/** The release that a range would get: the newest one of the table when it allows that, else the one nearest to it. */
function releaseFor(name: string, range: string): string | undefined {
  const newest = newestShipped(name)?.version;
  const least = versionOfRange(range);
  if (newest === undefined) return undefined;
  if (least === undefined || /^\s*>/.test(range)) return newest;
  if (/^\s*[v=]?\d+\.\d+\.\d+\S*\s*$/.test(range)) return range.trim().replace(/^[v=]+/, '');
  if (versionNumbers(least)[0] === versionNumbers(newest)[0] && compareVersions(newest, least) >= 0) return newest;
  return shippedRelease(name, least)?.version;
}

/** Packages and what they need, each once, in the folder `node_modules` above which they lie. */
export function closureOf(wanted: readonly WantedPackage[]): Closure {
  const packages: LockedPackage[] = [];
  const missing: string[] = [];
  const seen = new Set<string>();
  const queue = [...wanted];
  for (let one = queue.shift(); one !== undefined; one = queue.shift()) {
    if (seen.has(one.name)) continue;
    seen.add(one.name);
    const version = releaseFor(one.name, one.range);
    if (version === undefined) missing.push(one.name);
    packages.push(placed(one.name, version ?? ''));
    for (const name of newestShipped(one.name)?.dependencies ?? []) queue.push({ name, range: '' });
  }
  return { packages, missing };
}

function placed(name: string, version: string): LockedPackage {
  return {
    location: `node_modules/${name}`,
    name,
    version,
    origin: 'registry',
    link: false,
    bundled: false,
    dev: false,
    optional: true,
    devOptional: false,
    peer: false,
    installScript: false,
    os: [],
    cpu: [],
    libc: [],
  };
}
