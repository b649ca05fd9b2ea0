/** Arithmetic of ranges of bytes. */
import type { SizeRange } from '../packages/types';
import type { Basis } from './types';

/** From the strongest to the weakest. */
const strength: readonly Basis[] = ['exact', 'measured', 'computed', 'estimated', 'unknown'];

/** The weaker of two bases. */
export function weaker(left: Basis, right: Basis): Basis {
  return strength.indexOf(left) >= strength.indexOf(right) ? left : right;
}

/** Bytes that are certain. */
export function exactRange(bytes: number): SizeRange {
  return { bytes, low: bytes, high: bytes, basis: 'exact' };
}

export const noBytes: SizeRange = exactRange(0);

/** Nothing is known. */
export const unknownRange: SizeRange = { bytes: null, low: 0, high: null, basis: 'unknown' };

/** True when it is certainly nothing. */
export function isNothing(size: SizeRange): boolean {
  return size.bytes === 0 && size.high === 0;
}

/** The sum: ranges add, the weakest basis of what is not nothing stays, one unknown part makes the figure unknown. */
export function addRanges(sizes: Iterable<SizeRange>): SizeRange {
  let bytes: number | null = 0;
  let low = 0;
  let high: number | null = 0;
  let basis: Basis = 'exact';
  for (const size of sizes) {
    if (isNothing(size)) continue;
    bytes = bytes === null || size.bytes === null ? null : bytes + size.bytes;
    low += size.low;
    high = high === null || size.high === null ? null : high + size.high;
    basis = weaker(basis, size.basis);
  }
  return { bytes, low, high, basis };
}

/** What is certain of a sum in which parts are unknown: the best figures of the known parts. Bytes. */
export function knownBytes(sizes: Iterable<SizeRange>): number {
  let known = 0;
  for (const { bytes, low } of sizes) known += bytes ?? low;
  return known;
}

/** The same bytes, or none of them. */
export function perhaps(size: SizeRange): SizeRange {
  return isNothing(size) ? size : { ...size, low: 0, basis: weaker(size.basis, 'estimated') };
}

/** A share of the bytes between none and `most` of them (0 to 1), `best` of them at best. */
export function shareOf(size: SizeRange, best: number, most: number): SizeRange {
  return {
    bytes: size.bytes === null ? null : Math.round(size.bytes * best),
    low: 0,
    high: size.high === null ? null : Math.round(size.high * most),
    basis: weaker(size.basis, 'estimated'),
  };
}

/** What is left when a part of it is taken away. */
export function subtractRange(size: SizeRange, part: SizeRange): SizeRange {
  if (isNothing(part)) return size;
  const bytes = size.bytes === null || part.bytes === null ? size.bytes : Math.max(0, size.bytes - part.bytes);
  const low = part.high === null ? 0 : Math.max(0, size.low - part.high);
  const high = size.high === null ? null : Math.max(0, size.high - part.low);
  return { bytes, low, high, basis: weaker(size.basis, part.basis) };
}

/** The smaller and the larger of two sizes, as far as the ranges tell. */
export function smaller(left: SizeRange, right: SizeRange): SizeRange {
  return {
    bytes: left.bytes === null || right.bytes === null ? null : Math.min(left.bytes, right.bytes),
    low: Math.min(left.low, right.low),
    high: left.high === null ? right.high : right.high === null ? left.high : Math.min(left.high, right.high),
    basis: weaker(left.basis, right.basis),
  };
}
