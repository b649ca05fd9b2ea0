/** How many bytes the files of a Debian package take in a layer. */
import type { DistributionPackage, SizeRange } from './types';

/** What the image does with what a package brings. */
export interface DebianConventions {
  /** Documentation, manual pages and translations are kept: no `path-exclude` of dpkg. */
  readonly documentation: boolean;
  /** Python is there, so that sources are compiled at installation. */
  readonly python: boolean;
  readonly suite: string;
}

/** Bytes of byte code for a byte of Python source: `py3compile` with CPython 3.11 and 3.13, measured. */
const BYTE_CODE: Readonly<Record<string, number>> = { bookworm: 1.17, trixie: 1.1 };
const OTHER_BYTE_CODE = 1.13;

/** Shares of Installed-Size: nine files in ten lie between `low` and `high`, half of them below `files`. */
interface Shares {
  readonly low: number;
  readonly files: number;
  readonly high: number;
  readonly documentation: number;
}

/** Upper ends of the bands of Installed-Size, in bytes; the last has none. */
const BANDS = [50_000, 200_000, 1_000_000, 5_000_000];

/** One row a band: low, files, high, documentation. */
type Table = readonly (readonly [number, number, number, number])[];

/**
 * What packages hold whose archive was not counted. Installed-Size counts every file in whole KiB and every folder and link as one
 * (`dpkg-gencontrol(1)`), so that it is the further above the truth the smaller a package is. From the archives that
 * scripts/package-data/debian.mjs counts.
 */
const KINDS: readonly { readonly name: RegExp; readonly table: Table }[] = [
  {
    name: /^(fonts|ttf|xfonts)-/,
    table: [
      [0.05, 0.11, 0.3, 0.47],
      [0.1, 0.12, 0.3, 0.65],
      [0.8, 0.87, 0.95, 0.09],
      [0.94, 0.97, 0.99, 0],
      [0.97, 0.99, 1, 0],
    ],
  },
  {
    name: /^(python3|pypy3?)-/,
    table: [
      [0, 0.1, 0.5, 0.05],
      [0.55, 0.69, 0.8, 0.05],
      [0.76, 0.88, 0.95, 0.04],
      [0.7, 0.94, 0.97, 0.01],
      [0.9, 0.98, 1, 0],
    ],
  },
  {
    name: /^lib.*-(perl|java)$/,
    table: [
      [0.15, 0.35, 0.55, 0.02],
      [0.45, 0.75, 0.9, 0.01],
      [0.75, 0.92, 0.96, 0.01],
      [0.4, 0.97, 0.99, 0.01],
      [0.9, 0.96, 0.98, 0],
    ],
  },
  {
    name: /^lib.*-dev$/,
    table: [
      [0, 0.13, 0.3, 0.2],
      [0.25, 0.65, 0.87, 0.14],
      [0.45, 0.86, 0.97, 0.06],
      [0.65, 0.97, 0.99, 0.01],
      [0.93, 0.99, 1, 0],
    ],
  },
  {
    name: /-(doc|docs|examples|man)$|^manpages/,
    table: [
      [0, 0.2, 0.4, 0.4],
      [0, 0.1, 0.4, 0.7],
      [0, 0.06, 0.3, 0.9],
      [0, 0.03, 0.3, 0.92],
      [0, 0.03, 0.3, 0.92],
    ],
  },
  {
    name: /-(data|common)$/,
    table: [
      [0.05, 0.17, 0.42, 0.19],
      [0.05, 0.25, 0.6, 0.27],
      [0.05, 0.55, 0.85, 0.25],
      [0.05, 0.5, 0.95, 0.2],
      [0.1, 0.7, 1, 0.11],
    ],
  },
  {
    name: /^lib/,
    table: [
      [0.2, 0.44, 0.63, 0.13],
      [0.3, 0.72, 0.88, 0.08],
      [0.5, 0.9, 0.96, 0.03],
      [0.6, 0.98, 0.99, 0.01],
      [0.92, 0.99, 1, 0],
    ],
  },
  {
    name: /^node-/,
    table: [
      [0.15, 0.3, 0.5, 0.13],
      [0.35, 0.64, 0.82, 0.08],
      [0.4, 0.8, 0.92, 0.05],
      [0.3, 0.77, 0.86, 0.01],
      [0.6, 0.7, 0.87, 0],
    ],
  },
];

const OTHERS: Table = [
  [0, 0.18, 0.48, 0.14],
  [0.15, 0.57, 0.87, 0.18],
  [0.13, 0.73, 0.94, 0.17],
  [0.2, 0.75, 0.98, 0.13],
  [0.45, 0.97, 1, 0.02],
];

function sharesOf(of: DistributionPackage): Shares {
  const table = KINDS.find((kind) => kind.name.test(of.name))?.table ?? OTHERS;
  const band = BANDS.findIndex((end) => of.installedSize < end);
  const [low, files, high, documentation] = table[band < 0 ? BANDS.length : band] ?? [0, 0.85, 1, 0.05];
  return { low, files, high, documentation };
}

/** Bytes of the files, documentation included where the image keeps it; byte code is not among them. */
export function contentSize(of: DistributionPackage, conventions: DebianConventions): SizeRange {
  if (of.measured !== undefined) {
    const bytes = of.measured.files + (conventions.documentation ? of.measured.documentation : 0);
    return { bytes, low: Math.floor(bytes * 0.99), high: Math.ceil(bytes * 1.01), basis: 'computed' };
  }
  const { low, files, high, documentation } = sharesOf(of);
  const more = conventions.documentation ? documentation : 0;
  return {
    bytes: Math.round(of.installedSize * (files + more)),
    low: Math.floor(of.installedSize * (low + more)),
    high: Math.ceil(of.installedSize * Math.min(1, high + more)),
    basis: 'computed',
  };
}

/** Bytes of byte code that the installation makes of the package's Python sources; undefined when it makes none. */
export function byteCodeSize(of: DistributionPackage, conventions: DebianConventions): SizeRange | undefined {
  if (!conventions.python) return undefined;
  if (of.measured !== undefined) {
    const bytes = Math.round(of.measured.python * (BYTE_CODE[conventions.suite] ?? OTHER_BYTE_CODE));
    return bytes === 0
      ? undefined
      : { bytes, low: Math.floor(bytes * 0.94), high: Math.ceil(bytes * 1.14), basis: 'computed' };
  }
  if (!/^python3-(?!dev$|minimal$|venv$)/.test(of.name)) return undefined;
  return {
    bytes: Math.round(of.installedSize * (of.installedSize < 5_000_000 ? 0.5 : 0.35)),
    low: Math.floor(of.installedSize * 0.1),
    high: Math.ceil(of.installedSize * 0.9),
    basis: 'estimated',
  };
}

/** Bytes of the files in `/var/lib/dpkg/info`: the lists of paths and their MD5 sums grow with the number of files. */
export function databaseSize(of: DistributionPackage): SizeRange {
  if (of.measured !== undefined) {
    const bytes = of.measured.database;
    return { bytes, low: Math.floor(bytes * 0.98), high: Math.ceil(bytes * 1.02), basis: 'computed' };
  }
  const bytes = Math.round(1_600 + 0.004 * of.installedSize);
  return { bytes, low: Math.min(bytes, 500), high: bytes * 4, basis: 'estimated' };
}
