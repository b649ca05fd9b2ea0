/**
 * pnpm: packages in a virtual store below `node_modules/.pnpm`, whose files are hard links into a store of contents when both lie on one
 * file system (https://pnpm.io/symlinked-node-modules-structure). A layer counts a hard link once.
 */
import { cleanPath } from '../build/paths';
import { t } from '../localize';
import type { RunCommand } from '../shell/types';
import { effectOf, notMounted, unknownEffect } from './node-effects';
import { type GraphPackage, type GraphRoot, lockedAt, reachable } from './node-graph';
import { isTooLarge, type LockedPackage, lockProblem } from './node-lock';
import { environmentSetting, homeOf, isOn, readCommandLine, readNpmrc } from './node-options';
import { platformOf } from './node-platform';
import { ranged } from './node-pool';
import { leftByRun } from './node-run';
import { chosenPackages, layOut, nothingOmitted } from './node-tree';
import { rootWantOf } from './npm-closure';
import { resolveWanted } from './npm-resolve';
import { readPnpmLock } from './pnpm-lock';
import {
  besideInstalled,
  besidePackages,
  type LaidOut,
  laidOut,
  listCache,
  loosened,
  type PnpmCommand,
  storeSentences,
  unlinkedFolder,
} from './pnpm-store';
import { installUnlocked, withoutLock } from './pnpm-unlocked';
import type { PackageEffect, PackageProvider, ProviderSurroundings } from './types';

const valued = new Set(['filter', 'dir', 'prefix', 'store-dir', 'reporter', 'loglevel', 'lockfile-dir', 'filter-prod']);

export const pnpm: PackageProvider = {
  manager: 'pnpm',
  handles: (command) => command.name === 'pnpm' || command.name === 'pnpx',
  effect(command, surroundings) {
    const line = readCommandLine(command, valued);
    const { directory } = command;
    if (command.name === 'pnpx' || directory === undefined) return unknownEffect(unknownSentence(command));
    const place = line.options.get('dir') ?? line.options.get('prefix');
    const folder = cleanPath(
      typeof place === 'string' ? (place.startsWith('/') ? place : `${directory}/${place}`) : directory,
    );
    const home = homeOf(command);
    const prod = isOn(line.options.get('prod') ?? line.options.get('production') ?? line.options.get('P') ?? 'false');
    const dev = isOn(line.options.get('dev') ?? 'false') || isOn(line.options.get('save-dev') ?? 'false');
    const environment = command.environment.get('NODE_ENV') === 'production';
    const effect = effectOfVerb({
      command,
      line,
      folder,
      home,
      store: storeOf(command, line.options.get('store-dir'), folder, surroundings),
      production: !dev || line.verb === 'add',
      development: !prod && !isOn(line.options.get('save-prod') ?? 'false') && !environment,
      surroundings,
    });
    return { ...effect, writes: notMounted(effect.writes, surroundings.mounted) };
  },
};

function unknownSentence(command: RunCommand): string {
  const text = [command.name ?? '', ...command.words.map((word) => word.text)].join(' ').slice(0, 80);
  return t('What {0} writes is known only after a build.', text);
}

/** https://pnpm.io/settings#storedir */
function storeOf(
  command: RunCommand,
  option: string | true | undefined,
  folder: string,
  { files }: ProviderSurroundings,
): string {
  const text = files.readText(cleanPath(`${folder}/.npmrc`));
  const file = text === undefined || text === 'pending' ? undefined : readNpmrc(text).get('store-dir');
  const given = typeof option === 'string' ? option : (environmentSetting(command, 'store-dir') ?? file);
  if (given !== undefined) return cleanPath(given.startsWith('/') ? given : `${folder}/${given}`);
  const own = command.environment.get('PNPM_HOME');
  if (own?.startsWith('/')) return cleanPath(`${own}/store`);
  const data = command.environment.get('XDG_DATA_HOME');
  return data?.startsWith('/') ? `${data}/pnpm/store` : `${homeOf(command)}/.local/share/pnpm/store`;
}

function effectOfVerb(one: PnpmCommand): PackageEffect {
  const { line, command } = one;
  if (line.open) return unknownEffect(unknownSentence(command));
  switch (line.verb) {
    case 'install':
    case 'i':
    case 'ci':
      return install(one, 'install');
    case 'fetch':
      return install(one, 'fetch');
    case 'add':
      return isOn(line.options.get('global')) ? addGlobally(one) : unknownEffect(unknownSentence(command));
    case 'deploy':
      return deploy(one);
    case 'prune':
      return prune(one);
    case 'store':
    case 'cache':
      return line.operands[0] === 'prune' ? storePrune(one) : effectOf({});
    case 'config':
    case 'c':
    case 'set':
    case 'setup':
    case 'list':
    case 'ls':
    case 'why':
    case 'root':
    case 'bin':
    case 'env':
    case 'approve-builds':
    case undefined:
      return effectOf({});
    default: {
      const left = leftByRun(line.verb === 'run' ? line.operands[0] : line.verb, one.folder);
      return left === undefined ? unknownEffect(unknownSentence(command)) : effectOf(left);
    }
  }
}

type Lock = Exclude<ReturnType<typeof readPnpmLock>, { kind: 'problem' }>;

/** The lock file that a command works with; `none`: no folder has one that is known. */
function lockOf({ folder, surroundings }: PnpmCommand): { lock: Lock; path: string } | PackageEffect | 'none' {
  for (let at = folder; ; at = cleanPath(`${at}/..`)) {
    const path = cleanPath(`${at}/pnpm-lock.yaml`);
    const text = surroundings.files.readText(path);
    if (text === 'pending') return effectOf({ needs: [{ kind: 'file', path }] });
    if (text !== undefined) {
      const lock = readPnpmLock(text);
      if (lock.kind === 'lock') return { lock, path: at };
      return unknownEffect(lockProblem('pnpm-lock.yaml', lock.problem));
    }
    if (isTooLarge(path, surroundings.files)) return unknownEffect(lockProblem('pnpm-lock.yaml', 'too large'));
    if (at === '/') return 'none';
  }
}

/** Importers that a `--filter` names, as far as it is a name or a folder; all without one. */
function rootsOf(one: PnpmCommand, lock: Lock, at: string): readonly GraphRoot[] {
  const filters = one.line.values('filter');
  const chosen = [...lock.importers].filter(([folder]) => {
    if (filters.length === 0) return true;
    const manifest = one.surroundings.files.readText(cleanPath(`${at}/${folder}/package.json`));
    const name = manifest === undefined ? undefined : /"name"\s*:\s*"([^"]+)"/.exec(manifest)?.[1];
    return filters.some((filter) => {
      const bare = filter.replace(/^\.\.\.|\.\.\.$|^\{|\}$|^\.\//g, '');
      return bare === name || bare === folder;
    });
  });
  const importers = chosen.length > 0 ? chosen.map(([, importer]) => importer) : [...lock.importers.values()];
  return importers.flatMap(({ production, development }) => [
    ...(one.production ? [production] : []),
    ...(one.development ? [development] : []),
  ]);
}

/** pnpm, `depPathToFilename`, but for the hash in names that are too long. */
function storeFolder({ id, name, version }: GraphPackage): string {
  const peers = /[(_].*$/.exec(id.slice(name.length + 1))?.[0] ?? '';
  const text = `${name}@${version || 'local'}${peers}`;
  return text
    .replace(/[()]+/g, '_')
    .replace(/[\\/:*?"<>|]/g, '+')
    .replace(/_$/, '')
    .slice(0, 120);
}

/** Files of each release once when they are linked, and again for each set of peers when they are copied. */
function virtualStore(one: PnpmCommand, lock: Lock, roots: readonly GraphRoot[], target: string): LaidOut {
  const packages: LockedPackage[] = [];
  for (const [each] of reachable(lock.graph, roots, platformOf(one.surroundings.system)))
    packages.push(lockedAt(`node_modules/.pnpm/${storeFolder(each)}/node_modules/${each.name}`, each));
  return laidOut(one, packages, target);
}

/** `pnpm store prune` takes away contents that no link leads to, and all lists of releases. */
function storePrune(one: PnpmCommand): PackageEffect {
  return effectOf({ removes: [unlinkedFolder(one), listCache(one.home)] });
}

function install(one: PnpmCommand, verb: 'install' | 'fetch'): PackageEffect {
  const found = lockOf(one);
  if (found === 'none') return verb === 'install' ? installUnlocked(one) : withoutLock(one);
  if (!('lock' in found)) return found;
  const { lock, path } = found;
  const { parts, packages, effect } = virtualStore(one, lock, rootsOf(one, lock, path), path);
  const share = lock.graph.size === 0 ? 1 : packages / lock.graph.size;
  const ownLock = ranged(lock.bytes * Math.min(1, share), lock.bytes * share * 0.7, lock.bytes, 'estimated');
  return effectOf({
    writes: [
      ...parts,
      ...besidePackages(path, packages, ownLock),
      ...(verb === 'install' ? besideInstalled(one, path, packages) : []),
    ],
    evidence: [
      one.development
        ? t('{0} of {1} packages of {2}', packages, lock.graph.size, lock.form)
        : t('{0} of {1} packages of {2}, without development dependencies', packages, lock.graph.size, lock.form),
      ...storeSentences(one),
      ...effect.evidence,
    ],
    needs: effect.needs,
  });
}

function deploy(one: PnpmCommand): PackageEffect {
  const found = lockOf(one);
  if (found === 'none') return withoutLock(one);
  if (!('lock' in found)) return found;
  const to = one.line.operands[0];
  if (to === undefined) return unknownEffect(unknownSentence(one.command));
  const target = cleanPath(to.startsWith('/') ? to : `${one.folder}/${to}`);
  const { parts, packages, effect } = virtualStore(one, found.lock, rootsOf(one, found.lock, found.path), target);
  return effectOf({
    writes: parts,
    evidence: [t('{0} of {1} packages of {2}', packages, found.lock.graph.size, found.lock.form), ...effect.evidence],
    needs: effect.needs,
    unknown: t('Which files of the package itself pnpm deploy copies to {0} is not known.', target),
  });
}

/** Takes the packages that only development needs out of `node_modules`. */
function prune(one: PnpmCommand): PackageEffect {
  const found = lockOf(one);
  if (found === 'none') return withoutLock(one);
  if (!('lock' in found)) return found;
  const { lock, path } = found;
  const platform = platformOf(one.surroundings.system);
  const all = reachable(lock.graph, rootsOf({ ...one, production: true, development: true }, lock, path), platform);
  const kept = reachable(lock.graph, rootsOf(one, lock, path), platform);
  const gone = [...all.keys()].filter((each) => !kept.has(each));
  return effectOf({
    removes: gone.map((each) => `${path === '/' ? '' : path}/node_modules/.pnpm/${storeFolder(each)}`),
    evidence: [t('{0} of {1} packages of {2} are taken away', gone.length, all.size, lock.form)],
  });
}

function addGlobally(one: PnpmCommand): PackageEffect {
  const wanted = one.line.operands.map(rootWantOf).filter((each) => each !== undefined);
  const resolution = resolveWanted(wanted, 'project', one.surroundings);
  const { missing } = resolution;
  const packages = chosenPackages(resolution.packages, nothingOmitted, platformOf(one.surroundings.system));
  const home = one.command.environment.get('PNPM_HOME') ?? `${one.home}/.local/share/pnpm`;
  const tree = layOut({
    manager: 'pnpm',
    folder: `${home}/global/5`,
    home: one.home,
    packages,
    scripts: true,
    indexes: one.surroundings.indexes,
  });
  return effectOf({
    writes: tree.parts.map((part) => ({
      ...part,
      size: part.size.bytes === null ? part.size : loosened(part.size, part.size.bytes * 0.25, part.size.bytes),
    })),
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
