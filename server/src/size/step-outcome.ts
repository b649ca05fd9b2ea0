/** What one step leaves, before anything measured is held against it. */
import type { SourceMatch } from '../context/types';
import type { PackageRequest, SizeRange } from '../packages/types';
import type { PackageSize, PathSize } from '../report/types';
import { fillMarks } from '../shell/stand-in';
import type { Part } from './part';
import { filesOfPart, sizeOfPart } from './part';
import { addRanges, knownBytes, weaker } from './size-range';
import type { StageFilesState } from './stage-files';
import type { Estimate } from './types';

export interface StepOutcome {
  readonly files: StageFilesState;
  /** What package providers keep for later commands of the stage, by manager. */
  readonly memory: ReadonlyMap<string, unknown>;
  readonly size: Estimate;
  /** Largest paths, at most twenty. */
  readonly contents: readonly PathSize[];
  /** Packages that the layer holds, largest first. */
  readonly packages: readonly PackageSize[];
  readonly fileCount?: number;
  /** Present for COPY, ADD from the build context. */
  readonly match?: SourceMatch;
  readonly needs: readonly PackageRequest[];
  readonly archives: readonly string[];
  /** Folders that are in the layer's difference. */
  readonly folders: ReadonlySet<string>;
  /** Files of the build context whose text it depends on, with the answers it was made from. */
  readonly texts: ReadonlyMap<string, string | undefined | 'pending'>;
}

export const largestShown = 20;

/** A text for people: pieces that only the build knows are left out. */
const shown = (text: string): string => fillMarks(text, '…');

/** A range with its evidence. */
export function estimateOf(size: SizeRange, evidence: readonly string[]): Estimate {
  return { ...size, evidence: evidence.map(shown) };
}

/** The bytes of parts as an estimate. `reasons`: why there is more that nothing tells of. */
export function estimateOfParts(
  parts: readonly Part[],
  reasons: readonly string[],
  evidence: readonly string[],
): Estimate {
  const sizes = parts.map(sizeOfPart);
  const total = addRanges(sizes);
  const known = knownBytes(sizes);
  if (reasons.length > 0 || total.bytes === null) {
    const rest = known > 0 ? { known } : {};
    const why = [...new Set([...reasons, ...openSizes(parts)])];
    return {
      bytes: null,
      low: total.low,
      high: null,
      basis: 'unknown',
      ...rest,
      evidence: [...why, ...evidence].map(shown),
    };
  }
  return estimateOf(total, evidence);
}

/** Why sizes of parts are not known, at most ten sentences. */
function openSizes(parts: readonly Part[]): readonly string[] {
  return parts
    .flatMap((part) => (part.kind === 'file' || part.kind === 'bulk' ? [part] : []))
    .flatMap(({ size, reason }) => (size.bytes === null && reason !== undefined ? [reason] : []))
    .slice(0, 10);
}

/** The largest paths of parts that are no packages, at most twenty. */
export function largestParts(parts: readonly Part[]): readonly PathSize[] {
  return parts
    .flatMap((part): PathSize[] => {
      if (part.kind === 'link' || (part.kind !== 'context' && part.package !== undefined)) return [];
      const { bytes, low } = sizeOfPart(part);
      const size = bytes ?? low;
      const label = part.kind === 'context' ? undefined : part.label;
      const type = part.kind === 'file' ? 'file' : 'directory';
      return size === 0
        ? []
        : [{ path: shown(part.path), size, type, ...(label === undefined ? {} : { label: shown(label) }) }];
    })
    .sort((left, right) => right.size - left.size)
    .slice(0, largestShown);
}

/** The packages among parts with all their bytes, largest first. */
export function packagesOf(parts: readonly Part[]): readonly PackageSize[] {
  const found = new Map<
    string,
    { readonly name: PackageSize['name']; manager: string; version?: string; sizes: SizeRange[] }
  >();
  for (const part of parts) {
    if ((part.kind !== 'file' && part.kind !== 'bulk') || part.package === undefined) continue;
    const { manager, name, version } = part.package;
    const key = `${manager} ${name} ${version ?? ''}`;
    const before = found.get(key);
    if (before !== undefined) before.sizes.push(part.size);
    else found.set(key, { name, manager, ...(version === undefined ? {} : { version }), sizes: [part.size] });
  }
  return [...found.values()]
    .map(({ name, manager, version, sizes }): PackageSize => {
      const { bytes, low, high, basis } = addRanges(sizes);
      return { name, manager, ...(version === undefined ? {} : { version }), bytes, low, high, basis };
    })
    .sort((left, right) => (right.bytes ?? right.low) - (left.bytes ?? left.low));
}

/** Regular files of parts; undefined when one of them is not counted. */
export function filesOfParts(parts: readonly Part[]): number | undefined {
  let files = 0;
  for (const part of parts) {
    const count = filesOfPart(part);
    if (count === undefined) return undefined;
    files += count;
  }
  return files;
}

/** The weakest basis of an estimate and what is said of it besides. */
export function withBasisAtMost(estimate: Estimate, basis: Estimate['basis'], evidence: string): Estimate {
  return { ...estimate, basis: weaker(estimate.basis, basis), evidence: [...estimate.evidence, evidence] };
}
