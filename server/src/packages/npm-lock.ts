/**
 * `package-lock.json` and `npm-shrinkwrap.json`, versions 1 to 3, as npm's documentation of the file describes them
 * (https://docs.npmjs.com/cli/configuring-npm/package-lock-json) and `@npmcli/arborist`, `lib/shrinkwrap.js`, reads them.
 */
import {
  bytesOf,
  isPackageName,
  type LockedPackage,
  type LockReading,
  maximumPackages,
  namesOf,
  type PackageOrigin,
  recordOf,
  rememberingReader,
  shortText,
} from './node-lock';

type Entry = Readonly<Record<string, unknown>>;

/** Reads the text of a lock file of npm. Never throws; the last few texts are remembered. */
export const readNpmLock = rememberingReader((text): LockReading => {
  const lock = recordOf(parsed(text));
  if (lock === undefined) return { kind: 'problem', problem: 'not readable' };
  const version = typeof lock.lockfileVersion === 'number' ? lock.lockfileVersion : 1;
  if (version > 3) return { kind: 'problem', problem: 'newer version' };
  const folders = recordOf(lock.packages);
  const form = `package-lock.json, version ${version}`;
  if (folders !== undefined) {
    return { kind: 'lock', form, packages: fromFolders(folders), incomplete: false };
  }
  const tree = recordOf(lock.dependencies);
  if (tree === undefined && version > 1) return { kind: 'problem', problem: 'not readable' };
  return { kind: 'lock', form, packages: fromTree(tree ?? {}), incomplete: true } satisfies LockReading;
});

function parsed(text: string): unknown {
  try {
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text) as unknown;
  } catch {
    return undefined;
  }
}

/** The folder's package name: what follows the last `node_modules/`; undefined when the path would leave the project. */
function folderName(location: string): string | undefined {
  const at = location.lastIndexOf('node_modules/');
  const name = at < 0 ? undefined : location.slice(at + 'node_modules/'.length);
  if (name === undefined || !isPackageName(name)) return undefined;
  return location.startsWith('/') || location.split('/').includes('..') ? undefined : name;
}

function originOf(resolved: string | undefined, version: string): PackageOrigin {
  if (resolved === undefined)
    return /^file:/.test(version) ? 'local' : /^git|^github:/.test(version) ? 'git' : 'registry';
  if (resolved.startsWith('file:')) return 'local';
  if (/^git[+:@]|^github:|^ssh:/.test(resolved)) return 'git';
  // A registry keeps `name.tgz` in a folder `-`; other registries have other paths, and their lock entries an integrity all the same.
  return /^https?:/.test(resolved) && !/\.tgz(?:$|[?#])|\/-\/|\/download\//.test(resolved) ? 'url' : 'registry';
}

/** Bytes of an entry in the hidden lock file: JSON indented by two, two levels deep, a comma and a line end after it. */
function entryBytes(location: string, entry: Entry): number {
  const text = JSON.stringify({ [location]: entry }, undefined, 2);
  const inner = text.slice(2, -2);
  const lines = inner.split('\n').length;
  return bytesOf(inner) + 2 * lines + 2;
}

function fromFolders(folders: Entry): readonly LockedPackage[] {
  const packages: LockedPackage[] = [];
  for (const [location, value] of Object.entries(folders)) {
    const entry = recordOf(value);
    const folder = folderName(location);
    if (entry === undefined || folder === undefined) continue;
    if (packages.length >= maximumPackages) break;
    const resolved = shortText(entry.resolved);
    const named = shortText(entry.name);
    const version = shortText(entry.version) ?? '';
    const link = entry.link === true;
    packages.push({
      location,
      name: named !== undefined && isPackageName(named) ? named : folder,
      version,
      origin: link ? 'local' : originOf(resolved, version),
      link,
      bundled: entry.inBundle === true,
      dev: entry.dev === true,
      optional: entry.optional === true,
      devOptional: entry.devOptional === true,
      peer: entry.peer === true,
      installScript: entry.hasInstallScript === true,
      os: namesOf(entry.os),
      cpu: namesOf(entry.cpu),
      libc: namesOf(entry.libc),
      entryBytes: entryBytes(location, entry),
      ...(link && resolved !== undefined && { target: resolved }),
      ...(resolved !== undefined && { resolved }),
    });
  }
  return packages;
}

/** Version 1: `dependencies`, nested as the folders are. It has no `os` and no install scripts. */
function fromTree(tree: Entry): readonly LockedPackage[] {
  const packages: LockedPackage[] = [];
  const visit = (dependencies: Entry, above: string, depth: number): void => {
    for (const [folder, value] of Object.entries(dependencies)) {
      const entry = recordOf(value);
      if (entry === undefined || !isPackageName(folder) || packages.length >= maximumPackages) continue;
      const location = `${above}node_modules/${folder}`;
      const written = shortText(entry.version) ?? '';
      const alias = /^npm:(.+)@([^@]+)$/.exec(written);
      const resolved = shortText(entry.resolved);
      const origin = originOf(resolved, written);
      packages.push({
        location,
        name: alias?.[1] !== undefined && isPackageName(alias[1]) ? alias[1] : folder,
        version: alias?.[2] ?? written,
        origin,
        link: origin === 'local' && !/\.t(?:ar\.)?gz$/.test(written),
        bundled: entry.bundled === true,
        dev: entry.dev === true,
        optional: entry.optional === true,
        devOptional: false,
        peer: false,
        installScript: false,
        os: [],
        cpu: [],
        libc: [],
        ...(resolved !== undefined && { resolved }),
      });
      const inner = recordOf(entry.dependencies);
      if (inner !== undefined && depth < 200) visit(inner, `${location}/`, depth + 1);
    }
  };
  visit(tree, '', 0);
  return packages;
}
