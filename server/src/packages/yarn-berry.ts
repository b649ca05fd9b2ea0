/** What Yarn 2 and later (https://yarnpkg.com) install: folders, links to a store, or archives with Plug'n'Play. */
import { load } from 'js-yaml';
import { cleanPath } from '../build/paths';
import { t } from '../localize';
import { effectOf } from './node-effects';
import { type GraphPackage, type GraphRoot, hoisted, lockedAt, reachable } from './node-graph';
import { type LockedPackage, recordOf, shortText } from './node-lock';
import { fitsPlatform } from './node-platform';
import { ranged } from './node-pool';
import { type PackageTree, totalOf, widened } from './node-tree';
import type { PackageEffect, WrittenPart } from './types';
import { type Found, type Lock, loosened, platform, sentences, treeOf, type YarnCommand } from './yarn-command';

interface BerrySettings {
  readonly linker: 'node-modules' | 'pnp' | 'pnpm';
  /** Absolute; undefined: the user's. */
  readonly cache: string;
}

/** https://yarnpkg.com/configuration/yarnrc */
function berrySettings(one: YarnCommand, { lock, at }: Found): BerrySettings {
  const text = one.surroundings.files.readText(cleanPath(`${at}/.yarnrc.yml`));
  let file: Readonly<Record<string, unknown>> = {};
  try {
    file = text === undefined || text === 'pending' ? {} : (recordOf(load(text)) ?? {});
  } catch {
    file = {};
  }
  const variable = (name: string): string | undefined => one.command.environment.get(name);
  const linker = variable('YARN_NODE_LINKER') ?? shortText(file.nodeLinker);
  const global = variable('YARN_ENABLE_GLOBAL_CACHE') ?? file.enableGlobalCache;
  // Yarn 4 shares one cache between projects, Yarn 2 and 3 keep one in each.
  const isGlobal = global === undefined ? /^1\d/.test(lock.cacheKey ?? '') : String(global) === 'true';
  const given = variable('YARN_CACHE_FOLDER') ?? shortText(file.cacheFolder);
  const globalFolder = variable('YARN_GLOBAL_FOLDER') ?? shortText(file.globalFolder) ?? `${one.home}/.yarn/berry`;
  const cache = isGlobal ? `${globalFolder}/cache` : (given ?? '.yarn/cache');
  return {
    linker: linker === 'node-modules' || linker === 'pnpm' ? linker : 'pnp',
    cache: cleanPath(cache.startsWith('/') ? cache : `${at}/${cache}`),
  };
}

/** The effect of an install with a lock file of Yarn 2 and later. */
export function installBerry(one: YarnCommand, found: Found, root: GraphRoot): PackageEffect {
  const { lock, at } = found;
  const { linker, cache } = berrySettings(one, found);
  const releases = fetchedByBerry(one, lock, root);
  const locations = releases.map((each) => lockedAt(`node_modules/${each.id}`, each));
  const archived = treeOf(one, '/', locations);
  const count = releases.length;
  const files = archived.parts.reduce((sum, part) => sum + (part.files ?? 20), 0);
  // Level 0 stores files as they are, each with two headers and its path twice; `mixed` compresses them.
  const stored = /c0$/.test(lock.cacheKey ?? '');
  const unpacked = totalOf(archived.parts.map(({ size }) => size));
  const zips = stored
    ? totalOf([unpacked, ranged(files * 190, files * 150, files * 260, 'estimated')])
    : totalOf([widened(archived.archives, 0.1), ranged(files * 190, files * 150, files * 260, 'estimated')]);
  const base = at === '/' ? '' : at;
  const writes: WrittenPart[] = [
    { path: cache, kind: 'tree', size: zips, files: count, label: t('cache of Yarn') },
    {
      path: `${base}/.yarn/install-state.gz`,
      kind: 'file',
      size: ranged(lock.bytes * 2.4, lock.bytes * 1.2, lock.bytes * 3.5, 'estimated'),
    },
  ];
  let tree = archived;
  let placed = count;
  if (linker === 'pnp') {
    writes.push(
      ...unplugged(archived, releases, base),
      {
        path: `${base}/.pnp.cjs`,
        kind: 'file',
        size: ranged(320e3 + 700 * count, 250e3 + 350 * count, 420e3 + 1300 * count, 'estimated'),
      },
      { path: `${base}/.pnp.loader.mjs`, kind: 'file', size: ranged(72e3, 50e3, 90e3, 'estimated') },
    );
  } else {
    const packages = linker === 'pnpm' ? storeLocations(locations) : hoisted(lock.graph, root, platform(one));
    tree = treeOf(one, at, packages);
    placed = packages.length;
    writes.push(...loosened(tree, 0.02), {
      path: `${base}/node_modules/.yarn-state.yml`,
      kind: 'file',
      size: ranged(95 * placed, 70 * placed, 200 * placed, 'estimated'),
    });
  }
  return effectOf({ writes, evidence: sentences(one, lock, placed, tree), needs: archived.needs });
}

/** Packages known to ask for folders of their own (`preferUnplugged`, install scripts). */
const unpluggedNames = new Set(
  'prettier node-gyp nodemon esbuild sharp @swc/core prisma @prisma/client @prisma/engines electron puppeteer core-js protobufjs nx'.split(
    ' ',
  ),
);

/** What Plug'n'Play unpacks all the same: programs for one platform, and packages that ask for it. */
function unplugged(tree: PackageTree, releases: readonly GraphPackage[], base: string): readonly WrittenPart[] {
  const native = new Set(releases.flatMap(({ name, os, cpu }) => (os.length + cpu.length > 0 ? [name] : [])));
  return tree.parts.flatMap((part) => {
    const name = part.package?.name ?? '';
    if (!native.has(name) && !unpluggedNames.has(name)) return [];
    const folder = `${name.replace('/', '-')}-npm-${part.package?.version ?? ''}`;
    return [{ ...part, path: `${base}/.yarn/unplugged/${folder}/node_modules/${name}` }];
  });
}

/** Every entry of the lock file whose conditions hold, patched packages beside their originals; after `focus` what is needed alone. */
function fetchedByBerry(one: YarnCommand, lock: Lock, root: GraphRoot): readonly GraphPackage[] {
  const all =
    one.line.verb === 'workspaces'
      ? [...reachable(lock.graph, [root], platform(one)).keys()]
      : [...lock.graph.values()].filter((each) => fitsPlatform(each, platform(one)));
  return all.filter(({ origin }) => origin !== 'local');
}

function storeLocations(packages: readonly LockedPackage[]): readonly LockedPackage[] {
  return packages.map((each) => ({
    ...each,
    location: `node_modules/.store/${each.name.replace('/', '-')}-npm-${each.version}/package`,
  }));
}
