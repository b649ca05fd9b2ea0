import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { heldBytes, heldOf, lossesOf } from '../../../server/src/cache/held-results';
import type { HeldResult, HeldResults, RecordedStep, ResultTrace } from '../../../server/src/cache/types';

const run = 'mount / from exec /bin/sh -c make';
const copy = 'COPY a /a';

function recorded(made?: ResultTrace): RecordedStep {
  const names = { stage: '#0', line: 2, instruction: 'RUN', text: 'RUN make', key: 'k', openKey: 'k', inputs: [] };
  return { ...names, ...(made && { made }) };
}

/** A result that was seen being made in the second from here. */
const seen = (from: number, description = run): RecordedStep => recorded({ from, to: from + 1_000, description });
/** A result that was there at a moment. */
const before = (to: number, description = run): RecordedStep => recorded({ from: 0, to, description });
/** As measured with Docker Engine 28.5.2: the same RUN in two stages at once; the result of the first came to be while the second ran. */
const twin = (from: number, to: number): RecordedStep =>
  recorded({ from, to, description: run, alike: { count: 2, from: 10_600, to: 15_310 } });
const [firstTwin, secondTwin] = [twin(10_600, 14_300), twin(13_090, 15_310)];
const [ofFirst, ofSecond] = [14_228, 15_271];

const listed = (...results: readonly HeldResult[]): HeldResults => ({ kind: 'listed', results });
const result = (madeAt: number, description = run, bytes?: number): HeldResult => ({
  madeAt,
  description,
  ...(bytes !== undefined && { bytes }),
});

const cases: readonly {
  readonly name: string;
  readonly steps: readonly RecordedStep[];
  readonly held: HeldResults;
  /** What else is recorded. */
  readonly others?: readonly RecordedStep[];
  readonly expected: ReturnType<typeof heldOf>;
}[] = [
  { name: 'no listing', steps: [seen(5_000)], held: { kind: 'unknown' }, expected: 'unknown' },
  { name: 'a step of which no result is told', steps: [recorded()], held: listed(), expected: 'unknown' },
  { name: 'made while the step ran', steps: [seen(5_000)], held: listed(result(5_500)), expected: 'held' },
  { name: 'made right before', steps: [seen(5_000)], held: listed(result(4_750)), expected: 'held' },
  { name: 'made too long before', steps: [seen(5_000)], held: listed(result(4_749)), expected: 'gone' },
  { name: 'made right after', steps: [seen(5_000)], held: listed(result(6_250)), expected: 'held' },
  { name: 'made too long after', steps: [seen(5_000)], held: listed(result(6_251)), expected: 'gone' },
  { name: 'another step at that time', steps: [seen(5_000)], held: listed(result(5_500, copy)), expected: 'gone' },
  {
    name: 'a COPY that was seen and is gone, whatever is listed beside it',
    steps: [seen(5_000, copy)],
    held: listed(result(1_000, 'COPY ./a /a')),
    expected: 'gone',
  },
  {
    name: 'written with other blanks',
    steps: [seen(5_000, `${run}  all\n`)],
    held: listed(result(5_500, `${run} all`)),
    expected: 'held',
  },
  {
    name: 'one of several that are the same',
    steps: [seen(5_000), seen(9_000)],
    held: listed(result(9_500)),
    expected: 'held',
  },
  { name: 'none of several', steps: [seen(5_000), seen(9_000)], held: listed(result(7_500)), expected: 'gone' },
  { name: 'a RUN that was there', steps: [before(5_000)], held: listed(result(1_000)), expected: 'held' },
  {
    name: 'a RUN that was there before results were pruned: the one that is listed may be of another Dockerfile',
    steps: [before(5_000), before(9_000)],
    held: listed(result(1_000)),
    others: [seen(5_000, copy)],
    expected: 'unknown',
  },
  // Measured with Docker Engine 28.5.2: what the build that made it had read was open, so that only those that reused it were compared.
  {
    name: 'a COPY that was there, and of the same text one that was seen before is gone',
    steps: [before(9_000, copy)],
    held: listed(result(1_000, copy)),
    others: [seen(5_000, copy)],
    expected: 'unknown',
  },
  {
    name: 'a RUN that was there after the last results that are missed were made',
    steps: [before(5_000), before(9_000)],
    held: listed(result(1_000)),
    others: [seen(4_999, copy)],
    expected: 'held',
  },
  {
    name: 'a RUN that was seen being made, whatever else is missed',
    steps: [seen(5_000)],
    held: listed(result(5_500)),
    others: [seen(9_000)],
    expected: 'held',
  },
  {
    name: 'a RUN that was there, made again since',
    steps: [before(5_000)],
    held: listed(result(9_000)),
    expected: 'gone',
  },
  {
    name: 'a RUN that was there, under no such text',
    steps: [before(5_000)],
    held: listed(result(1_000, copy)),
    expected: 'gone',
  },
  { name: 'a COPY that was there', steps: [before(5_000, copy)], held: listed(result(1_000, copy)), expected: 'held' },
  {
    name: 'a COPY that was there, under another text perhaps',
    steps: [before(5_000, copy)],
    held: listed(result(1_000, 'COPY ./a /a')),
    expected: 'unknown',
  },
  {
    name: 'a COPY that was there, and nothing is as old',
    steps: [before(5_000, copy)],
    held: listed(result(6_000, 'COPY ./a /a')),
    expected: 'gone',
  },
  {
    name: 'each of two that ran at the same time, both listed',
    steps: [secondTwin],
    held: listed(result(ofFirst), result(ofSecond)),
    expected: 'held',
  },
  {
    name: 'the other of them',
    steps: [firstTwin],
    held: listed(result(ofFirst), result(ofSecond)),
    expected: 'held',
  },
  {
    name: 'one of two that ran at the same time, the other listed or itself',
    steps: [secondTwin],
    held: listed(result(ofFirst)),
    expected: 'unknown',
  },
  {
    name: 'one of two that ran at the same time, the other listed outside of its own time',
    steps: [firstTwin],
    held: listed(result(ofSecond)),
    expected: 'gone',
  },
  {
    name: 'one of two that were there, one listed',
    steps: [recorded({ from: 0, to: 20_000, description: run, alike: { count: 2, from: 0, to: 20_000 } })],
    held: listed(result(ofFirst)),
    expected: 'unknown',
  },
  {
    name: 'seen being made and gone, and reused later where nothing of its text was made since',
    steps: [before(20_000), seen(5_000)],
    held: listed(result(1_000), result(20_100)),
    expected: 'gone',
  },
  {
    name: 'seen being made and gone, and reused after somebody had made something of its text',
    steps: [before(20_000), seen(5_000)],
    held: listed(result(9_000)),
    expected: 'unknown',
  },
  {
    name: 'a COPY that was there twice, found the second time',
    steps: [before(5_000, copy), before(9_000, copy)],
    held: listed(result(1_000, 'COPY ./a /a'), result(7_000, copy)),
    expected: 'held',
  },
];

describe('whether the builder still holds a result', () => {
  for (const { name, steps, held, others, expected } of cases) {
    it(name, () =>
      assert.equal(
        heldOf(steps, held, { losses: () => lossesOf(others ?? [], held), above: () => [], madeAs: () => [] }),
        expected,
      ),
    );
  }
});

describe('what is missed', () => {
  const steps = [seen(3_000), seen(4_000), seen(5_000, copy), before(9_000)];

  it('was seen being made and is not listed', () => {
    const all = lossesOf(steps, listed());
    assert.equal(all.newest, 5_000);
    assert.deepEqual(
      [...all.oldest],
      [
        [run, 3_000],
        [copy, 5_000],
      ],
    );
    assert.equal(lossesOf(steps, listed(result(5_500, copy))).newest, 4_000);
    assert.equal(lossesOf(steps, listed(result(3_500), result(4_500), result(5_500, copy))).newest, 0);
  });

  it('is of one text where it is a directory, and nothing without a listing', () => {
    const directory = lossesOf([{ ...seen(5_000, 'WORKDIR /w'), instruction: 'WORKDIR' }], listed());
    assert.deepEqual([directory.newest, [...directory.oldest]], [0, [['WORKDIR /w', 5_000]]]);
    assert.equal(lossesOf(steps, { kind: 'unknown' }).newest, 0);
  });
});

describe('the bytes of a result', () => {
  it('are those of the one that was made while the step ran', () => {
    const held = listed(result(1_000, run, 1), result(5_500, run, 2), result(5_500, copy, 3));
    assert.equal(heldBytes(seen(5_000), held), 2);
  });

  it('are not known without a listing, without bytes in it, or of a step that nobody saw', () => {
    assert.equal(heldBytes(seen(5_000), { kind: 'unknown' }), undefined);
    assert.equal(heldBytes(seen(5_000), listed(result(5_500))), undefined);
    assert.equal(heldBytes(seen(5_000), listed(result(9_500, run, 1))), undefined);
    assert.equal(heldBytes(before(5_000), listed(result(1_000, run, 1))), undefined);
    assert.equal(heldBytes(recorded(), listed(result(1_000, run, 1))), undefined);
  });

  it('are not known where two results can be meant', () => {
    assert.equal(heldBytes(seen(5_000), listed(result(5_300, run, 1), result(5_500, run, 1))), undefined);
  });
});
