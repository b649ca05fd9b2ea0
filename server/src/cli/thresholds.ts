/** What the user asked `strata analyze` to fail on. */
import { InvalidArgumentError } from 'commander';
import { t } from '../localize';
import type { FindingSeverity, Report } from '../report/types';
import { formatBytes } from '../size/format';
import type { Outcome } from './failure';

export interface Thresholds {
  /** Findings of this severity or a graver one. */
  readonly failOn?: FindingSeverity;
  /** Bytes the target's image may have. */
  readonly maxSize?: number;
}

/** Gravest first. */
const severities: readonly FindingSeverity[] = ['error', 'warning', 'information', 'hint'];

/** Reads a severity for commander. */
export function readSeverity(text: string): FindingSeverity {
  const found = severities.find((severity) => severity === text);
  if (!found) throw new InvalidArgumentError(`One of ${severities.join(', ')} is expected.`);
  return found;
}

/** Reads `200MB`, `1.5 GB`, `1000` for commander: bytes, decimal units as Docker prints them. */
export function readSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?b?)$/i.exec(text.trim());
  const exponent = ['', 'k', 'm', 'g', 't'].indexOf((match?.[2] ?? '').toLowerCase().replace('b', ''));
  if (!match || exponent < 0) throw new InvalidArgumentError('A size is expected, for example 200MB.');
  return Number(match[1]) * 1000 ** exponent;
}

/**
 * The first threshold that the report crosses. A size that is known only as a range crosses the limit when even its lower
 * end does: a check must not fail on a guess.
 */
export function judge(report: Report, thresholds: Thresholds): Outcome {
  const { failOn, maxSize } = thresholds;
  if (maxSize !== undefined && report.image.size.low > maxSize) {
    return {
      kind: 'failed',
      reason: t('the image has {0}, more than {1}', formatBytes(report.image.size.low), formatBytes(maxSize)),
    };
  }
  if (failOn !== undefined) {
    const limit = severities.indexOf(failOn);
    const count = report.findings.filter((finding) => severities.indexOf(finding.severity) <= limit).length;
    if (count > 0) return { kind: 'failed', reason: t('{0} findings of severity {1} or above', count, failOn) };
  }
  return { kind: 'done' };
}
