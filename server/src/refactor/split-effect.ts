/** What leaving the build behind does to bytes and layers, also where too little is known of what the build makes. */
import type { Edit, Effect } from '../report/types';
import { isWithin, sizeOfPart } from '../size/part';
import type { StageFilesState } from '../size/stage-files';
import { applyEdits } from './apply';
import { outlookEffect } from './effect';
import type { ImageOutlook, RefactorContext } from './types';

/**
 * The image after the edits against the one before. Where the sizes of what is carried over are not known, they are the same in both
 * images, so the rest tells the least that is saved. `carried`: absolute paths that come from the builder stage.
 */
export function splitImageEffect(
  context: RefactorContext,
  edits: readonly Edit[],
  carried: readonly string[],
): Omit<Effect, 'cache'> {
  const { text } = context.dockerfile;
  const before = context.outlook(text);
  const after = context.outlook(applyEdits(text, edits));
  const whole = outlookEffect(before, after);
  const doubtful = [before, after].some(({ files }) => (files?.doubts.length ?? 0) > 0);
  // What is not known of the build is not the same in both images, as it would be for other edits.
  const high = leastSaving(before, after, carried);
  if (!doubtful && whole.bytes !== null && (whole.bytes.low !== null || whole.bytes.high < 0)) {
    // The upper end of the range may say less than what is certain.
    const { bytes } = whole;
    if (high === undefined || high >= bytes.high || (bytes.low ?? high) > high) return whole;
    const best = bytes.best === undefined ? {} : { best: Math.min(bytes.best, high) };
    return { ...whole, bytes: { ...bytes, high, ...best } };
  }
  return high === undefined || high >= 0
    ? { bytes: null, layers: whole.layers }
    : { bytes: { low: null, high }, layers: whole.layers };
}

function leastSaving(before: ImageOutlook, after: ImageOutlook, carried: readonly string[]): number | undefined {
  if (before.base === undefined || after.base === undefined || after.base.size.high === null) return undefined;
  const base = before.base.reference === after.base.reference ? 0 : after.base.size.high - before.base.size.low;
  const gone = before.files === undefined ? 0 : knownBytes(before.files, carried);
  const added = after.files === undefined ? undefined : boundOf(after.files, carried);
  return added === undefined ? undefined : base + added - gone;
}

const isCarried = (path: string, carried: readonly string[]): boolean =>
  carried.some((folder) => isWithin(path, folder) || isWithin(folder, path));

/** Bytes that certainly lie in the image besides what is carried over. */
function knownBytes(files: StageFilesState, carried: readonly string[]): number {
  const parts = files.parts.filter(({ path }) => !isCarried(path, carried));
  return parts.reduce((sum, part) => sum + sizeOfPart(part).low, 0);
}

/** The most that lies in the image besides what is carried over; undefined when nothing bounds it. */
function boundOf(files: StageFilesState, carried: readonly string[]): number | undefined {
  if (files.doubts.some(({ within }) => within === undefined || within.some((path) => !isCarried(path, carried))))
    return undefined;
  let sum = 0;
  for (const part of files.parts) {
    if (isCarried(part.path, carried)) continue;
    const { high } = sizeOfPart(part);
    if (high === null) return undefined;
    sum += high;
  }
  return sum;
}
