/** Yarn 1 (https://classic.yarnpkg.com/docs) and Yarn 2 and later (https://yarnpkg.com), with folders or with Plug'n'Play. */
import { cleanPath } from '../build/paths';
import { t } from '../localize';
import type { RunCommand } from '../shell/types';
import { effectOf, notMounted, unknownEffect } from './node-effects';
import { type GraphRoot, hoisted, lockedAt, reachable } from './node-graph';
import { isTooLarge, type LockedPackage, lockProblem } from './node-lock';
import { homeOf, isOn, readCommandLine } from './node-options';
import { ranged } from './node-pool';
import { leftByRun } from './node-run';
import { chosenPackages, nothingOmitted, outermostWithout, totalOf, widened } from './node-tree';
import { missingSentence, unreadByYarn } from './node-unread';
import { rootWantOf } from './npm-closure';
import { resolveWanted } from './npm-resolve';
import type { PackageEffect, PackageProvider } from './types';
import { npmProgram } from './unread-sets';
import { installBerry } from './yarn-berry';
import { besideClassic } from './yarn-classic';
import {
  berryCache,
  classicCache,
  type Found,
  loosened,
  platform,
  sentences,
  treeOf,
  type YarnCommand,
} from './yarn-command';
import { readYarnLock, rootOfManifest, workspaceFolders } from './yarn-lock';
import { installUnlocked } from './yarn-unlocked';

const valued = new Set([
  'cwd',
  'cache-folder',
  'network-timeout',
  'modules-folder',
  'network-concurrency',
  'mutex',
  'mode',
]);

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
    case 'add':
      return add(one, line.operands);
    case 'global':
      return first === 'add' ? addNewest(one, line.operands.slice(1), globalFolder(one), 'global') : effectOf({});
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

function find(one: YarnCommand): Found | PackageEffect {
  const {
    folder,
    surroundings: { files },
  } = one;
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
    if (at === '/') return installUnlocked(one, folder);
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
  return effectOf({
    writes: [...loosened(tree, 0.02), ...besideClassic(one, at, cached, releases.length, lock.bytes)],
    evidence: sentences(one, lock, packages.length, tree),
    needs: cached.needs,
  });
}

function globalFolder({ home }: YarnCommand): string {
  return home === '/root' ? '/usr/local/share/.config/yarn/global' : `${home}/.config/yarn/global`;
}

/** `yarn add`: what is named, and the rest of the project where that is not installed yet. */
function add(one: YarnCommand, specifiers: readonly string[]): PackageEffect {
  const { folder, surroundings } = one;
  const { files } = surroundings;
  const added = addNewest(one, specifiers, folder, 'added');
  const installed = files.exists(cleanPath(`${folder}/node_modules`)) === true;
  if (installed || files.exists(cleanPath(`${folder}/package.json`)) === false) return added;
  const whole = install(one);
  const paths = new Set(whole.writes.map(({ path }) => path));
  return {
    ...whole,
    writes: [...whole.writes, ...added.writes.filter(({ path }) => !paths.has(path))],
    evidence: [...whole.evidence, ...added.evidence],
    needs: [...whole.needs, ...added.needs],
    ...(added.unknown !== undefined && { unknown: whole.unknown ?? added.unknown }),
  };
}

/** Puts the newest releases of packages, with what they need, into the `node_modules` of `place`. `name`: of their part of the cache. */
function addNewest(
  one: YarnCommand,
  specifiers: readonly string[],
  place: string,
  name: 'added' | 'global',
): PackageEffect {
  const wants = specifiers.map(rootWantOf);
  const wanted = wants.filter((each) => each !== undefined);
  if (wanted.length < wants.length)
    return unknownEffect(t('The size of packages from git, URLs and folders is known only after a build.'));
  const resolution = resolveWanted(wanted, 'project', one.surroundings);
  const { missing } = resolution;
  // What is installed globally is a program; a project's package may be of any size.
  const programs = missing.length > 0 && name === 'global';
  const packages = chosenPackages(resolution.packages, nothingOmitted, platform(one));
  const tree = treeOf(one, place, packages);
  const unpacked = totalOf(tree.parts.map(({ size }) => size));
  const cache = totalOf([unpacked, widened(tree.archives, 0.1)]);
  return effectOf({
    writes: [
      ...tree.parts.map((part) => ({ ...part, size: widened(part.size, 0.15) })),
      { path: `${classicCache(one)}/v6/${name}`, kind: 'tree', size: widened(cache, 0.15), label: t('cache of Yarn') },
      ...(programs ? unreadByYarn(place, `${classicCache(one)}/v6/unread`, npmProgram, missing.length) : []),
    ],
    evidence: [
      ...(programs ? [missingSentence(missing), npmProgram.source()] : []),
      name === 'global'
        ? t('Global packages and what they need: the newest releases that are known')
        : t('Packages that are added and what they need: the newest releases that are known'),
      ...tree.evidence,
    ],
    needs: [...resolution.needs, ...tree.needs],
    ...(missing.length > 0 && !programs && { unknown: missingSentence(missing) }),
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
