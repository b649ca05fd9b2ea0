/**
 * Sizes of packages that are installed on this disk: what `node_modules` of the project holds is what an install of the same release
 * writes. Read only when asked for, away from any request.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { t } from '../localize';
import { isPackageName, maximumPackages, recordOf, shortText } from '../packages/node-lock';
import { ranged } from '../packages/node-pool';
import type { ReleaseSize } from '../packages/types';
import type { IndexQuestions } from './package-indexes';

export interface InstalledModules {
  /** The size of a release as installed; undefined when it is not, or its files cannot be told from other packages'. */
  size(name: string, version: string): Promise<ReleaseSize | undefined>;
}

/** More files than any package has that people install. */
const mostFiles = 50_000;
const mostLockBytes = 64_000_000;
/** Folders that are read at a time. */
const atATime = 4;

/** Reads nothing until asked. `folder`: the project's, with `node_modules` in it. */
export function createInstalledModules(folder: string): InstalledModules {
  let places: Promise<Places> | undefined;
  const sizes = new Map<string, Promise<ReleaseSize | undefined>>();
  let free = atATime;
  const waiting: (() => void)[] = [];
  const inTurn = async <Value>(work: () => Promise<Value>): Promise<Value> => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    else free -= 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
  const measure = async (name: string, version: string): Promise<ReleaseSize | undefined> => {
    places ??= readPlaces(folder);
    const { exists, locations, mixed } = await places;
    if (!exists || !isPackageName(name)) return undefined;
    const known = locations.get(`${name}@${version}`);
    if (known !== undefined) return mixed.has(known) ? undefined : inTurn(() => measureFolder(join(folder, known)));
    // Without npm's own list (Yarn, pnpm): where these managers put it, if that is the release.
    const linked = join(folder, 'node_modules/.pnpm', `${name.replace('/', '+')}@${version}`, 'node_modules', name);
    for (const place of locations.size > 0 ? [] : [linked, join(folder, 'node_modules', name)]) {
      if ((await versionAt(place)) === version) return inTurn(() => measureFolder(place));
    }
    return undefined;
  };
  return {
    size(name, version) {
      const key = `${name}@${version}`;
      const known = sizes.get(key) ?? measure(name, version);
      sizes.set(key, known);
      return known;
    },
  };
}

interface Places {
  /** `node_modules` is there. */
  readonly exists: boolean;
  /** By `name@version`, relative to the project. */
  readonly locations: ReadonlyMap<string, string>;
  /** Folders in which packages of their own archive lie among others. */
  readonly mixed: ReadonlySet<string>;
}

/** npm's list of what it installed, `node_modules/.package-lock.json`. */
async function readPlaces(folder: string): Promise<Places> {
  const locations = new Map<string, string>();
  const mixed = new Set<string>();
  const exists = await isFolder(join(folder, 'node_modules'));
  const text = exists ? await textOf(join(folder, 'node_modules/.package-lock.json'), mostLockBytes) : undefined;
  let packages: Readonly<Record<string, unknown>> = {};
  try {
    packages = recordOf(recordOf(text === undefined ? undefined : JSON.parse(text))?.packages) ?? {};
  } catch {
    packages = {};
  }
  for (const [location, value] of Object.entries(packages).slice(0, maximumPackages)) {
    const entry = recordOf(value);
    const at = location.lastIndexOf('node_modules/');
    const name = shortText(entry?.name) ?? location.slice(at + 'node_modules/'.length);
    const version = shortText(entry?.version);
    if (at < 0 || version === undefined || !isPackageName(name) || location.split('/').includes('..')) continue;
    if (entry?.inBundle === true) mixed.add(location.slice(0, Math.max(0, at - 1)));
    else if (entry?.link !== true && !locations.has(`${name}@${version}`))
      locations.set(`${name}@${version}`, location);
  }
  return { exists, locations, mixed };
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

async function textOf(path: string, most: number): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true && found.size <= most
    ? await readFile(path, 'utf8').catch(() => undefined)
    : undefined;
}

async function versionAt(place: string): Promise<string | undefined> {
  const text = await textOf(join(place, 'package.json'), 1_000_000);
  try {
    return shortText(recordOf(text === undefined ? undefined : JSON.parse(text))?.version);
  } catch {
    return undefined;
  }
}

/** Bytes of the regular files below a folder, but for other packages in its `node_modules`. Links are not followed. */
async function measureFolder(top: string): Promise<ReleaseSize | undefined> {
  let bytes = 0;
  let files = 0;
  const folders = [top];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined);
    if (entries === undefined) return undefined;
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !(folder === top && entry.name === 'node_modules')) folders.push(path);
      if (!entry.isFile()) continue;
      const found = await stat(path).catch(() => undefined);
      if (found === undefined || files >= mostFiles) return undefined;
      bytes += found.size;
      files += 1;
    }
  }
  // Files that an install script made on another system count too; they are few and small but for fetched programs.
  return files === 0
    ? undefined
    : { unpacked: ranged(bytes, bytes * 0.99, bytes * 1.01, 'measured'), archive: null, files };
}

/** The same questions, those for npm packages answered from the disk where it can. */
export function askingDiskFirst(questions: IndexQuestions, modules: InstalledModules): IndexQuestions {
  return {
    ...questions,
    async npm(name, version, signal) {
      const size = await modules.size(name, version);
      if (size === undefined) return questions.npm(name, version, signal);
      const source = t('measured in node_modules on this disk');
      return { answer: { state: 'ready', value: size, basis: 'computed', source }, again: false };
    },
  };
}
