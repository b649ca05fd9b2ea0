/** Making and adding estimates. */
import type { Basis, Estimate } from './types';

/** From the strongest to the weakest. */
const strength: readonly Basis[] = ['exact', 'measured', 'computed', 'estimated', 'unknown'];

/** A figure that is certain. Bytes. */
export function exactly(bytes: number, ...evidence: readonly string[]): Estimate {
  return { bytes, low: bytes, high: bytes, basis: 'exact', evidence };
}

/** A figure from a source that is not the build itself; the range is given in bytes. */
export function figure(
  basis: Exclude<Basis, 'unknown'>,
  bytes: number,
  range: { low: number; high: number },
  evidence: readonly string[],
): Estimate {
  return { bytes, low: Math.min(range.low, bytes), high: Math.max(range.high, bytes), basis, evidence };
}

/** Nothing is known beyond a lower bound (bytes). */
export function unknown(evidence: readonly string[], low = 0): Estimate {
  return { bytes: null, low, high: null, basis: 'unknown', evidence };
}

/** The weaker of two bases. */
export function weaker(left: Basis, right: Basis): Basis {
  return strength.indexOf(left) >= strength.indexOf(right) ? left : right;
}

/** The sum: ranges add, the weakest basis stays, and one unknown part makes the figure unknown but keeps the lower bound. */
export function sum(estimates: readonly Estimate[], ...evidence: readonly string[]): Estimate {
  let bytes: number | null = 0;
  let low = 0;
  let high: number | null = 0;
  let basis: Basis = 'exact';
  let known = 0;
  for (const part of estimates) {
    known += part.bytes ?? part.known ?? part.low;
    bytes = bytes === null || part.bytes === null ? null : bytes + part.bytes;
    high = high === null || part.high === null ? null : high + part.high;
    low += part.low;
    basis = weaker(basis, part.basis);
  }
  return { bytes, low, high, basis, ...(bytes === null && known > 0 ? { known } : {}), evidence };
}
