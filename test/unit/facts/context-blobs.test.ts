import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { digestAt } from '../../../server/src/context/entry-digest';
import { columnsFromEntries } from '../../../server/src/context/snapshot';
import { packBlobs } from '../../../server/src/facts/blob-list';
import { takeBlobs } from '../../../server/src/facts/context-blobs';
import { type ContextModel, withScheme } from '../../../server/src/facts/context-model';

const asOf = 100_000;

/** Rows: the root, a, b, d, d/ü; each file has been touched at the time of its row. */
function modelOf(times: readonly number[]): ContextModel {
  const columns = columnsFromEntries([{ path: 'a' }, { path: 'b' }, { path: 'd/ü' }], new Set());
  const stamps = Float64Array.from(times);
  return withScheme({ columns, mtimes: stamps, ctimes: stamps, inodes: stamps }, 'git');
}

function contents(model: ContextModel): (string | undefined)[] {
  return [1, 2, 4].map((row) => digestAt(model.columns, row, 'git')?.replace(/^.*:/, ''));
}

describe('object IDs of tracked files', () => {
  it('are taken for files that are there and have not been touched since git looked', () => {
    const model = modelOf([0, 1, asOf - 1_000, 1, 1]);
    const blobs = packBlobs([
      ['a', 'a'.repeat(40)],
      ['b', 'b'.repeat(40)],
      ['d', 'c'.repeat(40)],
      ['d/gone', 'd'.repeat(40)],
      ['d/ü', 'e'.repeat(40)],
    ]);
    assert.equal(takeBlobs(model, { blobs, asOf }), true);
    assert.deepEqual(contents(model), ['a'.repeat(40), undefined, 'e'.repeat(40)]);
    assert.equal(takeBlobs(model, { blobs, asOf }), false);
  });

  it('of a SHA-256 repository are left', () => {
    const model = modelOf([0, 1, 1, 1, 1]);
    assert.equal(takeBlobs(model, { blobs: packBlobs([['a', 'a'.repeat(64)]]), asOf }), false);
    assert.deepEqual(contents(model), [undefined, undefined, undefined]);
  });
});
