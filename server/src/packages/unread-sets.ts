/**
 * Sets of packages that no file tells before the build: a lock file that is not there, a manifest that comes with a clone. Bytes: the limits
 * hold nine in ten, the middle is the median. docs/size-model.md says how each was counted.
 */
import { t } from '../localize';
import type { Spread } from './byte-range';
import { type KnownSpread, phpPackages, rubyGems, rustCrates, sumOfMany } from './known-spreads';

/** Two to forty packages drawn from those most used, with what they need. */
export const npmSet: KnownSpread = {
  spread: { low: 220e3, middle: 27e6, high: 240e6 },
  source: () => t('Sets of 2 to 40 of the {0} npm packages that are known, with what they need', 5296),
};

/** A package that needs nine others at least, as programs do. */
export const npmProgram: KnownSpread = {
  spread: { low: 310e3, middle: 3.9e6, high: 59e6 },
  source: () => t('What {0} npm packages with at least nine dependencies take along', 1323),
};

/** What a project requires: from a package that needs nothing to eight drawn at random, with what they need. */
export const pythonSet: KnownSpread = {
  spread: { low: 70e3, middle: 40e6, high: 900e6 },
  source: () => t('Sets of the {0} wheels of pypi.org that are known, with what they need', 881),
};

/** One package of PyPI with what it needs. */
export const pythonPackage: KnownSpread = {
  spread: { low: 70e3, middle: 5.2e6, high: 390e6 },
  source: () => t('The {0} wheels of pypi.org that are known, each with what it needs', 881),
};

/** A set of between so many members. */
function between(sums: Parameters<typeof sumOfMany>[0], fewest: number, usual: number, most: number): Spread {
  return {
    low: sumOfMany(sums, fewest).low,
    middle: sumOfMany(sums, usual).middle,
    high: sumOfMany(sums, most).high,
  };
}

/** Crates of a program; those of Debian 12's number between ten and three hundred. */
export const rustSet: KnownSpread = { spread: between(rustCrates, 10, 80, 300), source: rustCrates.source };

/** Gems of an application: ten to a hundred and fifty. */
export const rubySet: KnownSpread = { spread: between(rubyGems, 10, 60, 150), source: rubyGems.source };

/** PHP packages of an application: five to a hundred. */
export const phpSet: KnownSpread = { spread: between(phpPackages, 5, 40, 100), source: phpPackages.source };

/** NuGet packages in the folder of a project that names `named` of them; each brings others, for several frameworks, and its archive. */
export function nugetSet(named: number | undefined): Spread {
  if (named === undefined) return { low: 300e3, middle: 50e6, high: 500e6 };
  return { low: 300e3, middle: 9e6 * named ** 0.8, high: 60e6 + 60e6 * named };
}

/** What the compiler of Rust leaves in `target` for so many crates, with their dependencies' libraries and build scripts. */
export function rustTarget(crates: number | undefined, release: boolean): Spread {
  const [fewest, usual, most] = crates === undefined ? [5, 70, 300] : [crates, crates, crates];
  const factor = release ? 1 : 2;
  return { low: 2e6 + 0.5e6 * fewest, middle: factor * (8e6 + 2.5e6 * usual), high: factor * (60e6 + 8e6 * most) };
}
