/** How many bytes the files of a Debian package take in a layer. */
import type { DistributionPackage, SizeRange } from './types';

/** What the image does with what a package brings. */
export interface DebianConventions {
  /** Documentation, manual pages and translations are kept: no `path-exclude` of dpkg. */
  readonly documentation: boolean;
  /** Python is there, so that sources are compiled at installation. */
  readonly python: boolean;
}

/** Bytes of byte code for a byte of Python source, `py3compile` of CPython 3.11 to 3.13. */
const BYTE_CODE = 1.08;

/**
 * Shares of Installed-Size that are files and that are documentation, for packages whose archive was not counted. Installed-Size counts
 * every file in whole KiB and every folder and link as one (`dpkg-gencontrol(1)`), so that it is above the truth.
 * Medians and nine in ten over the counted archives.
 */
interface Shares {
  readonly low: number;
  readonly files: number;
  readonly high: number;
  readonly documentation: number;
}

const SHARES: readonly { readonly name: RegExp; readonly shares: Shares }[] = [
  { name: /^(fonts|ttf|xfonts)-/, shares: { low: 0.93, files: 0.98, high: 1, documentation: 0.01 } },
  { name: /^(python3|pypy3?)-/, shares: { low: 0.6, files: 0.82, high: 0.97, documentation: 0.05 } },
  { name: /^lib.*-(perl|java)$/, shares: { low: 0.2, files: 0.6, high: 0.95, documentation: 0.3 } },
  { name: /^lib.*-dev$/, shares: { low: 0.5, files: 0.86, high: 0.99, documentation: 0.03 } },
  { name: /-(doc|docs|examples|man)$/, shares: { low: 0, files: 0.02, high: 0.3, documentation: 0.9 } },
  { name: /^lib/, shares: { low: 0.72, files: 0.93, high: 0.99, documentation: 0.02 } },
];
const OTHERS: Shares = { low: 0.4, files: 0.85, high: 0.99, documentation: 0.08 };

const sharesOf = (name: string): Shares => SHARES.find((row) => row.name.test(name))?.shares ?? OTHERS;

/** Bytes of the files, documentation included where the image keeps it; byte code is not among them. */
export function contentSize(of: DistributionPackage, conventions: DebianConventions): SizeRange {
  if (of.measured !== undefined) {
    const bytes = of.measured.files + (conventions.documentation ? of.measured.documentation : 0);
    return { bytes, low: Math.floor(bytes * 0.99), high: Math.ceil(bytes * 1.01), basis: 'computed' };
  }
  const { low, files, high, documentation } = sharesOf(of.name);
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
    const bytes = Math.round(of.measured.python * BYTE_CODE);
    return bytes === 0
      ? undefined
      : { bytes, low: Math.floor(bytes * 0.93), high: Math.ceil(bytes * 1.07), basis: 'computed' };
  }
  if (!/^python3-(?!dev$|minimal$|venv$)/.test(of.name)) return undefined;
  return {
    bytes: Math.round(of.installedSize * 0.5),
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
  const bytes = Math.round(2_500 + 0.006 * of.installedSize);
  return { bytes, low: Math.min(bytes, 500), high: bytes * 4, basis: 'estimated' };
}
