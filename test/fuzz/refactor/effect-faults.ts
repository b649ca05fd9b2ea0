/** Whether the report after a refactoring is the report before it and the effect that was promised, to the byte. */
import { titleWithEffect } from '../../../server/src/refactor/title';
import type { Effect, Refactoring, Report } from '../../../server/src/report/types';
import { formatBytes } from '../../../server/src/size/format';
import { sizeOfPart } from '../../../server/src/size/part';
import type { Moment } from './moment';

/** What is wrong with a promised effect, one sentence each. Both reports are made from their texts alone. */
export function effectFaults(before: Moment, after: Moment, refactoring: Refactoring): readonly string[] {
  const { effect } = refactoring;
  return [
    ...layerFaults(before.report, after.report, effect),
    ...(effect.bytes === null ? [] : byteFaults(before, after, effect.bytes, refactoring.kind)),
    ...titleFaults(refactoring),
  ];
}

/** Layers of the target, as far as its own lines make them, and the image that they lie on. */
function ownLayers({ stages }: Report): { readonly layers: number; readonly base: string } {
  let stage = stages.find(({ target }) => target);
  let layers = 0;
  let base = '';
  for (let turns = 0; stage !== undefined && turns <= stages.length; turns++) {
    layers += stage.steps.filter(({ produces }) => produces === 'layer').length;
    base = stage.base.image;
    stage = stage.base.stage === undefined ? undefined : stages[stage.base.stage];
  }
  return { layers, base };
}

function layerFaults(before: Report, after: Report, effect: Effect): readonly string[] {
  const [was, is] = [before.image.layers, after.image.layers];
  const [ownWas, ownIs] = [ownLayers(before), ownLayers(after)];
  const whole = was !== null && is !== null;
  // What an unknown base has of its own is not known, so only the lines on it can be counted.
  if (!whole && ownWas.base !== ownIs.base) return [];
  const difference = whole ? is - was : ownIs.layers - ownWas.layers;
  return difference === effect.layers ? [] : [`promises ${effect.layers} layers and makes ${difference}`];
}

function byteFaults(
  earlier: Moment,
  later: Moment,
  { low, high, best }: Exclude<Effect['bytes'], null>,
  kind: Refactoring['kind'],
): readonly string[] {
  const before = earlier.report.image.size;
  const after = later.report.image.size;
  const faults: string[] = [];
  const promised = `${low} to ${high}, at best ${best}`;
  if ((low ?? high) > high || (best !== undefined && (best > high || best < (low ?? best)))) {
    faults.push(`promises ${promised}, which is no range`);
  }
  const figure = best ?? (low === high ? high : undefined);
  if (figure !== undefined && before.bytes !== null && after.bytes !== null) {
    const made = after.bytes - before.bytes;
    if (made !== figure) faults.push(`promises ${promised} bytes and makes ${made}`);
  }
  // What stays is in both images and drops out, so the ends of the promise are those of what comes and goes.
  if (before.high !== null && after.high !== null && low !== null) {
    const made = after.low - before.low + (after.high - before.high);
    // What is carried into another stage is the same in both, which the images alone do not tell: the saving is more certain.
    const fits = (ends: number): boolean => (kind === 'refactor.extract' ? ends >= low + high : ends === low + high);
    if (!fits(made) && !fits(endsOfFiles(later) - endsOfFiles(earlier))) {
      faults.push(`promises ${promised}; the ends make ${after.low - before.low} and ${after.high - before.high}`);
    }
  }
  const least = before.high === null ? Number.NEGATIVE_INFINITY : after.low - before.high;
  const most = after.high === null ? Number.POSITIVE_INFINITY : after.high - before.low;
  if (high < least || (low !== null && low > most)) {
    faults.push(`promises ${promised}, and the images differ by ${least} to ${most}`);
  }
  return faults;
}

/**
 * Both ends of the range of what lies in the image, together. A folder of files that are not told apart has wider ends once a later step
 * touched a part of it, which no step's own size tells.
 */
function endsOfFiles({ graph, sizes }: Moment): number {
  const state = graph.target === undefined ? undefined : sizes.files(graph.target);
  if (state === undefined) return Number.NaN;
  const layered = state.hidden.filter(({ owner, stays }) => owner.layer >= 0 && stays !== true);
  const ranges = [...state.parts.map(sizeOfPart), ...layered.map(({ size }) => size)];
  return ranges.reduce((sum, { low, high }) => sum + low + (high ?? Number.NaN), 0);
}

/** Layers and bytes that a title names are those of the effect. */
function titleFaults(refactoring: Refactoring): readonly string[] {
  const { title, effect } = refactoring;
  const suffix = titleWithEffect(refactoring).slice(title.length);
  const layers = /([−+])(\d+) layers?/.exec(suffix);
  const said = layers === null ? 0 : Number(`${layers[1] === '−' ? '-' : '+'}${layers[2]}`);
  const faults = said === (effect.layers ?? 0) ? [] : [`the title says ${said} layers, the effect ${effect.layers}`];
  const { bytes } = effect;
  const figures = [bytes?.low, bytes?.high, bytes?.best].flatMap((figure) =>
    typeof figure === 'number' ? [figure] : [],
  );
  const signed = figures.map(
    (figure) => `${figure === 0 ? '' : figure < 0 ? '−' : '+'}${formatBytes(Math.abs(figure))}`,
  );
  for (const [named] of suffix.matchAll(/[−+]?\d+(?:\.\d+)? [kMGTP]?B\b/g)) {
    if (!signed.includes(named)) faults.push(`the title says ${named}, the effect ${figures.join(' ')}`);
  }
  return faults;
}
