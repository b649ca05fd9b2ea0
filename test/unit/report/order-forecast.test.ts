import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildGraph } from '../../../server/src/build/graph';
import type { ForecastHistory } from '../../../server/src/cache/forecast';
import { parseDockerfile } from '../../../server/src/dockerfile/parse';
import type { AnalysisInputs, Facts } from '../../../server/src/report/facts';
import { orderForecast } from '../../../server/src/report/order-forecast';

const inputs: AnalysisInputs = {
  dockerfilePath: '/p/Dockerfile',
  contextPath: '/p',
  buildArguments: {},
  platform: 'linux/amd64',
  forecastCommits: 5,
};
const text = 'FROM a\nWORKDIR /app\nCOPY . .\nRUN npm ci\n';
const named = (install: string) => [
  { stage: '#0', instruction: 'WORKDIR', text: 'WORKDIR /app' },
  { stage: '#0', instruction: 'COPY', text: 'COPY . .' },
  { stage: '#0', instruction: 'RUN', text: install },
];
const history: ForecastHistory = {
  versions: [named('RUN npm ci'), named('RUN npm install')],
  commits: [
    { version: 0, outcomes: 'krr' },
    { version: 0, outcomes: 'krr', manifests: ['package.json', 'web/package.json'] },
    // The base or the folder was another one.
    { version: 0, outcomes: 'rrr' },
    { version: 0, outcomes: 'kkk' },
    { version: null, outcomes: '' },
    { version: 0, outcomes: 'k??' },
    { version: 1, outcomes: 'kkr' },
    { version: 1, outcomes: 'krr' },
  ],
  keys: [],
  since: '2026-01-02T03:04:05.000Z',
};

function forecast(
  more: Partial<AnalysisInputs> = {},
  known: Facts['forecast'] = ready,
): ReturnType<typeof orderForecast> {
  const graph = buildGraph(parseDockerfile(text), { buildArguments: {}, platform: 'linux/amd64' }, () => undefined);
  const facts: Facts = {
    context: { state: 'pending' },
    image: () => ({ kind: 'unknown', reason: '' }),
    engine: { state: 'absent', reason: '' },
    baseline: { kind: 'none', reason: '' },
    ...(known && { forecast: known }),
  };
  return orderForecast(graph, { ...inputs, ...more }, facts);
}

const request = { commits: 5, build: { buildArguments: {}, platform: 'linux/amd64' }, triggers: {} };
const ready: Facts['forecast'] = { request, state: 'ready', history };
const install = { stage: 0, step: 2, above: 0, paths: ['package.json', 'package-lock.json'] };

test('an installation above the source runs again for its manifests, for what it stands on, and for its own text', () => {
  // Of six commits it ran again in five: not any more for the first and the last of them.
  assert.deepEqual(forecast()(install), { commits: 6, before: 5, after: 3 });
});

test('nothing of the context, and nothing below', () => {
  assert.deepEqual(forecast()({ stage: 0, step: 2, above: 0, paths: [] }), { commits: 6, before: 5, after: 2 });
  assert.deepEqual(forecast()({ stage: 0, step: 2, paths: [] }), { commits: 6, before: 5, after: 1 });
});

test('no answer without a history, for a step that it does not know, and for files whose changes it does not keep', () => {
  assert.equal(forecast({ forecastCommits: 0 })(install), undefined);
  assert.equal(forecast({}, { request, state: 'pending' })(install), undefined);
  assert.equal(forecast()({ ...install, step: 7 }), undefined);
  assert.equal(forecast()({ ...install, above: 7 }), undefined);
  assert.equal(forecast()({ ...install, paths: ['package.json', 'patches'] }), undefined);
});
