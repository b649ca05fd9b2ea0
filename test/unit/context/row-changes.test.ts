import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { copyColumns, digestState, rowOf, type SnapshotColumns } from '../../../server/src/context/columns';
import { refillDirectories } from '../../../server/src/context/entry-digest';
import { changeLimit, takeRows, withAllDigests, withRows } from '../../../server/src/context/row-changes';
import { columnsFromEntries, createSnapshot, type ListedEntry } from '../../../server/src/context/snapshot';

const schemes = ['sha256', 'git'] as const;
const names = ['a', 'b', 'd/a', 'd/b', 'd/e/a', 'd/e/ü', 'f/a'];

interface File {
  readonly size: number;
  readonly mode: number;
  readonly content: number;
}

function listed(files: ReadonlyMap<string, File>): ListedEntry[] {
  return [...files].map(([path, { size, mode, content }]) => {
    const digit = content.toString(16);
    return { path, size, mode, digests: { sha256: digit.repeat(64), git: digit.repeat(40) } };
  });
}

const columnsOf = (files: ReadonlyMap<string, File>): SnapshotColumns => columnsFromEntries(listed(files), new Set());

function answers(columns: SnapshotColumns): unknown {
  const snapshot = createSnapshot(columns);
  return ['', 'd', 'd/e', 'f', ...names].map((path) => [
    snapshot.entry(path),
    snapshot.totalsOf(path),
    snapshot.children(path),
    ...schemes.map((scheme) => snapshot.digest(path, scheme)),
  ]);
}

/** Rows of a file and of the directories above. */
function rowsTo(columns: SnapshotColumns, path: string): number[] {
  const rows = [rowOf(columns, path)];
  for (let row = rows[0] ?? 0; row !== 0; ) {
    row = columns.parents[row] ?? 0;
    rows.push(row);
  }
  return rows;
}

const file = fc.record({
  size: fc.nat(9),
  mode: fc.constantFrom(0o644, 0o755, 0o600),
  content: fc.integer({ min: 0, max: 15 }),
});

describe('changed rows', () => {
  it('make the snapshot that a list of the new entries makes, and leave older snapshots as they are', () => {
    fc.assert(
      fc.property(
        fc.array(file, { minLength: names.length, maxLength: names.length }),
        fc.array(fc.tuple(fc.constantFrom(...names), file, fc.boolean()), { maxLength: 6 }),
        (before, edits) => {
          const files = new Map(names.map((name, index) => [name, before[index] ?? { size: 0, mode: 0, content: 0 }]));
          let columns = columnsOf(files);
          const older: (readonly [SnapshotColumns, unknown])[] = [];
          for (const [path, edited, allDigests] of edits) {
            older.push([columns, answers(columns)]);
            files.set(path, edited);
            const after = columnsOf(files);
            if (allDigests) columns = withAllDigests(columns, after.digests);
            columns = withRows(columns, takeRows(after, rowsTo(after, path)));
            assert.deepEqual(answers(columns), answers(after));
          }
          for (const [each, expected] of older) assert.deepEqual(answers(each), expected);
        },
      ),
    );
  });

  it('share the columns until there are many', () => {
    const many = new Map<string, File>();
    for (let index = 0; index <= changeLimit; index++) many.set(`f${index}`, { size: 1, mode: 0o644, content: 1 });
    const first = columnsOf(many);
    for (const path of many.keys()) many.set(path, { size: 2, mode: 0o755, content: 2 });
    const after = columnsOf(many);
    const rows = Array.from({ length: first.count }, (_, row) => row);
    const few = withRows(first, takeRows(after, rows.slice(0, 10)));
    assert.equal(few.sizes, first.sizes);
    assert.equal(few.digests.git, first.digests.git);
    const all = withRows(few, takeRows(after, rows.slice(10)));
    assert.equal(all.changes, undefined);
    assert.deepEqual(answers(all), answers(after));
    assert.equal(createSnapshot(first).totals.bytes, changeLimit + 1);
  });

  it('have digests of the directories above filled in again, also as unknown', () => {
    const columns = copyColumns(
      columnsOf(new Map(names.map((name) => [name, { size: 1, mode: 0o644, content: 1 }] as const))),
    );
    const expected = answers(columns);
    const rows = rowsTo(columns, 'd/e/a');
    const [row = 0] = rows;
    for (const scheme of schemes) {
      const states = columns.digests[scheme]?.states;
      assert.ok(states);
      states[row] = digestState.unknown;
      refillDirectories(columns, scheme, rows);
      assert.equal(createSnapshot(columns).digest('d', scheme), undefined);
      assert.equal(typeof createSnapshot(columns).digest('f', scheme), 'string');
      states[row] = digestState.known;
      refillDirectories(columns, scheme, rows);
    }
    assert.deepEqual(answers(columns), expected);
  });
});
