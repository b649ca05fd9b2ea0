import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { baseLabel, inlayHints, longestHint, resolveHint, stepLabel } from '../../../server/src/features/inlay-hints';
import type { CacheStatus, Step } from '../../../server/src/report/types';
import { exact, sampleDocument, sampleStage, sampleText, step, unknownSize } from './sample-report';

const whole = { start: { line: 0, character: 0 }, end: { line: 100, character: 0 } };

test('each instruction has its hint at the end of its last line', () => {
  const hints = inlayHints(sampleDocument(), whole);
  assert.deepEqual(
    hints.map(({ position, label }) => [position.line, position.character, label]),
    [
      [0, 19, 'base · 8 layers · 1.1 GB'],
      [1, 12, 'layer 9 · 0 B · cached'],
      [2, 8, 'layer 10 · 45.2 MB · rebuilds: app.js'],
      [3, 15, 'layer 11 · size unknown · rebuilds: line 3'],
      [5, 14, 'layer 12 · size unknown · cached'],
      [6, 11, 'metadata'],
      [7, 21, 'metadata'],
    ],
  );
  for (const { position } of hints)
    assert.ok(position.character <= (sampleText.split('\n')[position.line] ?? '').length);
});

test('only instructions that end in the range have a hint', () => {
  const range = { start: { line: 2, character: 0 }, end: { line: 3, character: 5 } };
  assert.deepEqual(
    inlayHints(sampleDocument(), range).map(({ position }) => position.line),
    [2, 3],
  );
});

test('the setting turns them off', () => {
  assert.deepEqual(inlayHints(sampleDocument({}, { inlayHints: { enabled: false } }), whole), []);
});

test('a step that ONBUILD of the base adds has no hint', () => {
  const stage = { ...sampleStage, steps: [step(1, 'RUN', { origin: 'onbuild' }), ...sampleStage.steps] };
  assert.equal(inlayHints(sampleDocument({ stages: [stage] }), whole).length, 7);
});

test('an instruction in error that makes nothing has no hint, and no finding is worked out for it', () => {
  const stage = {
    ...sampleStage,
    steps: [step(2, 'RNU', { produces: 'nothing' }), step(3, 'ARG', { produces: 'nothing' })],
  };
  const { report, ...document } = sampleDocument({ stages: [stage] });
  const lazy = {
    ...report,
    get findings(): never {
      throw new Error('hints are asked for at each keystroke and do without findings');
    },
  };
  const hints = inlayHints({ ...document, report: lazy, errorLines: new Set([1]) }, whole);
  assert.deepEqual(
    hints.map(({ position, label }) => [position.line, label]),
    [
      [0, 'base · 8 layers · 1.1 GB'],
      [2, 'no layer'],
    ],
  );
});

test('several changed files are counted', () => {
  const cache = { status: 'rebuilds', reason: '', cause: { paths: ['a/one', 'b'], pathCount: 12 } } as const;
  assert.equal(
    stepLabel(step(3, 'COPY', { layer: 2, size: exact(1000), cache })),
    'layer 2 · 1 kB · rebuilds: one +11',
  );
});

test('a file name that does not fit is counted', () => {
  const cache = {
    status: 'rebuilds',
    reason: '',
    cause: { paths: ['a-file-name-that-is-much-too-long-for-a-hint.json'] },
  } as const;
  assert.equal(stepLabel(step(3, 'COPY', { layer: 2, size: exact(1000), cache })), 'layer 2 · 1 kB · rebuilds: 1 file');
});

test('no label is longer than the editor shows', () => {
  const statuses: CacheStatus[] = ['cached', 'rebuilds', 'may rebuild', 'not built', 'no record', 'pending'];
  const anyStep: fc.Arbitrary<Step> = fc
    .record({
      produces: fc.constantFrom('layer', 'metadata', 'nothing'),
      layer: fc.option(fc.integer({ min: 1, max: 9999 }), { nil: undefined }),
      bytes: fc.option(fc.nat(2 ** 50), { nil: null }),
      low: fc.nat(2 ** 50),
      status: fc.constantFrom(...statuses),
      path: fc.option(fc.string(), { nil: undefined }),
      input: fc.option(fc.string(), { nil: undefined }),
      line: fc.option(fc.integer({ min: 1, max: 100_000 }), { nil: undefined }),
    })
    .map(({ produces, layer, bytes, low, status, path, input, line }) =>
      step(3, 'RUN', {
        produces,
        ...(layer === undefined ? {} : { layer }),
        size: { bytes, low, high: null, basis: bytes === null ? 'unknown' : 'estimated', evidence: [] },
        affects: [4],
        cache: {
          status,
          reason: '',
          cause: {
            ...(path === undefined ? {} : { paths: [path] }),
            ...(input === undefined ? {} : { input }),
            ...(line === undefined ? {} : { line }),
          },
        },
      }),
    );
  fc.assert(
    fc.property(anyStep, (each) => {
      const label = stepLabel(each);
      assert.ok(label.length > 0 && label.length <= longestHint, label);
    }),
  );
});

test('bases: image, stage, scratch, unresolved', () => {
  const { base } = sampleStage;
  assert.equal(baseLabel({ ...sampleStage, base: { ...base, size: unknownSize } }), 'base · 8 layers · size unknown');
  assert.equal(baseLabel({ ...sampleStage, base: { ...base, kind: 'stage' } }), 'base stage · 8 layers · 1.1 GB');
  assert.equal(baseLabel({ ...sampleStage, base: { ...base, kind: 'scratch' } }), 'empty base');
  assert.equal(baseLabel({ ...sampleStage, base: { ...base, kind: 'unresolved' } }), '');
});

test('the tooltip is the story, and only of the text the hint was made for', () => {
  const document = sampleDocument();
  const [, , copy] = inlayHints(document, whole);
  assert.ok(copy);
  const data = { uri: document.uri, version: 7, line: 3 };
  const { tooltip } = resolveHint(document, copy, data);
  assert.match(typeof tooltip === 'object' ? tooltip.value : '', /Layer 10 · 45\.2 MB · rebuilds/);
  assert.equal(resolveHint(document, copy, { ...data, version: 6 }).tooltip, undefined);
});

test('a cause is told rather than that the size is not known', () => {
  const cache = { status: 'may rebuild', reason: '', cause: { line: 6 } } as const;
  assert.equal(stepLabel(step(10, 'COPY', { layer: 12, size: unknownSize, cache })), 'layer 12 · may rebuild: line 6');
});
