import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ForecastHistory } from '../../../server/src/cache/forecast';
import { snapshotFromEntries } from '../../../server/src/context/snapshot';
import type { ImageKnowledge } from '../../../server/src/images/types';
import { analyse } from '../../../server/src/report/analyse';
import type { AnalysisInputs, FactRequest, Facts, ForecastFacts } from '../../../server/src/report/facts';
import { withForecast } from '../../../server/src/report/forecast';
import { sampleStage, step } from '../features/sample-report';

const inputs: AnalysisInputs = {
  dockerfilePath: '/p/Dockerfile',
  contextPath: '/p',
  buildArguments: { A: '1' },
  platform: 'linux/amd64',
  forecastCommits: 4,
};

const request = { commits: 4, build: { buildArguments: { A: '1' }, platform: 'linux/amd64' }, triggers: {} };

function factsWith(forecast?: ForecastFacts, image: ImageKnowledge = { kind: 'unknown', reason: '' }): Facts {
  return {
    context: { state: 'ready', snapshot: snapshotFromEntries([{ path: 'src/a' }]), ignoreFile: { text: '' } },
    image: () => image,
    engine: { state: 'absent', reason: '' },
    baseline: { kind: 'none', reason: '' },
    ...(forecast && { forecast }),
  };
}

const history: ForecastHistory = {
  versions: [
    [
      { stage: 'app', instruction: 'COPY', text: 'COPY src /' },
      { stage: 'app', instruction: 'RUN', text: 'RUN make' },
    ],
  ],
  commits: ['kk', 'rr', 'kr', 'kk'].map((outcomes) => ({ version: 0, outcomes })),
  keys: [],
  since: '2026-01-02T03:04:05.000Z',
};
const ready: ForecastFacts = { request, state: 'ready', history };

const needsOf = (facts: Facts, more: Partial<AnalysisInputs> = {}): readonly FactRequest[] =>
  analyse('FROM a AS app\nCOPY src /\nRUN make\n', { ...inputs, ...more }, facts).needs.filter(
    ({ kind }) => kind === 'forecast',
  );

test('the history is asked for when a forecast is wanted, and again when the inputs differ', () => {
  assert.deepEqual(needsOf(factsWith()), [{ kind: 'forecast', ...request }]);
  assert.deepEqual(needsOf(factsWith({ request, state: 'pending' })), []);
  assert.deepEqual(needsOf(factsWith({ request, state: 'absent', reason: 'none' })), []);
  assert.deepEqual(needsOf(factsWith(ready)), []);
  assert.equal(needsOf(factsWith(ready), { forecastCommits: 5 }).length, 1);
  assert.equal(needsOf(factsWith(ready), { target: 'app' }).length, 1);
  assert.equal(needsOf(factsWith(ready), { forecastCommits: 0 }).length, 0);
});

test('what ONBUILD of a known base adds is part of the request', () => {
  const configuration = { environment: [], workdir: '', user: '', onbuild: ['COPY . /'] };
  const facts = { reference: 'a', source: { kind: 'engine', label: 'e' }, layers: [], configuration } as const;
  assert.deepEqual(needsOf(factsWith(undefined, { kind: 'known', facts })), [
    { kind: 'forecast', ...request, triggers: { a: ['COPY . /'] } },
  ]);
});

test('an edited text shows what is known of its steps', () => {
  const text = 'FROM a AS app\nLABEL a=b\nCOPY src /\nRUN make it\nRUN new\n';
  const { report } = analyse(text, inputs, factsWith(ready));
  assert.deepEqual(
    report.stages[0]?.steps.map(({ line, forecast }) => [line, forecast]),
    [
      [2, undefined],
      [3, { kept: 3, commits: 4 }],
      [4, { kept: 2, commits: 4 }],
      [5, undefined],
    ],
  );
  assert.deepEqual(report.forecast, { commits: 4, since: history.since, secondsPerCommit: null, unmeasured: 3 });
});

test('without a wish for a forecast, or before the history is there, the report has none', () => {
  const text = 'FROM a AS app\nCOPY src /\n';
  for (const facts of [factsWith(), factsWith({ request, state: 'pending' })]) {
    assert.equal(analyse(text, inputs, facts).report.forecast, undefined);
  }
  const { forecastCommits: _, ...none } = inputs;
  const { report } = analyse(text, none, factsWith(ready));
  assert.equal(report.forecast, undefined);
  assert.equal(report.stages[0]?.steps[0]?.forecast, undefined);
});

test('the seconds to expect: each measured duration as often as the step was not kept', () => {
  const app = {
    ...sampleStage,
    name: 'app',
    built: true,
    steps: [
      step(2, 'COPY', { text: 'COPY src /', duration: 8 }),
      step(3, 'RUN', { text: 'RUN make', duration: 60 }),
      step(4, 'RUN', { text: 'RUN never' }),
      step(5, 'ENV', { text: 'ENV a=b', produces: 'metadata' }),
    ],
  };
  const other = { ...app, name: 'other', built: false, index: 1, steps: app.steps.map((each) => ({ ...each })) };
  const answer = withForecast([app, other], inputs, factsWith({ ...ready, history: { ...history, note: 'few' } }));
  assert.deepEqual(answer.forecast, {
    commits: 4,
    since: history.since,
    secondsPerCommit: 8 / 4 + 60 / 2,
    unmeasured: 1,
    note: 'few',
  });
  // A stage that is not built is left as it is.
  assert.equal(answer.stages[1]?.steps[0]?.forecast, undefined);
});
