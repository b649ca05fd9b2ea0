/** Sizes for people: decimal units as Docker prints them, three significant digits. */
import { t } from '../localize';
import type { Estimate } from './types';

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** `45.2 MB`; 1 MB is 10^6 bytes (docker/go-units: HumanSizeWithPrecision). Negative numbers get a minus sign (−). */
export function formatBytes(bytes: number): string {
  const sign = bytes < 0 ? '−' : '';
  let value = Math.abs(bytes);
  let unit = 0;
  // 999.5 would round to four digits.
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${sign}${trimZeros(value.toFixed(digits))} ${units[unit] ?? 'B'}`;
}

function trimZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** Beyond this many times the figure, above or below it, and so many bytes, the range stands beside the figure. */
const wide = { times: 3, bytes: 100_000 };

/** True for an estimate that tells an order of magnitude and no more: nobody is to take its figure for a promise. */
export function isWide({ bytes, low, high, basis }: Estimate): boolean {
  if (bytes === null || high === null || basis !== 'estimated' || high - low < wide.bytes) return false;
  return high > wide.times * bytes || bytes > wide.times * Math.max(low, 1);
}

/**
 * A size with its certainty: `45.2 MB` exact, measured or computed; `~45.2 MB` estimated; `45.2 MB + ?` when some parts are known and others are not; `≥ 45.2 MB` when only a lower bound is known; `size unknown` when nothing is.
 */
export function formatEstimate(estimate: Estimate): string {
  if (estimate.bytes === null) {
    const { known, low } = estimate;
    if (known !== undefined) return `${known > low ? '~' : ''}${formatBytes(known)} + ?`;
    return estimate.low > 0 ? `≥ ${formatBytes(estimate.low)}` : t('size unknown');
  }
  return estimate.basis === 'estimated' ? `~${formatBytes(estimate.bytes)}` : formatBytes(estimate.bytes);
}

/** The same, with the range where it is wide: `~20 MB (1 MB–300 MB)`. */
export function formatSpan(estimate: Estimate): string {
  const figure = formatEstimate(estimate);
  return isWide(estimate) ? `${figure} (${formatBytes(estimate.low)}–${formatBytes(estimate.high ?? 0)})` : figure;
}

/** Where there is little room: the range alone where it is wide, `1–300 MB`. */
export function formatSpanInBrief(estimate: Estimate): string {
  if (!isWide(estimate)) return formatEstimate(estimate);
  const from = formatBytes(estimate.low);
  const to = formatBytes(estimate.high ?? 0);
  const [figure = from, unit] = from.split(' ');
  return to.endsWith(` ${unit}`) || estimate.low === 0 ? `${figure}–${to}` : `${from}–${to}`;
}

/** `40 MB to 60 MB`, or undefined when the range says no more than the figure. */
export function formatRange(estimate: Estimate): string | undefined {
  if (estimate.high === null) return estimate.low > 0 ? t('at least {0}', formatBytes(estimate.low)) : undefined;
  if (estimate.low === estimate.high) return undefined;
  return t('{0} to {1}', formatBytes(estimate.low), formatBytes(estimate.high));
}
