/** What is left of bytes that a command writes when it may not run, or runs any number of times. */
import type { SizeRange } from '../packages/types';
import type { Occurrence } from '../shell/types';
import { type Part, sizeOfPart } from './part';
import { isNothing, perhaps } from './size-range';

/** Bytes that a command leaves, going by how often it runs. */
export function occurring(size: SizeRange, occurrence: Occurrence): SizeRange {
  switch (occurrence) {
    case 'runs':
      return size;
    case 'may run':
      return perhaps(size);
    case 'repeats':
      return isNothing(size) ? size : { ...perhaps(size), high: null };
    default:
      return occurrence satisfies never;
  }
}

/** A part that a command leaves, going by how often it runs. */
export function occurringPart(part: Part, occurrence: Occurrence): Part {
  if (occurrence === 'runs') return part;
  switch (part.kind) {
    case 'file':
    case 'bulk':
      return { ...part, size: occurring(part.size, occurrence) };
    case 'context': {
      const { path, owner, totals } = part;
      return { kind: 'bulk', path, owner, size: occurring(sizeOfPart(part), occurrence), files: totals.files };
    }
    case 'link':
      return part;
    default:
      return part satisfies never;
  }
}
