// @ts-check
// A node:test reporter that stays readable with thousands of data-driven tests: one line a file, every failure in
// full, then the runner's own summary.
import { relative } from 'node:path';
import { bundledTests, formatDuration, root } from './steps.mjs';

/**
 * What the runner's summary, which this reporter prints last, counts of something.
 * @param {string} output
 * @param {'tests' | 'pass' | 'fail' | 'cancelled' | 'skipped' | 'todo'} what
 * @returns {number} 0 when it is not told
 */
export function counted(output, what) {
  return Number(new RegExp(`^ℹ ${what} (\\d+)$`, 'm').exec(output)?.[1] ?? 0);
}

/**
 * A test file as people know it, also of its bundle.
 * @param {string} file
 */
function shownFile(file) {
  return file.startsWith(bundledTests) ? relative(bundledTests, file).replace(/\.mjs$/, '.ts') : relative(root, file);
}

/**
 * The error with all that caused it, without frames of Node itself.
 * @param {unknown} error
 * @returns {string}
 */
function describe(error) {
  if (!(error instanceof Error)) return String(error);
  const own = (error.stack ?? error.message)
    .split('\n')
    .filter((line) => !/^\s+at .*\(?node:internal/.test(line))
    .join('\n');
  return error.cause instanceof Error ? `${own}\ncaused by ${describe(error.cause)}` : own;
}

/** @param {AsyncIterable<{ type: string, data: any }>} events */
export default async function* report(events) {
  /** @type {Map<string, { passed: number, failed: number, milliseconds: number }>} */
  const files = new Map();
  const summary = [];
  for await (const { type, data } of events) {
    if (type === 'test:stdout' || type === 'test:stderr') yield data.message;
    if (type === 'test:diagnostic' && data.nesting === 0) summary.push(data.message);
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const suite = data.details.type === 'suite';
    const file = data.file ?? '';
    const counts = files.get(file) ?? { passed: 0, failed: 0, milliseconds: 0 };
    files.set(file, counts);
    if (data.nesting === 0) counts.milliseconds += data.details.duration_ms;
    if (type === 'test:pass') {
      if (!suite) counts.passed += 1;
      continue;
    }
    const error = data.details.error;
    // A suite fails because a test in it failed, which has been told.
    if (suite && error?.failureType === 'subtestsFailed') continue;
    counts.failed += 1;
    // node:test wraps what a test threw.
    const thrown = error?.cause instanceof Error ? error.cause : error;
    // No line: node:test gives that of the compiled text. The stack has the right one.
    yield `\n✖ ${data.name} (${shownFile(file)})\n${describe(thrown).replace(/^/gm, '    ')}\n\n`;
  }
  for (const [file, { passed, failed, milliseconds }] of files) {
    const result = failed > 0 ? `${failed} FAILED, ${passed} passed` : `${passed} passed`;
    yield `${failed > 0 ? '✖' : '✔'} ${shownFile(file)}: ${result} in ${formatDuration(milliseconds)}\n`;
  }
  yield '\n';
  for (const line of summary) yield `ℹ ${line}\n`;
}
