/**
 * Bytes that Python packages take after installation. Measured on the newest wheels of the 881 packages of the shipped table
 * (`scripts/pypi-wheels.mjs`): medians, with the limits that hold nine in ten.
 */
import { addBytes, type Spread, scaleBytes, spreadBytes, weakerBasis } from './byte-range';
import type { ReleaseSize, SizeRange } from './types';

/** What a release is distributed as: a wheel for every platform, one for a platform, a source archive. */
export type ArchiveKind = 'pure' | 'platform' | 'source';

/** Unpacked bytes for each byte of the archive. */
const unpacking: Readonly<Record<ArchiveKind, Spread>> = {
  pure: { low: 2.05, middle: 3.3, high: 4.65 },
  platform: { low: 2, middle: 3.1, high: 4.5 },
  // A source archive has tests and documentation that are not installed; no distribution was measured, so the range is wide.
  source: { low: 1, middle: 3, high: 7 },
};

/** The same with the byte code that pip makes; of the small wheels their metadata are a large part, which no byte code is made of. */
function unpackingCompiled(kind: ArchiveKind, archive: number | null): Spread {
  switch (kind) {
    case 'pure':
      return archive !== null && archive < 20_000
        ? { low: 2.65, middle: 5.3, high: 8.5 }
        : { low: 3.3, middle: 7.2, high: 10.5 };
    case 'platform':
      return { low: 2.1, middle: 3.3, high: 6.3 };
    case 'source':
      return { low: 1.5, middle: 6, high: 13 };
    default:
      return kind satisfies never;
  }
}

/** Bytes of byte code of CPython 3.MINOR, for each byte of CPython 3.11's: measured with 3.9, 3.12 and 3.13 on every eighth package. */
const bytecodeOfVersion: readonly { readonly from: number; readonly spread: Spread }[] = [
  { from: 12, spread: { low: 0.83, middle: 0.91, high: 1.05 } },
  { from: 11, spread: { low: 0.92, middle: 1, high: 1.08 } },
  { from: 0, spread: { low: 0.53, middle: 0.62, high: 0.81 } },
];

/** A release of another version than the one whose figures are known (releases of packages of which the table's source had several). */
const otherVersion: Spread = { low: 0.8, middle: 1, high: 1.25 };

/** Bytes of the unpacked files of a wheel, from its own. */
export function unpackedOfWheel(archive: number, kind: ArchiveKind): SizeRange {
  return spreadBytes(unpacking[kind], archive);
}

export interface InstalledFor {
  /** The installer compiles to byte code. */
  readonly compiles: boolean;
  readonly minor: number | undefined;
  /** The figures are of another version than the one installed. */
  readonly otherVersion?: boolean;
  /** As Debian writes it. */
  readonly architecture: string;
}

/** Bytes that a release takes in the folder of installed packages. */
export function installedSize(release: ReleaseSize, wanted: InstalledFor): SizeRange {
  const size = sizeOfFigures(release, wanted);
  return wanted.otherVersion === true ? scaleBytes(size, otherVersion) : size;
}

function sizeOfFigures(release: ReleaseSize, { compiles, minor, architecture }: InstalledFor): SizeRange {
  const pure = release.pure ?? false;
  const { unpacked, bytecode, archive } = release;
  if (bytecode !== undefined) {
    // Wheels for another interpreter or machine differ in their machine code, seldom in anything else.
    const same = pure || (minor === 11 && architecture === 'amd64');
    const files = same
      ? {
          ...scaleBytes(unpacked, { low: 0.985, middle: 1, high: 1.015 }),
          basis: weakerBasis(unpacked.basis, 'computed'),
        }
      : scaleBytes(unpacked, { low: 0.92, middle: 1, high: 1.08 });
    return compiles ? addBytes(files, bytecodeFor(bytecode, minor)) : files;
  }
  if (!compiles) return unpacked;
  const kind = release.pure === undefined ? 'source' : pure ? 'pure' : 'platform';
  const compiled = unpackingCompiled(kind, archive);
  if (archive !== null && unpacked.basis === 'estimated') return spreadBytes(compiled, archive);
  const plain = unpacking[kind];
  return scaleBytes(unpacked, {
    low: compiled.low / plain.low,
    middle: compiled.middle / plain.middle,
    high: compiled.high / plain.high,
  });
}

function bytecodeFor(bytecode: SizeRange, minor: number | undefined): SizeRange {
  const row = minor === undefined ? undefined : bytecodeOfVersion.find(({ from }) => minor >= from);
  return scaleBytes(bytecode, row?.spread ?? { low: 0.53, middle: 0.91, high: 1.05 });
}
