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
