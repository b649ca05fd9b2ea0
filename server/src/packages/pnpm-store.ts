/**
 * What pnpm lays out: packages in a virtual store below `node_modules/.pnpm`, their contents in a store of its own, and its notes of both.
 */
import { t } from '../localize';
import type { RunCommand } from '../shell/types';
import type { LockedPackage } from './node-lock';
import type { readCommandLine } from './node-options';
import { ranged, scaled, within } from './node-pool';
import { runsScript } from './node-scripts';
import { layOut, type PackageTree, totalOf } from './node-tree';
import type { PackageEffect, ProviderSurroundings, WrittenPart } from './types';

export interface PnpmCommand {
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

export interface LaidOut {
  readonly parts: readonly WrittenPart[];
  readonly packages: number;
  readonly effect: Pick<PackageEffect, 'evidence' | 'needs'>;
}

/** Packages in their folders of the virtual store, and the store of contents. */
export function laidOut(one: PnpmCommand, all: readonly LockedPackage[], target: string): LaidOut {
  const { surroundings } = one;
  const linked = !isMounted(one.store, surroundings);
  const seen = new Set<string>();
  const packages = all.filter(({ name, version }) => {
    const key = `${name}@${version}`;
    if (linked && seen.has(key)) return false;
    seen.add(key);
    return true;
  });
  const tree = layOut({
    manager: 'pnpm',
    folder: target,
    home: one.home,
    packages,
    scripts: !one.line.options.has('ignore-scripts'),
    indexes: surroundings.indexes,
  });
  const count = seen.size;
  // Files that packages have in common (licences, small manifests) are one content in the store.
  const total = totalOf(tree.parts.map(({ size }) => size));
  const shared = linked ? Math.min(count * 1300, (total.bytes ?? 0) * 0.1) : 0;
  const factor = total.bytes === null || total.bytes === 0 ? 1 : 1 - shared / total.bytes;
  const parts = tree.parts.map((part) => ({
    ...part,
    size: loosened(scaled(part.size, factor), shared, total.bytes ?? 0),
  }));
  const store: WrittenPart[] = [...copiedPart(one, tree), indexPart(`${one.store}/index`, tree.parts, count)];
  return {
    parts: [...parts, ...(linked ? store : [])],
    packages: count,
    effect: { evidence: tree.evidence, needs: tree.needs },
  };
}

/** Contents that are in the store and that nothing in `node_modules` has; nothing where the store is no part of the layer. */
export function storedOnly(one: PnpmCommand, packages: readonly LockedPackage[]): readonly WrittenPart[] {
  if (packages.length === 0 || isMounted(one.store, one.surroundings)) return [];
  const { parts } = layOut({
    manager: 'pnpm',
    folder: unlinkedFolder(one),
    home: one.home,
    packages: packages.map((each) => ({ ...each, location: `${each.name}@${each.version}` })),
    scripts: false,
    indexes: one.surroundings.indexes,
  });
  return [...parts, indexPart(`${one.store}/index-unlinked`, parts, packages.length)];
}

/** Notes of the store about the files of so many packages. */
function indexPart(path: string, parts: readonly WrittenPart[], packages: number): WrittenPart {
  const files = parts.reduce((sum, part) => sum + (part.files ?? 20), 0);
  return {
    path,
    kind: 'tree',
    size: ranged(files * 210, files * 160, files * 260, 'estimated'),
    files: packages,
    label: t('store of pnpm'),
  };
}

/** Where the contents lie that no link leads to. */
export function unlinkedFolder({ store }: PnpmCommand): string {
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

export function loosened(size: WrittenPart['size'], shared: number, total: number): WrittenPart['size'] {
  if (size.bytes === null || size.high === null || total === 0) return size;
  const reach = (shared * 0.6 * size.bytes) / total;
  return ranged(size.bytes, size.low - reach, size.high + reach, size.basis === 'exact' ? 'computed' : size.basis);
}

function isMounted(path: string, { mounted }: ProviderSurroundings): boolean {
  return mounted.some((mount) => path === mount || path.startsWith(`${mount}/`) || mount.startsWith(`${path}/`));
}

/** What pnpm notes of the packages of the project at `path`. `ownLock`: its lock file of what is installed. */
export function besidePackages(path: string, packages: number, ownLock: WrittenPart['size']): readonly WrittenPart[] {
  const folder = `${path === '/' ? '' : path}/node_modules`;
  return [
    { path: `${folder}/.pnpm/lock.yaml`, kind: 'file', size: ownLock },
    {
      path: `${folder}/.modules.yaml`,
      kind: 'file',
      size: ranged(300 + 47 * packages, 200, 500 + 80 * packages, 'estimated'),
    },
  ];
}

export function besideInstalled(one: PnpmCommand, path: string, packages: number): readonly WrittenPart[] {
  return [
    // Shell scripts that call the packages' programs.
    {
      path: `${path === '/' ? '' : path}/node_modules/.bin`,
      kind: 'tree',
      size: ranged(200 * packages, 20 * packages, 450 * packages, 'estimated'),
      label: t('programs of packages'),
    },
    ...(one.command.environment.get('CI') === undefined ? [updateCheck(one)] : []),
  ];
}

export function storeSentences({ store, surroundings }: PnpmCommand): readonly string[] {
  return isMounted(store, surroundings)
    ? []
    : [t('The store of pnpm shares its files with node_modules by hard links, which a layer counts once.')];
}

export function listCache(home: string): string {
  return `${home}/.cache/pnpm`;
}

/** Share of the registry's list of releases that pnpm keeps of it. */
export const keptOfList = 0.94;

/** pnpm looks for a newer release of itself and keeps the list of its releases. */
function updateCheck({ home, surroundings }: PnpmCommand): WrittenPart {
  const list = surroundings.indexes.npmReleases?.('pnpm');
  const size =
    list?.state === 'ready'
      ? within(list.value.bytes * keptOfList, 0.15, 'estimated')
      : ranged(3.2e6, 2.2e6, 5.5e6, 'estimated');
  return { path: listCache(home), kind: 'tree', size, label: t('list of pnpm releases') };
}
