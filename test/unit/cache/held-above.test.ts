import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { carriesHeld, type RecordedAround } from '../../../server/src/cache/held-above';
import { heldOf } from '../../../server/src/cache/held-results';
import type { HeldResult, HeldResults, RecordedStep, ResultTrace } from '../../../server/src/cache/types';

const run = 'mount / from exec /bin/sh -c make';

function step(text: string, from: number, description = text): RecordedStep {
  const names = { stage: '#0', line: 2, instruction: 'COPY', text, key: text, openKey: text, inputs: [] };
  return { ...names, made: { from, to: from === 0 ? 9_000 : from + 1_000, description } };
}

/** Reused by a build that then made the last one: nobody was seen making the first two. */
const [make, folder, copy] = [step('RUN make', 0, run), step('WORKDIR /w', 0), step('COPY a /a', 9_000)];

type Listed = Extract<HeldResults, { readonly kind: 'listed' }>;

function result(id: string, madeAt: number, description: string, ...parents: readonly string[]): HeldResult {
  return { id, madeAt, description, parents };
}

const chain = [
  result('base', 10, 'from local'),
  result('one', 1_000, run, 'base'),
  result('two', 2_000, 'WORKDIR  /w', 'one'),
  result('three', 9_500, 'COPY a /a', 'two'),
];
const listing = (results: readonly HeldResult[]): Listed => ({ kind: 'listed', results });
const without = (id: string): readonly HeldResult[] => chain.filter((each) => each.id !== id);

const around = (above: readonly RecordedStep[], ...made: readonly ResultTrace[]): RecordedAround => ({
  above: () => above,
  madeAs: (text) => made.filter(({ description }) => description === text),
});

describe('what is held because something above it is', () => {
  it('is every result that one stands on which the build was seen making', () => {
    assert.equal(carriesHeld(make, around([folder, copy]), listing(chain)), true);
    assert.equal(carriesHeld(folder, around([copy]), listing(chain)), true);
    const losses = () => ({ newest: 99_000, oldest: new Map() });
    assert.equal(heldOf([make], listing(chain), { losses, ...around([]) }), 'unknown');
    assert.equal(heldOf([make], listing(chain), { losses, ...around([folder, copy]) }), 'held');
  });

  it('is not where another build made something of its text at that time', () => {
    const trace = (from: number): ResultTrace => ({ from, to: from + 1_000, description: 'COPY a /a' });
    const held = (...others: readonly ResultTrace[]) =>
      carriesHeld(make, around([folder, copy], trace(9_000), ...others), listing(chain));
    assert.equal(held(), true);
    assert.equal(held(trace(20_000)), true);
    assert.equal(held(trace(10_200)), false);
    assert.equal(held(trace(8_100)), false);
  });

  const cases: readonly [string, RecordedStep, readonly RecordedStep[], readonly HeldResult[]][] = [
    ['where nothing above is listed', make, [folder, copy], without('three')],
    ['where nobody was seen making what is above', make, [folder], chain],
    [
      'where what is above could be one of two',
      make,
      [folder, copy],
      [...chain, { ...chain[3], id: 'other' } as HeldResult],
    ],
    [
      'where what is above can not be told from that of another step',
      make,
      [
        folder,
        {
          ...copy,
          made: { from: 9_000, to: 10_000, description: 'COPY a /a', alike: { count: 2, from: 9_000, to: 10_000 } },
        },
      ],
      chain,
    ],
    ['where a result between is not listed', make, [folder, copy], without('two')],
    ['where a result between has another text', make, [step('WORKDIR /other', 0), copy], chain],
    [
      'where the result itself has another text',
      step('RUN other', 0, 'mount / from exec /bin/sh -c other'),
      [folder, copy],
      chain,
    ],
    ['behind a linked copy', make, [step('COPY --link b /b', 0), copy], chain],
    ['of a linked copy', step('COPY --link b /b', 0), [copy], chain],
    [
      'of what stands on several',
      folder,
      [copy],
      [...without('three'), result('three', 9_500, 'COPY a /a', 'two', 'one')],
    ],
  ];
  for (const [name, of, above, results] of cases)
    it(`is not ${name}`, () => assert.equal(carriesHeld(of, around(above), listing(results)), false));
});
