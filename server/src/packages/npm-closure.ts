/** What is asked for on command lines and in manifests, and the releases that the shipped table has for it. */
import { isPackageName, recordOf } from './node-lock';
import { compareVersions, newestShipped, shippedRelease, versionNumbers } from './npm-shipped';

/** What is asked for on a command line or in a manifest. */
export interface WantedPackage {
  readonly name: string;
  /** Range, tag or version as written; empty for none. */
  readonly range: string;
}

/** What a project asks for itself. */
export interface RootWant extends WantedPackage {
  /** Folder below `node_modules`: the name, or its alias. */
  readonly folder: string;
  readonly kind: 'production' | 'development' | 'optional';
}

/** `@scope/name@^1.2`, `name`, `alias@npm:name@1`; undefined for git, URLs, folders and archives. */
export function wantedOf(specifier: string): WantedPackage | undefined {
  const [, name = '', range = ''] = /^((?:@[^@/]+\/)?[^@/]+)(?:@(.*))?$/.exec(specifier) ?? [];
  const alias = /^npm:((?:@[^@/]+\/)?[^@/]+)(?:@(.*))?$/.exec(range);
  if (alias?.[1] !== undefined) return wantedOf(`${alias[1]}@${alias[2] ?? ''}`);
  if (!isPackageName(name) || /[:/]/.test(range)) return undefined;
  return { name, range };
}

/** `npm install` of a specifier: {@link wantedOf} as a want of the project. */
export function rootWantOf(specifier: string): RootWant | undefined {
  const want = wantedOf(specifier);
  const [folder = ''] = /^(?:@[^@/]+\/)?[^@/]+/.exec(specifier) ?? [];
  return want === undefined || !isPackageName(folder) ? undefined : { ...want, folder, kind: 'production' };
}

const kindsOfManifest = {
  peerDependencies: 'production',
  devDependencies: 'development',
  dependencies: 'production',
  optionalDependencies: 'optional',
} as const;

/**
 * All that a `package.json` asks for, for development too; what comes from no registry is named. Undefined when it cannot be read.
 */
export function manifestDependencies(text: string):
  | {
      readonly wanted: readonly RootWant[];
      readonly others: readonly string[];
      /** Projects in folders below belong to it. */
      readonly workspaces: boolean;
    }
  | undefined {
  let manifest: ReturnType<typeof recordOf>;
  try {
    manifest = recordOf(JSON.parse(text.replace(/^\uFEFF/, '')) as unknown);
  } catch {
    return undefined;
  }
  if (manifest === undefined) return undefined;
  const wanted = new Map<string, RootWant>();
  const others: string[] = [];
  for (const [field, kind] of Object.entries(kindsOfManifest)) {
    for (const [folder, range] of Object.entries(recordOf(manifest[field]) ?? {}).slice(0, 2000)) {
      const one = typeof range === 'string' ? rootWantOf(`${folder}@${range}`) : undefined;
      if (one === undefined) others.push(folder);
      else wanted.set(folder, { ...one, kind });
    }
  }
  return { wanted: [...wanted.values()], others, workspaces: manifest.workspaces !== undefined };
}

/** The oldest version that a range allows, which tells the major release: `^4.17.1` is 4.17.1. Undefined for tags and `*`. */
function versionOfRange(range: string): string | undefined {
  return /\d+(?:\.\d+)*(?:-[\w.]+)?/.exec(range)?.[0];
}

/** The release that a range would get: the newest one of the table when it allows that, else the one nearest to it. */
export function releaseFor(name: string, range: string): string | undefined {
  const newest = newestShipped(name);
  const least = versionOfRange(range);
  if (newest === undefined) return undefined;
  if (least === undefined || /^\s*>/.test(range)) return newest;
  if (/^\s*[v=]?\d+\.\d+\.\d+\S*\s*$/.test(range)) return range.trim().replace(/^[v=]+/, '');
  if (versionNumbers(least)[0] === versionNumbers(newest)[0] && compareVersions(newest, least) >= 0) return newest;
  return shippedRelease(name, least)?.version;
}
