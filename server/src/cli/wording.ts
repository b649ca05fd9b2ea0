/** The words that the text and Markdown forms share. */
import { relative } from 'node:path';
import { t } from '../localize';
import type { CachePrediction, Report, Stage, Step } from '../report/types';
import { baselineInWords, layerNumber } from '../report/words';
import { formatBytes, formatEstimate, formatSpan } from '../size/format';

/** The reason where it says more than the status does. */
export function reasonOf(cache: CachePrediction): string {
  return cache.status === 'rebuilds' || cache.status === 'may rebuild' ? cache.reason : '';
}

/** The size of a step's layer; nothing for a step that makes none. */
export function sizeOf(step: Step): string {
  if (step.produces !== 'layer') return '';
  // Under a heading that says what it is, one word is enough.
  if (step.size.bytes === null && step.size.low === 0) return t('unknown');
  return step.size.bytes === 0 ? formatBytes(0) : formatSpan(step.size);
}

/** What the step leaves in the image: the number of its layer, `metadata`, or a dash. */
export function layerOf(step: Step): string {
  switch (step.produces) {
    case 'layer':
      return layerNumber(step) ?? t('layer');
    case 'metadata':
      return t('metadata');
    case 'nothing':
      return '–';
    default:
      return step.produces satisfies never;
  }
}

/** `1 layer`, `8 layers`; undefined where the number is not known. */
export function layerCount(count: number | null | undefined): string | undefined {
  if (count === null || count === undefined) return undefined;
  return count === 1 ? t('1 layer') : t('{0} layers', count);
}

/** `FROM node:20 AS build`. */
export function titleOf(stage: Stage): string {
  const name = stage.name === undefined ? '' : ` AS ${stage.name}`;
  return `FROM ${stage.base.image}${name}`;
}

/** Size and layers of what a stage stands on, and where the figures come from. */
export function baseOf(stage: Stage): string {
  const { base } = stage;
  const figures =
    base.kind === 'image' || base.kind === 'stage' ? [formatEstimate(base.size), layerCount(base.layers)] : [];
  return [...figures, baseNote(stage)].filter((part) => part !== undefined && part !== '').join(' · ');
}

/** What a stage stands on, in words. */
export function baseNote(stage: Stage): string {
  const { base } = stage;
  switch (base.kind) {
    case 'scratch':
      return t('empty base');
    case 'unresolved':
      return t('unknown image');
    case 'stage':
      return t('an earlier stage');
    case 'image':
      return [base.os, base.source].filter((part) => part !== undefined && part !== '').join(' · ');
    default:
      return base.kind satisfies never;
  }
}

/** What predictions are held against, in one line. */
export function baselineOf(report: Report): string {
  const { kind, label } = report.baseline;
  switch (kind) {
    case 'git':
    case 'record':
    case 'engine':
      return t('compared with {0}', baselineInWords(report.baseline));
    case 'pending':
      return t('baseline not read yet');
    case 'none':
      return label === '' ? t('nothing to compare with') : t('nothing to compare with: {0}', label);
    default:
      return kind satisfies never;
  }
}

/** `43/50`: in how many of the last commits the step would have stayed cached; empty without a forecast. */
export function keptOf(step: Step, report: Report): string {
  return report.forecast === undefined || step.forecast === undefined
    ? ''
    : `${step.forecast.kept}/${step.forecast.commits}`;
}

/** Bytes from which on waste is worth a word. */
const tellingWaste = 100_000;

/** Size, layers and waste of the target. */
export function imageSummary(report: Report): string {
  const { size, layers, wasted, efficiency, dive } = report.image;
  // Dive counts what stays visible of a path that was written twice along; said where it would surprise.
  const differs =
    dive !== undefined &&
    dive.wasted.bytes !== null &&
    wasted.bytes !== null &&
    dive.wasted.bytes > wasted.bytes * 1.01;
  // Package managers write their small files again at each call.
  const telling = wasted.bytes !== null && wasted.bytes >= tellingWaste;
  return [
    formatSpan(size),
    layerCount(layers),
    telling ? t('{0} wasted', formatSpan(wasted)) : undefined,
    telling && efficiency !== null ? t('{0} % efficient', Math.round(efficiency * 100)) : undefined,
    telling && differs ? t('dive prints {0} wasted', formatEstimate(dive.wasted)) : undefined,
  ]
    .filter((part) => part !== undefined)
    .join(' · ');
}

/** Bytes of the context from which on it is worth a word that they are not sent. */
const tellingRest = 1_000_000;

/** What the build sends to the builder. */
export function contextSummary(report: Report, folder: string): string {
  const place = pathFrom(folder, report.context.path);
  if (report.context.state === 'unavailable') {
    return t('{0}: not available ({1})', place, report.context.reason ?? '');
  }
  if (report.contextSize === null) return t('{0}: not read yet', place);
  const { bytes, files } = report.contextSize;
  const count = files === 1 ? t('1 file') : t('{0} files', files);
  const ignore = report.context.ignoreFile === undefined ? t('no ignore file') : report.context.ignoreFile;
  const summary = t('{0}: {1} in {2} ({3})', place, formatBytes(bytes), count, ignore);
  // The builder asks for what lines name only; what lies there besides is worth a word where it is much.
  const left = (report.contextWeight?.whole.bytes ?? bytes) - bytes;
  return left >= tellingRest
    ? t('{0}; {1} more is there and no line asks for it', summary, formatBytes(left))
    : summary;
}

/** The path as people in the folder would type it. */
export function pathFrom(folder: string, path: string): string {
  const short = relative(folder, path);
  return short === '' ? '.' : short.startsWith('..') ? path : short;
}
