/**
 * Releases whose figures stand in for those of a release that no index is known of. How far they are apart was measured: sets of one, three
 * and eight packages that people install (scripts/package-data/debian-packages.txt), resolved in the indexes of Debian 11, 12, 13 and sid,
 * and of Alpine 3.9 to 3.22; the limits hold nine sets in ten.
 */
import type { Spread } from './byte-range';

export interface NearRelease {
  /** Distribution and suite under which the figures are known. */
  readonly distribution: string;
  readonly suite: string;
  /** What an installation adds up to, as a multiple of the other release's. */
  readonly apart: Spread;
}

/** Debian 13 to sid. */
const soonAfter: Spread = { low: 0.84, middle: 1.06, high: 1.45 };
/** Debian 12 to Debian 11, and the other way. */
const oneBefore: Spread = { low: 0.57, middle: 0.92, high: 1.6 };
/** Debian 13 to Debian 11. */
const twoBefore: Spread = { low: 0.42, middle: 0.87, high: 2.1 };
/** Further back nothing was measured: as far again. */
const longBefore: Spread = { low: 0.3, middle: 0.8, high: 2.6 };
/** Debian 12 to Debian 13; Ubuntu builds most packages from Debian's sources of the same time. */
const sameTime: Spread = { low: 0.5, middle: 1, high: 1.65 };

const near: Readonly<Record<string, readonly [suite: string, apart: Spread]>> = {
  'debian wheezy': ['bookworm', longBefore],
  'debian jessie': ['bookworm', longBefore],
  'debian stretch': ['bookworm', longBefore],
  'debian buster': ['bookworm', twoBefore],
  'debian bullseye': ['bookworm', oneBefore],
  'debian forky': ['trixie', soonAfter],
  'debian testing': ['trixie', soonAfter],
  'debian sid': ['trixie', soonAfter],
  'debian unstable': ['trixie', soonAfter],
  'ubuntu trusty': ['bookworm', longBefore],
  'ubuntu xenial': ['bookworm', longBefore],
  'ubuntu bionic': ['bookworm', longBefore],
  'ubuntu focal': ['bookworm', twoBefore],
  'ubuntu jammy': ['bookworm', sameTime],
  'ubuntu noble': ['trixie', sameTime],
  'ubuntu plucky': ['trixie', sameTime],
  'ubuntu questing': ['trixie', sameTime],
  'ubuntu resolute': ['trixie', sameTime],
};

/** Releases of Alpine come every half year; the shipped figures are those of 3.22. */
const shippedAlpine = 22;

function nearAlpine(suite: string): NearRelease | undefined {
  const [, minor] = /^v?3\.(\d+)/.exec(suite) ?? [];
  if (minor === undefined && suite !== 'edge') return undefined;
  const between = Math.abs(Number(minor ?? shippedAlpine + 3) - shippedAlpine);
  // 3.22 to 3.20, 3.20 to 3.14, to 3.9 and to 3.6.
  const apart: Spread =
    between === 0
      ? { low: 0.98, middle: 1, high: 1.02 }
      : between <= 3
        ? { low: 0.8, middle: 1.02, high: 1.45 }
        : between <= 8
          ? { low: 0.4, middle: 0.95, high: 1.75 }
          : between <= 12
            ? { low: 0.33, middle: 0.95, high: 2.2 }
            : { low: 0.3, middle: 0.97, high: 3.2 };
  return { distribution: 'alpine', suite: 'main', apart };
}

/** The release whose figures stand in; undefined where none does. */
export function nearestRelease(distribution: string, suite: string): NearRelease | undefined {
  if (distribution === 'alpine') return nearAlpine(suite);
  // Releases of Ubuntu between those with long support.
  const found =
    near[`${distribution} ${suite}`] ?? (distribution === 'ubuntu' ? (['bookworm', twoBefore] as const) : undefined);
  return found === undefined ? undefined : { distribution: 'debian', suite: found[0], apart: found[1] };
}

/** Limits that hold what either holds: two doubts at once, the smaller of which hardly shows beside the larger. */
export function widest(one: Spread | undefined, other: Spread | undefined): Spread | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return {
    low: Math.min(one.low, other.low),
    middle: one.middle,
    high: Math.max(one.high, other.high),
  };
}

/** Packages in a set of eight that people install, with what they need. */
const largeSet = 60;

/**
 * The limits for a set of so many packages: what single packages differ by evens out in large ones. Sets of eight lie between 0.66 and 1.28
 * where single packages lie between 0.44 and 1.6 (Debian 12 to 11); 24 layers of `buildpack-deps` on eight releases of Debian and Ubuntu
 * from 2014 to 2020 between 0.68 and 1.33 of Debian 12's and 13's figures.
 */
export function forSet(apart: Spread, packages: number): Spread {
  if (packages < largeSet) return apart;
  return { ...apart, low: apart.low ** 0.7, high: apart.high ** 0.7 };
}

/** For a release that is supposed: it may be the one before, or the one after. */
export const supposedRelease: Spread = oneBefore;

/** For a system of which nothing but its package manager is known. */
export const anyRelease: Spread = { low: 0.3, middle: 0.95, high: 2.6 };
