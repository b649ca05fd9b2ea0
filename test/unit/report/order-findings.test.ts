import assert from 'node:assert/strict';
import { test } from 'node:test';
import { snapshotFromEntries } from '../../../server/src/context/snapshot';
import { collectOffers } from '../../../server/src/refactor';
import type { Facts } from '../../../server/src/report/facts';
import { orderFindings } from '../../../server/src/report/order-findings';
import type { Stage, Step } from '../../../server/src/report/types';
import { understand } from '../../../server/src/report/understanding';
import { refactorContext, type Scenario } from '../refactor/scenario';

const files = { 'package.json': '{}', 'package-lock.json': '{"packages":{}}', 'src/a.js': '1' };

/** Codes of the findings with their lines and fixes, for steps of which something is known. */
function found(text: string, known: Readonly<Record<number, Partial<Step>>> = {}, scenario: Scenario = { files }) {
  const facts: Facts = {
    context: {
      state: 'ready',
      snapshot: snapshotFromEntries(Object.keys(files).map((path) => ({ path }))),
      ignoreFile: { text: '' },
    },
    image: () => ({ kind: 'unknown', reason: '' }),
    engine: { state: 'absent', reason: '' },
    baseline: { kind: 'none', reason: '' },
  };
  const inputs = { dockerfilePath: 'Dockerfile', contextPath: '.', buildArguments: {}, platform: 'linux/amd64' };
  const context = refactorContext(text, scenario);
  const stages = context.report.stages.map(
    (stage): Stage => ({ ...stage, steps: stage.steps.map((step) => ({ ...step, ...known[step.line] })) }),
  );
  const { refactorings } = collectOffers({ ...context, report: { ...context.report, stages } });
  return orderFindings(understand(text, inputs, facts), refactorings, stages).map(({ code, range, fixes = [] }) => [
    code,
    range.start.line + 1,
    ...fixes,
  ]);
}

test('source before an installation is mended by installing first', () => {
  assert.deepEqual(found('FROM node:20-slim\nWORKDIR /app\nCOPY . .\nRUN npm ci\n'), [
    ['source-before-install', 3, 'manifests-first:4'],
  ]);
});

const rare = 'FROM debian:bookworm-slim\nWORKDIR /app\nCOPY . .\nRUN apt-get update && apt-get install -y curl\n';

test('a step that does not use the source is a finding only where it is known to cost', () => {
  assert.deepEqual(found(rare), []);
  assert.deepEqual(found(rare, { 4: { duration: 4 } }), []);
  assert.deepEqual(found(rare, { 4: { duration: 40 } }), [['rare-after-source', 4, 'rare-first:4']]);
  assert.deepEqual(found(rare, { 4: { duration: 4, forecast: { kept: 5, commits: 50 } } }), [
    ['rare-after-source', 4, 'rare-first:4'],
  ]);
  assert.deepEqual(found(rare, { 4: { duration: 40, forecast: { kept: 50, commits: 50 } } }), []);
});

test('an argument is a finding where the next build runs steps again because of it', () => {
  const text = 'FROM debian:bookworm-slim\nARG GIT_COMMIT\nRUN apt-get update && apt-get install -y curl\n';
  const cache = { status: 'rebuilds', reason: '', cause: { input: 'GIT_COMMIT' } } as const;
  assert.deepEqual(found(text, { 3: { duration: 40 } }), []);
  assert.deepEqual(found(text, { 3: { cache } }), []);
  assert.deepEqual(found(text, { 3: { duration: 40, cache } }), [['argument-before-steps', 2, 'move-late:2']]);
});
