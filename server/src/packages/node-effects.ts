/** Effects of commands that the providers for Node share. */
import type { PackageEffect, WrittenPart } from './types';

/** Nothing is written but what is given. */
export function effectOf(effect: Partial<PackageEffect>): PackageEffect {
  return { writes: [], removes: [], removedPackages: [], evidence: [], needs: [], ...effect };
}

/** More than the writes is left, and the reason says what nobody knows. */
export function unknownEffect(reason: string, writes: readonly WrittenPart[] = []): PackageEffect {
  return effectOf({ unknown: reason, writes });
}

/** The parts that reach the layer: what lies at or below a mount does not. */
export function notMounted(parts: readonly WrittenPart[], mounted: readonly string[]): readonly WrittenPart[] {
  if (mounted.length === 0) return parts;
  return parts.filter(({ path }) => !mounted.some((mount) => path === mount || path.startsWith(`${mount}/`)));
}
