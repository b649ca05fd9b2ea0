/** Ranges of many packages together. Each is off by its own amount, so their errors partly cancel out. */
import type { SizeRange } from './types';

/** A figure in whole bytes with a range around it. */
export function ranged(bytes: number, low: number, high: number, basis: SizeRange['basis']): SizeRange {
  const best = Math.max(0, Math.round(bytes));
  return {
    bytes: best,
    low: Math.max(0, Math.min(best, Math.floor(low))),
    high: Math.max(best, Math.ceil(high)),
    basis,
  };
}

/** A figure that is off by at most a share of itself nine times in ten. */
export function within(bytes: number, share: number, basis: SizeRange['basis']): SizeRange {
  return ranged(bytes, bytes * (1 - share), bytes * (1 + share), basis);
}

/** The same figure times a factor. */
export function scaled(size: SizeRange, factor: number): SizeRange {
  if (size.bytes === null) return size;
  const high = size.high === null ? Number.POSITIVE_INFINITY : size.high * factor;
  const range = ranged(size.bytes * factor, size.low * factor, Number.isFinite(high) ? high : 0, size.basis);
  return size.high === null ? { ...range, high: null } : range;
}

/**
 * The same figures with ranges that may be added up: widths of independent errors add in quadrature, so each is narrowed by the factor
 * by which the plain sum would be too wide. Sizes that nothing bounds stay as they are. `together`: parts whose ranges are those of
 * their sum, shared out evenly. What single ranges have in common is off alike: a fiftieth of all that is not certain.
 */
export function pooled<Part extends { readonly size: SizeRange }>(
  parts: readonly Part[],
  together: (part: Part) => boolean = () => false,
): readonly Part[] {
  const shared = parts.map(together);
  let uncertain = 0;
  for (const [index, { size }] of parts.entries()) {
    if (!shared[index] && size.low !== size.high) uncertain += size.bytes ?? 0;
  }
  const common = uncertain * commonError;
  const below = narrowing(
    parts.map(({ size }) => (size.bytes === null ? 0 : size.bytes - size.low)),
    shared,
    common,
  );
  const above = narrowing(
    parts.map(({ size }) => (size.bytes === null || size.high === null ? 0 : size.high - size.bytes)),
    shared,
    common,
  );
  if (below === 1 && above === 1) return parts;
  return parts.map((part) => {
    const { bytes, low, high, basis } = part.size;
    if (bytes === null || high === null || low === high) return part;
    return { ...part, size: ranged(bytes, bytes - (bytes - low) * below, bytes + (high - bytes) * above, basis) };
  });
}

/** Share by which many estimates together are off, however many: the way in which they are made is. */
const commonError = 0.02;

function narrowing(widths: readonly number[], shared: readonly boolean[], common: number): number {
  let plain = 0;
  let squares = 0;
  let together = 0;
  for (const [index, width] of widths.entries()) {
    plain += width;
    if (shared[index]) together += width;
    else squares += width * width;
  }
  return plain === 0 ? 1 : Math.min(1, Math.sqrt(squares + together * together + common * common) / plain);
}
