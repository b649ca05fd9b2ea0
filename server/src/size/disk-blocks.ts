/**
 * What engines with the containerd store print for a layer: its disk usage. 4,096 bytes for the layer's root and for each folder in its
 * difference (also one that was there before and holds something that changed), whole blocks for each file; links, whiteouts and devices
 * take none (containerd snapshots/overlay: Usage; continuity fs: DiskUsage; measured for each case).
 */
import type { ContextSnapshot } from '../context/types';
import type { SizeRange } from '../packages/types';
import { isWithin, type Part } from './part';
import { addRanges, exactRange, isNothing } from './size-range';

const block = 4_096;

function blocks(bytes: number): number {
  return Math.ceil(bytes / block) * block;
}

/** Bytes on disk of files that are not told apart: half a block more for each, and folders among them, two for the fewest files. */
function ofMany(size: SizeRange, files: number | undefined): SizeRange {
  if (isNothing(size)) return size;
  const count = files ?? (size.bytes ?? size.low) / 10_000;
  const more = (share: number) => Math.round(count * block * share);
  return {
    bytes: size.bytes === null ? null : size.bytes + more(0.65),
    low: size.low + more(files === undefined ? 0 : 0.3),
    high: size.high === null ? null : size.high + more(files === undefined ? 4 : 1.2) + 2 * block,
    basis: 'estimated',
  };
}

function ofPart(part: Part, snapshot: ContextSnapshot | undefined): SizeRange {
  switch (part.kind) {
    case 'link':
      return exactRange(0);
    case 'file':
      return {
        ...part.size,
        bytes: part.size.bytes === null ? null : blocks(part.size.bytes),
        low: blocks(part.size.low),
        high: part.size.high === null ? null : blocks(part.size.high),
      };
    case 'bulk':
      return ofMany(part.size, part.files);
    case 'context': {
      if (snapshot === undefined) return ofMany(exactRange(part.totals.bytes), part.totals.files);
      let bytes = 0;
      const gone = new Set(part.except);
      const linked = new Set<string>();
      const open = [part.source];
      for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
        for (const child of snapshot.children(folder)) {
          if (gone.has(child.path) || (child.hardLink !== undefined && linked.has(child.hardLink))) continue;
          if (child.hardLink !== undefined) linked.add(child.hardLink);
          if (child.type === 'directory') {
            open.push(child.path);
            bytes += block;
          } else if (child.type === 'file') bytes += blocks(child.size);
        }
      }
      return exactRange(bytes);
    }
    default:
      return part satisfies never;
  }
}

/** Disk usage of a layer with these parts, in whose difference these folders are. Bytes. */
export function diskUsage(
  parts: readonly Part[],
  folders: ReadonlySet<string>,
  snapshot: ContextSnapshot | undefined,
): SizeRange {
  let count = 1;
  for (const folder of folders) if (folder !== '/' && !inTree(folder, parts)) count += 1;
  return addRanges([exactRange(count * block), ...parts.map((part) => ofPart(part, snapshot))]);
}

/** Folders below a tree of the context are counted with it. */
function inTree(folder: string, parts: readonly Part[]): boolean {
  return parts.some((part) => part.kind === 'context' && folder !== part.path && isWithin(folder, part.path));
}
