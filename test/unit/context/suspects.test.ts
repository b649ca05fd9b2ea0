import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rowOf } from '../../../server/src/context/columns';
import { createSnapshot, snapshotFromEntries, sourceOf } from '../../../server/src/context/snapshot';
import { suspectsOf } from '../../../server/src/context/suspects';

describe('suspects of a context', () => {
  const snapshot = snapshotFromEntries([
    { path: 'a.log', size: 0 },
    { path: 'src/b.log', size: 3 },
    { path: 'node_modules/c.log', size: 4 },
    { path: '.venv/d.log', size: 0 },
    { path: 'test/.env', size: 5 },
  ]);
  const paths = (of: typeof snapshot): readonly string[] => suspectsOf(of).map(({ path }) => path);

  it('are what holds something, and folders that stand for what they hold', () => {
    assert.deepEqual(paths(snapshot).toSorted(), ['node_modules', 'src/b.log', 'test', 'test/.env']);
  });

  it('are told anew when files with the same names have other sizes', () => {
    const columns = sourceOf(snapshot)?.columns;
    assert.ok(columns !== undefined);
    const sizes = columns.sizes.slice();
    for (const path of ['a.log', '.venv', '.venv/d.log']) sizes[rowOf(columns, path)] = 7;
    sizes[rowOf(columns, 'src/b.log')] = 0;
    const later = createSnapshot({ ...columns, sizes });
    assert.deepEqual(paths(later).toSorted(), ['.venv', 'a.log', 'node_modules', 'test', 'test/.env']);
    assert.deepEqual(paths(snapshot).toSorted(), ['node_modules', 'src/b.log', 'test', 'test/.env']);
  });
});
