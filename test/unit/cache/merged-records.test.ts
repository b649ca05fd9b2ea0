import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mergedRecords } from '../../../server/src/cache/merged-records';
import type { BuildRecord } from '../../../server/src/cache/types';

/** A build of so many minutes after the first, with the keys of its steps. */
function record(reference: string, keys: readonly (string | null)[], more: Partial<BuildRecord> = {}): BuildRecord {
  return {
    at: `2026-01-01T10:0${reference.length}:00Z`,
    reference,
    target: null,
    platform: 'linux/amd64',
    scheme: 'sha256',
    steps: keys.map((key, index) => ({
      stage: '#0',
      line: index + 2,
      instruction: 'COPY',
      text: 'COPY . .',
      key,
      openKey: 'open',
      inputs: [],
    })),
    tree: {},
    bases: {},
    ...more,
  };
}

const known = record('a', ['key']);
const blind = record('a', [null], { contents: [{ selection: 's', digest: null }] });
const unnoticed = record('a', [null], { contents: [{ selection: 's', digest: null, unnoticed: true }] });
const unsure = record('a', ['key'], { unsure: ['d'] });

describe('records of the same build', () => {
  for (const [name, before, later, stays] of [
    ['the one that knows more stays', blind, known, known],
    ['though it was there first', known, blind, known],
    ['of two that know as much the first stays', known, record('a', ['other']), known],
    ['or the one that holds in any case', record('a', ['key'], { trustsCopy: true }), known, known],
    ['a doubt of what the builder noticed stays', unnoticed, known, unnoticed],
    ['and takes the place of one without it', known, unnoticed, unnoticed],
    ['so does a doubt of a path', known, unsure, unsure],
    ['and stays', unsure, known, unsure],
  ] as const)
    it(name, () => assert.deepEqual(mergedRecords([before], [later]), [stays]));

  it('others are put in by their time', () => {
    const [first, second] = [record('aa', ['x']), record('aaa', ['y'])];
    assert.deepEqual(mergedRecords([second], [first, known]), [known, first, second]);
  });

  it('are what they were where nothing new comes', () => {
    const before = [known, record('aa', ['x'])];
    assert.equal(mergedRecords(before, [blind, known]), before);
  });
});
