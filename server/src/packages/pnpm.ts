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
import { ranged, scaled, within } from './node-pool';
import { leftByRun } from './node-run';
import { runsScript } from './node-scripts';
import { chosenPackages, layOut, nothingOmitted, type PackageTree, totalOf } from './node-tree';
import { rootWantOf } from './npm-closure';
import { resolveWanted } from './npm-resolve';
import { readPnpmLock } from './pnpm-lock';
import type { PackageEffect, PackageProvider, ProviderSurroundings, WrittenPart } from './types';

const valued = new Set(['filter', 'dir', 'prefix', 'store-dir', 'reporter', 'loglevel', 'lockfile-dir', 'filter-prod']);

interface PnpmCommand {
  readonly command: RunCommand;
  readonly line: ReturnType<typeof readCommandLine>;
  /** Absolute. */
  readonly folder: string;
  readonly home: string;
  readonly store: string;
  readonly production: boolean;
  readonly development: boolean;
  readonly surroundings: ProviderSurroundings;
}

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

function lockOf({ folder, surroundings }: PnpmCommand): { lock: Lock; path: string } | PackageEffect {
  const place = cleanPath(`${folder}/pnpm-lock.yaml`);
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
    if (at === '/') return unknownEffect(t('{0} is not known, so neither are the packages.', place));
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

interface LaidOut {
  readonly parts: readonly WrittenPart[];
  readonly packages: number;
  readonly effect: Pick<PackageEffect, 'evidence' | 'needs'>;
}

/** Files of each release once when they are linked, and again for each set of peers when they are copied. */
function virtualStore(one: PnpmCommand, lock: Lock, roots: readonly GraphRoot[], target: string): LaidOut {
  const { surroundings } = one;
  const linked = !isMounted(one.store, surroundings);
  const seen = new Set<string>();
  const packages: LockedPackage[] = [];
  for (const [each] of reachable(lock.graph, roots, platformOf(surroundings.system))) {
    const key = `${each.name}@${each.version}`;
    if (linked && seen.has(key)) continue;
    seen.add(key);
    packages.push(lockedAt(`node_modules/.pnpm/${storeFolder(each)}/node_modules/${each.name}`, each));
  }
  const tree = layOut({
    manager: 'pnpm',
    folder: target,
    home: one.home,
    packages,
    scripts: !one.line.options.has('ignore-scripts'),
    indexes: surroundings.indexes,
  });
  const count = seen.size;
  const files = tree.parts.reduce((sum, part) => sum + (part.files ?? 20), 0);
  // Files that packages have in common (licences, small manifests) are one content in the store.
  const total = totalOf(tree.parts.map(({ size }) => size));
  const shared = linked ? Math.min(count * 1300, (total.bytes ?? 0) * 0.1) : 0;
  const factor = total.bytes === null || total.bytes === 0 ? 1 : 1 - shared / total.bytes;
  const parts = tree.parts.map((part) => ({
    ...part,
    size: loosened(scaled(part.size, factor), shared, total.bytes ?? 0),
  }));
  const store: WrittenPart[] = [
    ...copiedPart(one, tree),
    {
      path: `${one.store}/index`,
      kind: 'tree',
      size: ranged(files * 210, files * 160, files * 260, 'estimated'),
      files: count,
      label: t('store of pnpm'),
    },
  ];
  return {
    parts: [...parts, ...(linked ? store : [])],
    packages: count,
    effect: { evidence: tree.evidence, needs: tree.needs },
  };
}

/** Where the contents lie that no link leads to. */
function unlinkedFolder({ store }: PnpmCommand): string {
  return `${store}/unlinked`;
}

/**
 * Packages with install scripts are copied and not linked, so that no script changes the store: their files lie in it once more (pnpm,
 * `create-cafs-store`, `getImporterForPackage`). Lock files since version 9 do not tell which these are.
 */
function copiedPart(one: PnpmCommand, tree: PackageTree): readonly WrittenPart[] {
  const copied = tree.parts.filter(
    ({ package: of, kind }) => kind === 'tree' && of !== undefined && runsScript(of.name),
  );
  if (copied.length === 0) return [];
  const { bytes, high } = totalOf(copied.map(({ size }) => size));
  const size = ranged(bytes ?? 0, 0, high ?? bytes ?? 0, 'estimated');
  return [{ path: unlinkedFolder(one), kind: 'tree', size, label: t('store of pnpm') }];
}

/** `pnpm store prune` takes away contents that no link leads to, and all lists of releases. */
function storePrune(one: PnpmCommand): PackageEffect {
  return effectOf({ removes: [unlinkedFolder(one), listCache(one.home)] });
}

function loosened(size: WrittenPart['size'], shared: number, total: number): WrittenPart['size'] {
  if (size.bytes === null || size.high === null || total === 0) return size;
  const reach = (shared * 0.6 * size.bytes) / total;
  return ranged(size.bytes, size.low - reach, size.high + reach, size.basis === 'exact' ? 'computed' : size.basis);
}

function isMounted(path: string, { mounted }: ProviderSurroundings): boolean {
  return mounted.some((mount) => path === mount || path.startsWith(`${mount}/`) || mount.startsWith(`${path}/`));
}

function install(one: PnpmCommand, verb: 'install' | 'fetch'): PackageEffect {
  const found = lockOf(one);
  if (!('lock' in found)) return found;
  const { lock, path } = found;
  const { parts, packages, effect } = virtualStore(one, lock, rootsOf(one, lock, path), path);
  const folder = `${path === '/' ? '' : path}/node_modules`;
  const share = lock.graph.size === 0 ? 1 : packages / lock.graph.size;
  const extra: WrittenPart[] = [
    {
      path: `${folder}/.pnpm/lock.yaml`,
      kind: 'file',
      size: ranged(lock.bytes * Math.min(1, share), lock.bytes * share * 0.7, lock.bytes, 'estimated'),
    },
    {
      path: `${folder}/.modules.yaml`,
      kind: 'file',
      size: ranged(300 + 47 * packages, 200, 500 + 80 * packages, 'estimated'),
    },
  ];
  if (verb === 'install') {
    extra.push(
      // Shell scripts that call the packages' programs.
      {
        path: `${folder}/.bin`,
        kind: 'tree',
        size: ranged(200 * packages, 20 * packages, 450 * packages, 'estimated'),
        label: t('programs of packages'),
      },
      ...(one.command.environment.get('CI') === undefined ? [updateCheck(one)] : []),
    );
  }
  return effectOf({
    writes: [...parts, ...extra],
    evidence: [
      one.development
        ? t('{0} of {1} packages of {2}', packages, lock.graph.size, lock.form)
        : t('{0} of {1} packages of {2}, without development dependencies', packages, lock.graph.size, lock.form),
      ...(isMounted(one.store, one.surroundings)
        ? []
        : [t('The store of pnpm shares its files with node_modules by hard links, which a layer counts once.')]),
      ...effect.evidence,
    ],
    needs: effect.needs,
  });
}

function listCache(home: string): string {
  return `${home}/.cache/pnpm`;
}

/** Share of the registry's list of releases that pnpm keeps of it. */
const keptOfList = 0.94;

/** pnpm looks for a newer release of itself and keeps the list of its releases. */
function updateCheck({ home, surroundings }: PnpmCommand): WrittenPart {
  const list = surroundings.indexes.npmReleases?.('pnpm');
  const size =
    list?.state === 'ready'
      ? within(list.value.bytes * keptOfList, 0.15, 'estimated')
      : ranged(3.2e6, 2.2e6, 5.5e6, 'estimated');
  return { path: listCache(home), kind: 'tree', size, label: t('list of pnpm releases') };
}

function deploy(one: PnpmCommand): PackageEffect {
  const found = lockOf(one);
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
