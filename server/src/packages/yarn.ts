/** Yarn 1 (https://classic.yarnpkg.com/docs) and Yarn 2 and later (https://yarnpkg.com), with folders or with Plug'n'Play. */
import { load } from 'js-yaml';
import { cleanPath } from '../build/paths';
import { t } from '../localize';
import type { RunCommand } from '../shell/types';
import { effectOf, notMounted, unknownEffect } from './node-effects';
import { type GraphPackage, type GraphRoot, hoisted, lockedAt, reachable } from './node-graph';
import { isTooLarge, type LockedPackage, lockProblem, recordOf, shortText } from './node-lock';
import { homeOf, isOn, readCommandLine } from './node-options';
import { fitsPlatform, type NodePlatform, platformOf } from './node-platform';
import { ranged, within } from './node-pool';
import { leftByRun } from './node-run';
import {
  chosenPackages,
  layOut,
  nothingOmitted,
  outermostWithout,
  type PackageTree,
  totalOf,
  widened,
} from './node-tree';
import { rootWantOf } from './npm-closure';
import { resolveWanted } from './npm-resolve';
import type { PackageEffect, PackageProvider, ProviderSurroundings, WrittenPart } from './types';
import { readYarnLock, rootOfManifest, workspaceFolders, type YarnReading } from './yarn-lock';

const valued = new Set([
  'cwd',
  'cache-folder',
  'network-timeout',
  'modules-folder',
  'network-concurrency',
  'mutex',
  'mode',
]);

interface YarnCommand {
  readonly command: RunCommand;
  readonly line: ReturnType<typeof readCommandLine>;
  /** Absolute. */
  readonly folder: string;
  readonly home: string;
  readonly development: boolean;
  readonly surroundings: ProviderSurroundings;
}

type Lock = YarnReading & { readonly kind: 'lock' };

export const yarn: PackageProvider = {
  manager: 'yarn',
  handles: (command) => command.name === 'yarn' || command.name === 'yarnpkg',
  effect(command, surroundings) {
    const line = readCommandLine(command, valued);
    const { directory } = command;
    if (directory === undefined || line.open) return unknownEffect(unknownSentence(command));
    const cwd = line.options.get('cwd');
    const folder = cleanPath(typeof cwd === 'string' ? (cwd.startsWith('/') ? cwd : `${directory}/${cwd}`) : directory);
    const production = line.options.get('production') ?? line.options.get('prod');
    const environment = command.environment.get('NODE_ENV') === 'production';
    const effect = effectOfVerb({
      command,
      line,
      folder,
      home: homeOf(command),
      development: production === undefined ? !environment : !isOn(production),
      surroundings,
    });
    return { ...effect, writes: notMounted(effect.writes, surroundings.mounted) };
  },
};

function unknownSentence(command: RunCommand): string {
  const text = [command.name ?? '', ...command.words.map((word) => word.text)].join(' ').slice(0, 80);
  return t('What {0} writes is known only after a build.', text);
}

function effectOfVerb(one: YarnCommand): PackageEffect {
  const { line, command } = one;
  const [first, second] = line.operands;
  switch (line.verb) {
    case undefined:
      return line.options.has('version') || line.options.has('v') || line.options.has('help')
        ? effectOf({})
        : install(one);
    case 'install':
      return install(one);
    case 'workspaces':
      if (first !== 'focus') return unknownEffect(unknownSentence(command));
      return install({ ...one, development: !isOn(line.options.get('production') ?? 'false') });
    case 'global':
      return first === 'add' ? addGlobally(one, line.operands.slice(1)) : effectOf({});
    case 'cache':
      return first === 'clean' || first === 'clear'
        ? effectOf({ removes: [classicCache(one), berryCache(one.home), cleanPath(`${one.folder}/.yarn/cache`)] })
        : effectOf({});
    case 'set':
      return first === 'version' && second !== undefined ? setVersion(one) : effectOf({});
    case 'config':
    case 'list':
    case 'info':
    case 'why':
    case 'versions':
    case 'help':
    case 'check':
    case 'audit':
    case 'outdated':
    case 'bin':
      return effectOf({});
    default: {
      const left = leftByRun(line.verb === 'run' ? line.operands[0] : line.verb, one.folder);
      return left === undefined ? unknownEffect(unknownSentence(command)) : effectOf(left);
    }
  }
}

/** Yarn 1, `src/constants.js`, and its folder of versions; root's cache is a system folder. */
function classicCache({ line, command, home }: YarnCommand): string {
  const option = line.options.get('cache-folder');
  const given = typeof option === 'string' ? option : command.environment.get('YARN_CACHE_FOLDER');
  if (given?.startsWith('/')) return cleanPath(given);
  return home === '/root' ? '/usr/local/share/.cache/yarn' : `${home}/.cache/yarn`;
}

function berryCache(home: string): string {
  return `${home}/.yarn/berry/cache`;
}

interface Found {
  readonly lock: Lock;
  readonly manifest: string;
  /** Absolute folder of both. */
  readonly at: string;
}

function find({ folder, surroundings: { files } }: YarnCommand): Found | PackageEffect {
  for (let at = folder; ; at = cleanPath(`${at}/..`)) {
    const paths = [cleanPath(`${at}/yarn.lock`), cleanPath(`${at}/package.json`)];
    const [text, manifest] = paths.map((path) => files.readText(path));
    if (text === 'pending' || (manifest === 'pending' && text !== undefined)) {
      return effectOf({ needs: paths.map((path) => ({ kind: 'file', path })) });
    }
    if (text !== undefined) {
      if (manifest === undefined || manifest === 'pending') {
        return unknownEffect(t('package.json in {0} is not known, so neither are the packages.', at));
      }
      const lock = readYarnLock(text);
      if (lock.kind === 'lock') return { lock, manifest, at };
      return unknownEffect(lockProblem('yarn.lock', lock.problem));
    }
    if (isTooLarge(cleanPath(`${at}/yarn.lock`), files)) {
      return unknownEffect(lockProblem('yarn.lock', 'too large'));
    }
    if (at === '/')
      return unknownEffect(t('{0} is not known, so neither are the packages.', cleanPath(`${folder}/yarn.lock`)));
  }
}

/** All that the project and its workspaces ask for; undefined when the manifest cannot be read. */
function rootOf(one: YarnCommand, { lock, manifest, at }: Found): GraphRoot | undefined {
  const { files } = one.surroundings;
  const own = rootOfManifest(manifest, lock, one.development);
  if (own === undefined) return undefined;
  const dependencies = new Map<string, string>();
  for (const folder of workspaceFolders(manifest, (name) => files.list(cleanPath(`${at}/${name}`)))) {
    const text = files.readText(cleanPath(`${at}/${folder}/package.json`));
    const root = text === undefined || text === 'pending' ? undefined : rootOfManifest(text, lock, one.development);
    for (const [name, id] of root?.dependencies ?? []) dependencies.set(name, id);
  }
  for (const [name, id] of own.dependencies) dependencies.set(name, id);
  return { dependencies, optional: own.optional };
}

function install(one: YarnCommand): PackageEffect {
  const found = find(one);
  if (!('lock' in found)) return found;
  const root = rootOf(one, found);
  if (root === undefined) return unknownEffect(t('{0} cannot be read.', 'package.json'));
  return found.lock.berry ? installBerry(one, found, root) : installClassic(one, found, root);
}

function sentences(one: YarnCommand, lock: Lock, packages: number, tree: PackageTree): readonly string[] {
  return [
    one.development
      ? t('{0} of {1} packages of {2}', packages, lock.graph.size, lock.form)
      : t('{0} of {1} packages of {2}, without development dependencies', packages, lock.graph.size, lock.form),
    ...tree.evidence,
  ];
}

function treeOf(one: YarnCommand, folder: string, packages: readonly LockedPackage[]): PackageTree {
  return layOut({
    manager: 'yarn',
    folder,
    home: one.home,
    packages,
    scripts: !one.line.options.has('ignore-scripts'),
    indexes: one.surroundings.indexes,
  });
}

function platform(one: YarnCommand): NodePlatform {
  return platformOf(one.surroundings.system);
}

/** Where doubles lie is a matter of ties that only Yarn breaks: their parts are less certain. */
function loosened(tree: PackageTree, share: number): readonly WrittenPart[] {
  return tree.parts.map((part) => {
    const { bytes, low, high, basis } = part.size;
    if (bytes === null || high === null) return part;
    return { ...part, size: ranged(bytes, low - bytes * share, high + bytes * share, basis) };
  });
}

/** Yarn 1 hoists the whole project and then leaves out what production does not need (`src/cli/commands/install.js`, `flattenTree`). */
function classicFolders(one: YarnCommand, found: Found, root: GraphRoot): readonly LockedPackage[] {
  const whole = one.development ? root : (rootOf({ ...one, development: true }, found) ?? root);
  const folders = hoisted(found.lock.graph, whole, platform(one));
  if (one.development) return folders;
  const needed = new Set([...reachable(found.lock.graph, [root], platform(one)).keys()].map(releaseName));
  return outermostWithout(folders, (locked) => !needed.has(releaseName(locked)));
}

function releaseName({ name, version }: { readonly name: string; readonly version: string }): string {
  return `${name}@${version}`;
}

function installClassic(one: YarnCommand, found: Found, root: GraphRoot): PackageEffect {
  const { lock, at } = found;
  const packages = classicFolders(one, found, root);
  // Yarn 1 fetches and keeps every release of the lock file that the project reaches, with its files unpacked and as an archive; what
  // production and the platform do not need it leaves out only afterwards (`src/cli/commands/install.js`, `fetchStep`).
  const whole = rootOf({ ...one, development: true }, found) ?? root;
  const releases = [...reachable(lock.graph, [whole], undefined).keys()];
  const tree = treeOf(one, at, packages);
  const cached = treeOf(
    one,
    '/',
    releases.map((each) => lockedAt(`node_modules/${each.name}@${each.version}`, each)),
  );
  const unpacked = totalOf(cached.parts.map(({ size }) => size));
  const count = releases.length;
  const cache = totalOf([
    unpacked,
    widened(cached.archives, 0.04),
    // Each has its manifest and the texts of its readme and licence once more, in `.yarn-metadata.json`.
    ranged(9000 * count, 5000 * count, 13_000 * count, 'estimated'),
  ]);
  const writes: WrittenPart[] = [
    ...loosened(tree, 0.02),
    {
      path: `${at === '/' ? '' : at}/node_modules/.yarn-integrity`,
      kind: 'file',
      size: within(lock.bytes * 0.5 + 500, 0.15, 'estimated'),
    },
    {
      path: `${classicCache(one)}/v6/${at === '/' ? 'root' : at.slice(1).replace(/\//g, '-')}`,
      kind: 'tree',
      size: cache,
      label: t('cache of Yarn'),
    },
    // Yarn 1 keeps its own program compiled (package `v8-compile-cache`).
    {
      path: '/tmp/v8-compile-cache-0',
      kind: 'tree',
      size: ranged(2.2e6, 1.6e6, 2.8e6, 'estimated'),
      label: t('compiled program of Yarn'),
    },
  ];
  return effectOf({ writes, evidence: sentences(one, lock, packages.length, tree), needs: cached.needs });
}

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

function installBerry(one: YarnCommand, found: Found, root: GraphRoot): PackageEffect {
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

function addGlobally(one: YarnCommand, specifiers: readonly string[]): PackageEffect {
  const wanted = specifiers.map(rootWantOf).filter((each) => each !== undefined);
  const resolution = resolveWanted(wanted, 'project', one.surroundings);
  const { missing } = resolution;
  const packages = chosenPackages(resolution.packages, nothingOmitted, platform(one));
  const place = one.home === '/root' ? '/usr/local/share/.config/yarn/global' : `${one.home}/.config/yarn/global`;
  const tree = treeOf(one, place, packages);
  const unpacked = totalOf(tree.parts.map(({ size }) => size));
  const cache = totalOf([unpacked, widened(tree.archives, 0.1)]);
  return effectOf({
    writes: [
      ...tree.parts.map((part) => ({ ...part, size: widened(part.size, 0.15) })),
      { path: `${classicCache(one)}/v6/global`, kind: 'tree', size: widened(cache, 0.15), label: t('cache of Yarn') },
    ],
    evidence: [t('Global packages and what they need: the newest releases that are known'), ...tree.evidence],
    needs: [...resolution.needs, ...tree.needs],
    ...(missing.length > 0 && {
      unknown: t(
        'Nothing is known of these packages and of what they need; a lock file would tell: {0}',
        missing.join(', '),
      ),
    }),
  });
}

/** `yarn set version` puts a release of Yarn into the project: one bundled file. */
function setVersion({ folder, home }: YarnCommand): PackageEffect {
  return effectOf({
    writes: [
      {
        path: cleanPath(`${folder}/.yarn/releases`),
        kind: 'tree',
        size: ranged(2.7e6, 2.1e6, 3.1e6, 'estimated'),
        label: t('release of Yarn'),
      },
      {
        path: `${home}/.cache/node/corepack`,
        kind: 'tree',
        size: ranged(2.7e6, 0, 3.1e6, 'estimated'),
        label: t('release of Yarn'),
      },
    ],
    evidence: [t('The size of a release of Yarn is estimated from its recent releases.')],
  });
}
