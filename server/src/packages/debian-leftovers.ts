/**
 * What an installation leaves beside the packages' files: the databases of dpkg, apt, debconf and the dynamic linker, and logs. Sizes are
 * fitted to layers of real builds on Debian 12 and 13, whose files were looked at one by one; paths are those that people delete.
 */
import { t } from '../localize';
import { computedBytes } from './byte-range';
import type { EffectParts } from './effect-parts';
import type { DistributionPackage, SizeRange } from './types';

/** Of the stage, as far as installations of this and earlier commands changed it. */
export interface LeftoverState {
  /** Bytes of package entries that were added to dpkg's status file. */
  readonly entries: number;
  /** Packages whose installation was logged. */
  readonly logged: number;
  /** Packages marked as installed automatically. */
  readonly automatic: number;
  /** Packages that ask questions by debconf. */
  readonly asking: number;
  /** Shared libraries in the linker's cache beyond the base's. */
  readonly libraries: number;
  /** Installations that were run. */
  readonly runs: number;
}

export const noLeftovers: LeftoverState = { entries: 0, logged: 0, automatic: 0, asking: 0, libraries: 0, runs: 0 };

/** Bytes in the bare official image. */
interface Bare {
  readonly status: number;
  readonly templates: number;
  readonly linkerCache: number;
}

const BARE: Readonly<Record<string, Bare>> = {
  bookworm: { status: 77_102, templates: 753_157, linkerCache: 4_523 },
  trixie: { status: 69_788, templates: 781_774, linkerCache: 4_095 },
};
const OTHER_BARE: Bare = { status: 75_000, templates: 765_000, linkerCache: 4_400 };

/** Long descriptions, which the index does not have, and the status line. */
const ENTRY_MORE = 330;

/** Debconf's own packages are how others ask: `Depends: debconf (>= 0.5) | debconf-2.0`. */
const asks = (of: DistributionPackage): boolean =>
  of.depends.some((group) => group.some((name) => name === 'debconf' || name === 'debconf-2.0'));

const entrySize = (of: DistributionPackage): number => (of.stanzaSize ?? 700) + ENTRY_MORE;

/** The state after an installation; `automatic`: how many of the packages nobody asked for. */
export function afterInstallation(
  state: LeftoverState,
  added: readonly DistributionPackage[],
  automatic: number,
): LeftoverState {
  return {
    entries: state.entries + added.reduce((sum, of) => sum + entrySize(of), 0),
    logged: state.logged + added.length,
    automatic: state.automatic + automatic,
    asking: state.asking + added.filter(asks).length,
    libraries: state.libraries + added.filter((of) => /^lib.*\d(t64)?$/.test(of.name)).length,
    runs: state.runs + 1,
  };
}

/** The state after a removal. */
export function afterRemoval(state: LeftoverState, removed: readonly DistributionPackage[]): LeftoverState {
  const entries = removed.reduce((sum, of) => sum + entrySize(of), 0);
  return {
    ...state,
    entries: Math.max(0, state.entries - entries),
    logged: state.logged + removed.length / 2,
    automatic: Math.max(0, state.automatic - removed.length),
    libraries: Math.max(0, state.libraries - removed.filter((of) => /^lib.*\d(t64)?$/.test(of.name)).length),
    runs: state.runs + 1,
  };
}

const range = (bytes: number, share: number): SizeRange => ({ ...computedBytes(bytes, share), basis: 'computed' });

/**
 * Writes the files of the databases and logs as they are after a run of dpkg, each whole: a layer that changes a byte of one holds all of it.
 * @param base bytes of package entries in the base image beyond the bare one
 * @param ask whether one of the packages of this run asks by debconf
 */
export function writeLeftovers(
  parts: EffectParts,
  state: LeftoverState,
  about: { readonly suite: string; readonly baseEntries: number; readonly asked: boolean },
): void {
  const bare = BARE[about.suite] ?? OTHER_BARE;
  const database = t('package database');
  const logs = t('logs of the installation');
  const questions = t('questions of packages (debconf)');
  const status = bare.status + about.baseEntries + state.entries;
  parts.file('/var/lib/dpkg/status', range(status, 0.04), database);
  parts.file('/var/lib/dpkg/status-old', range(status, 0.04), database);
  if (state.automatic > 0) parts.file('/var/lib/apt/extended_states', range(100 + 57 * state.automatic, 0.1), database);
  const templates = bare.templates + 9_500 * state.asking;
  parts.file('/var/cache/debconf/templates.dat', range(templates, 0.04), questions);
  parts.file('/var/cache/debconf/config.dat', range(4_400 + 1_500 * state.asking, 0.5), questions);
  if (about.asked) {
    parts.file('/var/cache/debconf/templates.dat-old', range(templates, 0.05), questions);
    parts.file('/var/cache/debconf/config.dat-old', range(4_400 + 800 * state.asking, 0.5), questions);
  }
  const cache = bare.linkerCache + 85 * state.libraries;
  parts.file('/etc/ld.so.cache', range(cache, 0.15), t('cache of the dynamic linker'));
  parts.file('/var/cache/ldconfig/aux-cache', range(cache, 0.15), t('cache of the dynamic linker'));
  parts.file('/var/log/dpkg.log', range(300 + 490 * state.logged, 0.15), logs);
  parts.file('/var/log/apt/term.log', range(700 * state.runs + 240 * state.logged, 0.4), logs);
  parts.file('/var/log/apt/history.log', range(130 * state.runs + 45 * state.logged, 0.3), logs);
  parts.file('/var/log/apt/eipp.log.xz', range(4_500 + 38 * state.logged, 0.15), logs);
}

export { asks as asksQuestions, entrySize };

/** What triggers of a package make of all that is installed: bytes measured on Debian 12 and 13. */
const TRIGGERS: readonly {
  readonly package: string;
  readonly path: string;
  readonly bytes: number;
  readonly tree: boolean;
}[] = [
  { package: 'ca-certificates', path: '/etc/ssl/certs', bytes: 222_073, tree: true },
  { package: 'ca-certificates', path: '/etc/ca-certificates.conf', bytes: 6_349, tree: false },
  { package: 'shared-mime-info', path: '/usr/share/mime', bytes: 2_640_000, tree: true },
  { package: 'systemd', path: '/var/lib/systemd/catalog/database', bytes: 214_046, tree: false },
  { package: 'adwaita-icon-theme', path: '/usr/share/icons/Adwaita/icon-theme.cache', bytes: 124_080, tree: false },
  { package: 'fontconfig', path: '/var/cache/fontconfig', bytes: 30_000, tree: true },
  // Formats that TeX is started from, compiled at installation.
  { package: 'texlive-base', path: '/var/lib/texmf', bytes: 4_950_000, tree: true },
  { package: 'texlive-latex-base', path: '/var/lib/texmf', bytes: 36_950_000, tree: true },
  { package: 'texlive-latex-recommended', path: '/var/lib/texmf', bytes: 36_700_000, tree: true },
  { package: 'texlive-xetex', path: '/var/lib/texmf', bytes: 19_800_000, tree: true },
  { package: 'ca-certificates-java', path: '/etc/ssl/certs/java/cacerts', bytes: 167_226, tree: false },
  { package: 'locales', path: '/etc/locale.gen', bytes: 9_431, tree: false },
];

/** What maintainer scripts create beside files of their packages, by the package's name: nine in ten between `low` and `high`. */
const CREATED: readonly {
  readonly package: RegExp;
  readonly path: string;
  readonly low: number;
  readonly bytes: number;
  readonly high: number;
  /** Without this package the script creates nothing. */
  readonly needs?: string;
}[] = [
  // `pg_createcluster` of postgresql-common makes a database cluster: `initdb` of 15 leaves 40.0 MB, a layer of it 41.6 MB more than the
  // packages hold; 9.6 had smaller catalogues.
  {
    package: /^postgresql-\d+(\.\d+)?$/,
    path: '/var/lib/postgresql',
    low: 38_000_000,
    bytes: 41_000_000,
    high: 43_500_000,
    needs: 'postgresql-common',
  },
  // `mariadb-install-db`: 100.7 MB of log, 12.6 MB of tables; since 11.0 three tablespaces of 10.5 MB more.
  {
    package: /^mariadb-server(-\d[\d.]*)?$/,
    path: '/var/lib/mysql',
    low: 112_000_000,
    bytes: 120_000_000,
    high: 155_000_000,
  },
  {
    package: /^mysql-server-\d[\d.]*$/,
    path: '/var/lib/mysql',
    low: 90_000_000,
    bytes: 180_000_000,
    high: 230_000_000,
  },
  // An initial RAM disk of the modules that may be needed.
  {
    package: /^linux-image-\d/,
    path: '/boot',
    low: 15_000_000,
    bytes: 40_000_000,
    high: 110_000_000,
    needs: 'initramfs-tools',
  },
  { package: /^slapd$/, path: '/var/lib/ldap', low: 20_000, bytes: 120_000, high: 400_000 },
  { package: /^aspell-[a-z]+$/, path: '/var/lib/aspell', low: 200_000, bytes: 4_000_000, high: 14_000_000 },
];

/** Writes what the maintainer scripts and triggers of the added packages make. */
export function writeTriggered(parts: EffectParts, added: readonly DistributionPackage[]): void {
  const names = new Set(added.map((of) => of.name));
  for (const { package: name, path, bytes, tree } of TRIGGERS) {
    if (!names.has(name)) continue;
    parts.write({
      path,
      kind: tree ? 'tree' : 'file',
      size: range(bytes, 0.06),
      package: { manager: 'apt', name },
    });
  }
  for (const { package: pattern, path, low, bytes, high, needs } of CREATED)
    for (const name of names)
      if (pattern.test(name) && (needs === undefined || names.has(needs)))
        parts.write({
          path,
          kind: 'tree',
          size: { bytes, low, high, basis: 'estimated' },
          label: t('created when {0} is installed', name),
        });
}
