/**
 * How many bytes the files of an Alpine package take. Indexes since Alpine 3.21 tell the sum of the files; older ones tell what they took
 * on a disk with blocks of 4 KiB, folders and links with a block each (`prepare_metafiles` in abuild, where `du` was replaced).
 */
import { computedBytes, type Spread, scaleBytes } from './byte-range';
import type { DistributionPackage, SizeRange } from './types';

const BLOCK = 4096;
/** Upper ends of the bands of the size on disk, in bytes; the last has none. */
const BANDS = [8_192, 32_768, 131_072, 524_288, 2_097_152];

type Row = readonly [low: number, middle: number, high: number];

/** Bytes for a byte on disk: 3,500 packages of the same version in the indexes of Alpine 3.20 and 3.22, nine in ten. */
const KINDS: readonly { readonly name: RegExp; readonly rows: readonly Row[] }[] = [
  {
    name: /-dev$/,
    rows: [
      [0, 0, 0.3],
      [0.01, 0.12, 0.39],
      [0.13, 0.44, 0.73],
      [0.5, 0.77, 0.92],
      [0.55, 0.89, 0.97],
      [0.6, 0.88, 0.99],
    ],
  },
  {
    name: /-(?:doc|man|lang)$/,
    rows: [
      [0, 0.05, 0.3],
      [0.03, 0.11, 0.26],
      [0.1, 0.33, 0.62],
      [0.1, 0.61, 0.91],
      [0.1, 0.78, 0.96],
      [0.3, 0.88, 0.99],
    ],
  },
  {
    name: /^(?:py3|perl)-/,
    rows: [
      [0, 0.05, 0.3],
      [0.07, 0.15, 0.25],
      [0.07, 0.25, 0.54],
      [0.41, 0.69, 0.85],
      [0.5, 0.79, 0.95],
      [0.68, 0.93, 1],
    ],
  },
  {
    name: /-libs?$|^lib/,
    rows: [
      [0, 0.1, 0.5],
      [0.39, 0.49, 0.68],
      [0.6, 0.74, 0.88],
      [0.85, 0.93, 0.98],
      [0.89, 0.98, 1.02],
      [0.8, 0.99, 1.03],
    ],
  },
];
const OTHERS: readonly Row[] = [
  [0, 0.02, 0.5],
  [0, 0.1, 0.5],
  [0.12, 0.56, 0.86],
  [0.43, 0.86, 0.97],
  [0.57, 0.95, 1.01],
  [0.6, 0.98, 1.03],
];

/** Whether the index tells what the package took on a disk, not the sum of its files. */
export const inBlocks = (of: DistributionPackage): boolean => of.installedSize > 0 && of.installedSize % BLOCK === 0;

/** Bytes of the package's files. */
export function alpineContent(of: DistributionPackage): SizeRange {
  if (!inBlocks(of)) return computedBytes(of.installedSize, 0.002);
  const rows = KINDS.find(({ name }) => name.test(of.name))?.rows ?? OTHERS;
  const band = BANDS.findIndex((end) => of.installedSize <= end);
  const [low, middle, high] = rows[band < 0 ? BANDS.length : band] ?? [0.5, 0.95, 1.03];
  const spread: Spread = { low, middle, high };
  // Where nothing of another release stands in it is still the index's own figure.
  return { ...scaleBytes(computedBytes(of.installedSize), spread), basis: 'computed' };
}
