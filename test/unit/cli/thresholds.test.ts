import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge, readSeverity, readSize } from '../../../server/src/cli/thresholds';
import type { Finding, Report } from '../../../server/src/report/types';
import { sampleReport } from '../features/sample-report';

const finding = (severity: Finding['severity']): Finding => ({
  code: 'x',
  severity,
  message: 'm',
  range: { start: { line: 0, character: 0 }, end: { line: 0, character: 1 } },
});

test('sizes are read in decimal units', () => {
  assert.equal(readSize('200MB'), 200_000_000);
  assert.equal(readSize('1.5 gb'), 1_500_000_000);
  assert.equal(readSize('10k'), 10_000);
  assert.equal(readSize('7'), 7);
  for (const bad of ['', 'x', '-1', '1 PB', '1MiB', 'MB']) assert.throws(() => readSize(bad), bad);
});

test('findings count from the severity that was named upwards', () => {
  const report: Report = { ...sampleReport, findings: [finding('warning'), finding('hint')] };
  assert.equal(judge(report, { failOn: 'error' }).kind, 'done');
  assert.equal(judge(report, { failOn: 'warning' }).kind, 'failed');
  assert.equal(judge(report, {}).kind, 'done');
  assert.throws(() => readSeverity('grave'));
});

test('a size fails only when even its lower end is above the limit', () => {
  const size = { bytes: null, low: 100, high: null, basis: 'unknown' as const, evidence: [] };
  const report: Report = { ...sampleReport, image: { ...sampleReport.image, size } };
  assert.equal(judge(report, { maxSize: 100 }).kind, 'done');
  assert.equal(judge(report, { maxSize: 99 }).kind, 'failed');
});
