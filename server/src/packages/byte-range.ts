/** Ranges of bytes as providers make them. */
import type { SizeRange } from './types';

/** A quantity whose distribution was measured: the median and the limits that hold nine values in ten. */
export interface Spread {
  readonly low: number;
  readonly middle: number;
  readonly high: number;
}

export function exactBytes(bytes: number): SizeRange {
  return { bytes, low: bytes, high: bytes, basis: 'exact' };
}

export function computedBytes(bytes: number, tolerance = 0): SizeRange {
  return {
    bytes: Math.round(bytes),
    low: Math.floor(bytes * (1 - tolerance)),
    high: Math.ceil(bytes * (1 + tolerance)),
    basis: 'computed',
  };
}

/** A figure out of a measured distribution, in bytes. */
export function spreadBytes(spread: Spread, factor = 1): SizeRange {
  return {
    bytes: Math.round(spread.middle * factor),
    low: Math.round(spread.low * factor),
    high: Math.round(spread.high * factor),
    basis: 'estimated',
  };
}

export const unknownBytes: SizeRange = { bytes: null, low: 0, high: null, basis: 'unknown' };

const strength = ['exact', 'measured', 'computed', 'estimated', 'unknown'] as const;

/** The weaker of two bases. */
export function weakerBasis(left: SizeRange['basis'], right: SizeRange['basis']): SizeRange['basis'] {
  return strength.indexOf(left) >= strength.indexOf(right) ? left : right;
}

/** The sum: ranges add and the weakest basis stays. */
export function addBytes(left: SizeRange, right: SizeRange): SizeRange {
  return {
    bytes: left.bytes === null || right.bytes === null ? null : left.bytes + right.bytes,
    low: left.low + right.low,
    high: left.high === null || right.high === null ? null : left.high + right.high,
    basis: weakerBasis(left.basis, right.basis),
  };
}

/** The size times a factor, which itself may vary. */
export function scaleBytes(size: SizeRange, factor: Spread): SizeRange {
  return {
    bytes: size.bytes === null ? null : Math.round(size.bytes * factor.middle),
    low: Math.floor(size.low * factor.low),
    high: size.high === null ? null : Math.ceil(size.high * factor.high),
    basis: factor.low === factor.high ? size.basis : weakerBasis(size.basis, 'estimated'),
  };
}

/** It may be there or not. */
export function perhapsBytes(size: SizeRange): SizeRange {
  return { ...size, low: 0, basis: weakerBasis(size.basis, 'estimated') };
}

/**
 * The same ranges made narrower so that their plain sum is the range of the sum. Errors of many independent parts cancel out: half-widths
 * add as roots of squares, and `common` (a share of the whole) is the error that all parts have alike.
 */
export function shareUncertainty(sizes: readonly SizeRange[], common = 0.03): readonly SizeRange[] {
  let total = 0;
  const below = { plain: 0, squares: 0 };
  const above = { plain: 0, squares: 0 };
  for (const { bytes, low, high } of sizes) {
    if (bytes === null || high === null) continue;
    total += bytes;
    below.plain += bytes - low;
    below.squares += (bytes - low) ** 2;
    above.plain += high - bytes;
    above.squares += (high - bytes) ** 2;
  }
  const share = (side: { plain: number; squares: number }): number =>
    side.plain === 0 ? 1 : Math.min(1, Math.hypot(Math.sqrt(side.squares), common * total) / side.plain);
  const [down, up] = [share(below), share(above)];
  return sizes.map((size) =>
    size.bytes === null || size.high === null
      ? size
      : {
          ...size,
          low: Math.floor(size.bytes - (size.bytes - size.low) * down),
          high: Math.ceil(size.bytes + (size.high - size.bytes) * up),
        },
  );
}
