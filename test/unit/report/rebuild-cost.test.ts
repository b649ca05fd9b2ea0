/** What running again costs, from the statuses and the measured durations of a report. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withRebuildCosts } from '../../../server/src/report/rebuild-cost';
import type { RebuildCost, Stage, Step } from '../../../server/src/report/types';
import { sampleStage, step } from '../features/sample-report';
import { layerSteps, recordOf, reportAfter, reportOf } from './scenario';

type Miss = 'rebuilds' | 'may rebuild';

function miss(line: number, cause: number | undefined, affects: readonly number[], change: Partial<Step> = {}): Step {
  const cache = { status: 'rebuilds' as Miss, reason: '', ...(cause === undefined ? {} : { cause: { line: cause } }) };
  return step(line, 'RUN', { cache, affects, ...change });
}

function stageOf(index: number, ...steps: readonly Step[]): Stage {
  return { ...sampleStage, index, steps };
}

function costs(...stages: readonly Stage[]): Readonly<Record<number, RebuildCost>> {
  const steps = withRebuildCosts(stages).stages.flatMap((stage) => stage.steps);
  return Object.fromEntries(steps.flatMap(({ line, cache }) => (cache.cost === undefined ? [] : [[line, cache.cost]])));
}

describe('the cost of a rebuild', () => {
  it('is that of the step and of all that run again because of it, other stages included', () => {
    const build = stageOf(
      0,
      step(2, 'RUN', { duration: 100 }),
      miss(3, 3, [4, 8], { duration: 2 }),
      miss(4, 3, [8], { duration: 30 }),
    );
    const runtime = stageOf(1, step(7, 'RUN', { duration: 5 }), miss(8, 3, [], { duration: 1.5 }));
    assert.deepEqual(costs(build, runtime), { 3: { seconds: 33.5, steps: 3, unmeasured: 0 } });
    assert.deepEqual(withRebuildCosts([build, runtime]).rebuild, { seconds: 33.5, steps: 3, unmeasured: 0 });
  });

  it('counts steps that nobody has measured', () => {
    const stage = stageOf(0, miss(2, 2, [3, 4], { duration: 4 }), miss(3, 2, [4]), miss(4, 2, []));
    assert.deepEqual(costs(stage), { 2: { seconds: 4, steps: 3, unmeasured: 2 } });
  });

  it('leaves out what is reused all the same', () => {
    const stage = stageOf(0, miss(2, 2, [3, 4], { duration: 4 }), step(3, 'COPY', { duration: 9 }), miss(4, 2, []));
    assert.deepEqual(costs(stage), { 2: { seconds: 4, steps: 2, unmeasured: 1 } });
  });

  it('tells apart what only may run again', () => {
    const cache = { status: 'may rebuild', reason: '', cause: { line: 2 } } as const;
    const stage = stageOf(0, miss(2, 2, [3], { duration: 4 }), step(3, 'COPY', { cache, duration: 1, affects: [] }));
    assert.deepEqual(costs(stage), {
      2: { seconds: 5, steps: 2, unmeasured: 0, doubtful: { seconds: 1, steps: 1 } },
    });
  });

  it('stands on every step with a reason of its own, and is counted once in all', () => {
    const doubt = { status: 'may rebuild', reason: '', cause: { input: 'https://example.com/a' } } as const;
    const stage = stageOf(
      0,
      step(2, 'ADD', { cache: doubt, affects: [3, 4], duration: 1 }),
      miss(3, 3, [4], { duration: 10 }),
      miss(4, 3, [], { duration: 20 }),
    );
    assert.deepEqual(costs(stage), {
      2: { seconds: 1, steps: 1, unmeasured: 0, doubtful: { seconds: 1, steps: 1 } },
      3: { seconds: 30, steps: 2, unmeasured: 0 },
    });
    assert.equal(withRebuildCosts([stage]).rebuild?.seconds, 31);
  });

  it('is given where the cause stands in a line that runs nothing, such as FROM', () => {
    const stage = stageOf(0, miss(2, 1, [3], { duration: 1 }), miss(3, 2, [], { duration: 1 }));
    assert.deepEqual(Object.keys(costs(stage)), ['2']);
  });

  it('of what ONBUILD adds stands on the first step of the line only', () => {
    const onbuild = { origin: 'onbuild', duration: 1 } as const;
    const stage = stageOf(0, miss(1, 1, [1, 2], onbuild), miss(1, 1, [2], onbuild), miss(2, 1, []));
    const { stages } = withRebuildCosts([stage]);
    assert.deepEqual(
      stages[0]?.steps.map(({ cache }) => cache.cost?.steps),
      [3, undefined, undefined],
    );
  });

  it('is absent when nothing runs again or nothing is known', () => {
    const pending = { status: 'pending', reason: '' } as const;
    const stages = [stageOf(0, step(2, 'RUN'), step(3, 'RUN', { cache: pending }))];
    assert.deepEqual(withRebuildCosts(stages), { stages });
  });
});

describe('the report', () => {
  const text = 'FROM bb\nCOPY a b /d/\nRUN make\nFROM bb\nCOPY --from=0 /d /d\n';
  const scene = { text, files: { a: '1', b: '1' } };

  it('gives the cost of an edit', () => {
    const report = reportAfter([scene], { ...scene, files: { a: '2', b: '1' } });
    const [copy, make, copied] = layerSteps(report).map(({ cache }) => [cache.status, cache.cost?.steps]);
    assert.deepEqual(
      [copy, make],
      [
        ['rebuilds', 3],
        ['rebuilds', undefined],
      ],
    );
    assert.deepEqual(copied, ['may rebuild', undefined]);
    assert.deepEqual(report.rebuild, { seconds: 0, steps: 3, unmeasured: 3, doubtful: { seconds: 0, steps: 1 } });
  });

  it('names deleted files and directories', () => {
    const before = { text: 'FROM bb\nCOPY src /d/\n', files: { 'src/a': '1', 'src/b': '1' } };
    const report = reportAfter([before], {
      ...before,
      files: { 'src/b': '1', 'src/sub': { type: 'directory' }, 'src/sub/c': '1' },
    });
    const cause = layerSteps(report)[0]?.cache.cause;
    assert.deepEqual(cause?.paths, ['src/a', 'src/sub']);
    assert.deepEqual(cause?.deleted, ['src/a']);
    assert.deepEqual(cause?.directories, ['src/sub']);
  });

  it('has no cost when everything is reused', () => {
    assert.equal(reportOf(scene, { kind: 'record', label: '', builds: [recordOf(scene)] }).rebuild, undefined);
  });
});
