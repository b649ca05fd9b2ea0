/** Sizes that file commands give to what they write. */
import type { SizeRange } from '../../packages/types';

/** Program output that is not followed: keys, versions, settings. Few files that RUN redirects output to are larger. */
export const smallOutput: SizeRange = { bytes: 600, low: 0, high: 16_000, basis: 'estimated' };

/** A text known but for some words of it. */
export function textWithGaps(length: number, gaps: number): SizeRange {
  return { bytes: length + 6 * gaps, low: length, high: length + 40 * gaps, basis: 'estimated' };
}

/** The size times factors for its low, best and high figure. */
export function scaled(size: SizeRange, low: number, best: number, high: number): SizeRange {
  return {
    bytes: size.bytes === null ? null : Math.round(size.bytes * best),
    low: Math.round(size.low * low),
    high: size.high === null ? null : Math.round(size.high * high),
    basis: size.basis === 'unknown' ? 'unknown' : 'estimated',
  };
}

/** A range from which the best figure is this many times away is one of a kind of files, not of this file. */
const wide = 3;

/**
 * The size times factors that do not depend on it. Where the size is known only as that of its kind, the two uncertainties seldom fall
 * together on one side: their distances from the middle, as logarithms, add as roots of squares.
 */
export function expanded(size: SizeRange, low: number, best: number, high: number): SizeRange {
  const { bytes } = size;
  if (bytes === null || size.high === null || size.low <= 0 || bytes < wide * size.low || size.high < wide * bytes) {
    return scaled(size, low, best, high);
  }
  const apart = (one: number, other: number): number => Math.exp(Math.hypot(Math.log(one), Math.log(other)));
  return {
    bytes: Math.round(bytes * best),
    low: Math.round((bytes * best) / apart(bytes / size.low, best / low)),
    high: Math.round(bytes * best * apart(size.high / bytes, high / best)),
    basis: 'estimated',
  };
}

/** A size, and why it is not known. */
export interface Sized {
  readonly size: SizeRange;
  /** Localised. */
  readonly reason?: string;
}

/** Detail of a write that gives the reason along. */
export function because({ reason }: Sized): { readonly reason?: string } {
  return reason === undefined ? {} : { reason };
}

/** A size that is not known, with the reason. */
export function unknownFor(reason: string): Sized {
  return { size: notKnown, reason };
}

/** Between two figures. */
export function between(low: number, best: number, high: number): SizeRange {
  return { bytes: best, low, high, basis: 'estimated' };
}

/** What a URL answered, or nothing known. */
export const notKnown: SizeRange = { bytes: null, low: 0, high: null, basis: 'unknown' };
