/**
 * How large things are that no lock file tells: distributions measured over public package sets. Bytes: the limits hold nine in ten, the
 * middle is the median. Each names its source for the evidence.
 */
import { t } from '../localize';
import type { Spread } from './byte-range';

export interface KnownSpread {
  readonly spread: Spread;
  /** Localised. */
  source(): string;
}

/** Sums of so many members of a set, drawn at random: large sums are known better than small ones. */
export interface KnownSums {
  readonly rows: readonly { readonly count: number; readonly spread: Spread }[];
  /** Localised. */
  source(): string;
}

/** Rows of a table from kilobytes: how many members, and the limits and the median of their sum. */
export function sums(rows: readonly (readonly [number, number, number, number])[]): KnownSums['rows'] {
  return rows.map(([count, low, middle, high]) => ({
    count,
    spread: { low: low * 1e3, middle: middle * 1e3, high: high * 1e3 },
  }));
}

/** The sum of `count` members: between two rows of the table in proportion, beyond the last one by its mean. Bytes. */
export function sumOfMany({ rows }: Pick<KnownSums, 'rows'>, count: number): Spread {
  const first = rows[0];
  const last = rows.at(-1);
  if (count <= 0 || first === undefined || last === undefined) return { low: 0, middle: 0, high: 0 };
  const above = rows.find((row) => row.count >= count);
  if (above === undefined) return times(last.spread, count / last.count);
  const below = rows.filter((row) => row.count <= count).at(-1) ?? first;
  const share = above.count === below.count ? 0 : Math.log(count / below.count) / Math.log(above.count / below.count);
  const between = (from: number, to: number): number => from * (to / from) ** share;
  return {
    low: between(below.spread.low, above.spread.low),
    middle: between(below.spread.middle, above.spread.middle),
    high: between(below.spread.high, above.spread.high),
  };
}

export function times({ low, middle, high }: Spread, factor: number): Spread {
  return { low: low * factor, middle: middle * factor, high: high * factor };
}

/** Programs of Debian 12 that were built from Go (fields Built-Using and Static-Built-Using of its index), by the libraries they were built with. */
const goPrograms: readonly { readonly modules: number; readonly spread: Spread }[] = [
  { modules: 3, spread: { low: 1.4e6, middle: 3.8e6, high: 21e6 } },
  { modules: 10, spread: { low: 2.2e6, middle: 4.8e6, high: 13e6 } },
  { modules: 20, spread: { low: 2.6e6, middle: 8.7e6, high: 33e6 } },
  { modules: 50, spread: { low: 6.7e6, middle: 11e6, high: 32e6 } },
  { modules: Number.POSITIVE_INFINITY, spread: { low: 7.5e6, middle: 22e6, high: 113e6 } },
];

/** A Go program without its symbols (`-ldflags "-s -w"`), by the number of modules it needs; undefined: any. */
export function goProgram(modules: number | undefined): KnownSpread {
  const row = modules === undefined ? undefined : goPrograms.find((each) => modules < each.modules);
  return {
    spread: row?.spread ?? { low: 1.8e6, middle: 8e6, high: 44e6 },
    source: () => t('Nine in ten of the {0} programs of Debian 12 that were built from Go', 343),
  };
}

/** Symbols and debugging data of a Go program, as a share of the program without them. */
export const goSymbols: Spread = { low: 1.25, middle: 1.45, high: 1.65 };

/** Sources of Go modules, as Debian 12 packages them (`golang-*-dev`). */
export const goModules: KnownSums = {
  rows: sums([
    [1, 20, 79, 2_519],
    [3, 109, 574, 15_351],
    [10, 871, 3_863, 44_054],
    [30, 4_945, 17_346, 228_469],
    [100, 30_849, 73_914, 585_756],
    [300, 140_314, 323_788, 925_316],
  ]),
  source: () => t('Sources of the {0} Go libraries of Debian 12', 1929),
};

/** Sources of all modules of a program whose modules are not known: those of Debian 12's programs. */
export const goProgramModules: KnownSpread = {
  spread: { low: 0.3e6, middle: 18e6, high: 264e6 },
  source: () => t('Libraries of the {0} programs of Debian 12 that were built from Go', 343),
};

/** Sources of Rust crates, as Debian 12 packages them (`librust-*-dev`). */
export const rustCrates: KnownSums = {
  rows: sums([
    [1, 33, 89, 1_019],
    [3, 165, 426, 3_881],
    [10, 885, 2_024, 11_777],
    [30, 3_908, 8_146, 27_570],
    [100, 19_555, 32_871, 82_676],
    [300, 74_302, 107_058, 182_274],
  ]),
  source: () => t('Sources of the {0} Rust crates of Debian 12', 1458),
};

export const rustProgram: KnownSpread = {
  spread: { low: 0.6e6, middle: 2.6e6, high: 11.5e6 },
  source: () => t('Nine in ten of the {0} programs of Debian 12 that were built from Rust', 60),
};

/** Programs in C and C++: packages of Debian 12 with a program that needs libc6, libraries not among them. */
export const compiledProgram: KnownSpread = {
  spread: { low: 44e3, middle: 310e3, high: 10.5e6 },
  source: () => t('Nine in ten of the {0} compiled programs of Debian 12', 6156),
};

/** Ruby libraries of Debian 12, with the native ones. */
export const rubyGems: KnownSums = {
  rows: sums([
    [1, 25, 60, 1_224],
    [3, 102, 317, 4_556],
    [10, 639, 1_831, 11_555],
    [30, 3_073, 7_519, 22_605],
    [100, 16_377, 30_364, 97_105],
    [300, 62_770, 91_966, 177_063],
  ]),
  source: () => t('The {0} Ruby libraries of Debian 12', 1415),
};

/** A Ruby library with the Ruby libraries it needs. */
export const rubyGem: KnownSpread = {
  spread: { low: 27e3, middle: 306e3, high: 9.1e6 },
  source: () => t('The {0} Ruby libraries of Debian 12, with those they need', 1415),
};

export const phpPackages: KnownSums = {
  rows: sums([
    [1, 11, 99, 2_314],
    [3, 111, 501, 7_192],
    [10, 909, 2_793, 13_562],
    [30, 4_705, 10_953, 31_085],
    [100, 25_154, 45_346, 82_338],
    [300, 100_430, 139_841, 203_744],
  ]),
  source: () => t('The {0} PHP libraries of Debian 12', 596),
};

/** Java libraries with the libraries they need, beyond those that Maven's usual plugins need; sets of so many, drawn at random. */
export const javaLibraries: KnownSums = {
  rows: sums([
    [1, 20, 601, 34_757],
    [3, 381, 5_412, 55_219],
    [6, 2_461, 16_327, 73_042],
    [12, 9_772, 42_505, 110_950],
    [25, 33_111, 84_103, 159_533],
    [50, 90_751, 144_541, 227_075],
  ]),
  source: () => t('The {0} Java libraries of Debian 12, with those they need', 1442),
};

/** What Maven's plugins for cleaning, resources, compiling, testing, packing and installing need: 68 MB in Debian 12, Maven's own core in it. */
export const mavenPlugins: KnownSpread = {
  spread: { low: 15e6, middle: 50e6, high: 90e6 },
  source: () => t('Maven’s usual plugins as Debian 12 packages them'),
};

/** An R package with the R packages it needs. */
export const rPackage: KnownSpread = {
  spread: { low: 99e3, middle: 6.5e6, high: 128e6 },
  source: () => t('The {0} R packages of Debian 12, with those they need', 1109),
};
