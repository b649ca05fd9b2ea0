import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compareBytewise } from '../../../server/src/context/paths';
import { compilePatterns } from '../../../server/src/context/pattern-matcher';
import { changedPaths, recordTree } from '../../../server/src/context/recorded-tree';
import { type ListedEntry, snapshotFromEntries } from '../../../server/src/context/snapshot';
import type { Selection } from '../../../server/src/context/types';

function take(path: string, exclude: readonly string[] = []): Selection {
  return { sources: [{ path, wildcard: /[*?[]/.test(path) }], exclude, parents: false, unpack: false };
}

function file(path: string, seed: string, more: Partial<ListedEntry> = {}): ListedEntry {
  const hex = Buffer.from(seed).toString('hex');
  return { path, size: 1, digests: { sha256: hex.padEnd(64, '0'), git: hex.padEnd(40, '0') }, ...more };
}

function difference(before: readonly ListedEntry[], after: readonly ListedEntry[], selection: Selection, limit = 100) {
  const [old, now] = [snapshotFromEntries(before), snapshotFromEntries(after)];
  const recorded = recordTree(old, [selection], 'sha256');
  const found = changedPaths(now, selection, recorded, 'sha256', limit);
  // Comparing with the snapshot itself says the same; it knows more of what lay outside the selection then.
  const direct = changedPaths(now, selection, old, 'sha256', limit);
  assert.ok(direct.paths.every((path) => found.paths.includes(path)) && direct.count <= found.count);
  if (!before.some((entry) => entry.type === 'symlink')) assert.deepEqual(direct, found);
  return found;
}

describe('what has changed since a record', () => {
  const base = [file('d/a', '1'), file('d/s/b', '2'), file('e', '3')];

  it('names changed, added and removed files', () => {
    const after = [file('d/a', '9'), file('d/s/n', '2'), file('e', '3')];
    assert.deepEqual(difference(base, after, take('d')), { paths: ['d/a', 'd/s/b', 'd/s/n'], count: 3 });
    assert.deepEqual(difference(base, after, take('')).paths, ['d/a', 'd/s/b', 'd/s/n']);
    assert.deepEqual(difference(base, base, take('d')), { paths: [], count: 0 });
  });

  it('names at most as many as asked for, and counts all', () => {
    assert.deepEqual(difference(base, [], take('d'), 1), { paths: ['d/a'], count: 2 });
    assert.deepEqual(difference(base, [file('d/a', '4'), file('d/s/b', '5')], take('d'), 1), {
      paths: ['d/a'],
      count: 2,
    });
  });

  it('names a directory of which only the mode differs, or that came or went empty', () => {
    const mode = [...base, { path: 'd/s', type: 'directory', mode: 0o700 } as const];
    assert.deepEqual(difference(base, mode, take('d')).paths, ['d/s']);
    const empty = [...base, { path: 'd/n', type: 'directory' } as const];
    assert.deepEqual(difference(base, empty, take('d')).paths, ['d/n']);
    assert.deepEqual(difference(empty, base, take('d')).paths, ['d/n']);
  });

  it('follows wildcards to what they no longer match', () => {
    assert.deepEqual(difference([...base, file('d/a2', '1')], base, take('d/a*')).paths, ['d/a2']);
    assert.deepEqual(difference(base, [...base, file('d/a2', '1')], take('d/a*')).paths, ['d/a2']);
  });

  it('names a link that leads elsewhere', () => {
    const to = (target: string): ListedEntry => ({ path: 'l', type: 'symlink', linkTarget: target });
    assert.deepEqual(difference([...base, to('e')], [...base, to('d/a')], take('l')).paths, ['d/a', 'l']);
  });

  it('does not take what is not known yet for a change', () => {
    const after = [file('d/a', '1'), { path: 'd/s/b', size: 1 }, file('e', '3')];
    assert.deepEqual(difference(base, after, take('d')), { paths: [], count: 0 });
  });

  const tree = fc
    .array(
      fc.tuple(
        fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 2, maxLength: 4 }).map((names) => names.join('/')),
        fc.constantFrom('1', '2', '3'),
      ),
      { maxLength: 12 },
    )
    .map((listed) => {
      const files = new Map(listed);
      for (const path of files.keys()) {
        for (const other of [...files.keys()]) if (path.startsWith(`${other}/`)) files.delete(other);
      }
      return files;
    });
  const exclude = fc.constantFrom([], ['b'], ['**/c'], ['*', '!b'], ['a/*', '!a/c']);

  it('agrees with comparing the lists of files', () => {
    fc.assert(
      fc.property(tree, tree, exclude, (before, after, patterns) => {
        const list = (files: ReadonlyMap<string, string>) => [
          file('a/always', '1'),
          ...[...files].map(([path, seed]) => file(path, seed)),
        ];
        const { matcher } = compilePatterns(patterns);
        const expected = [...new Set([...before.keys(), ...after.keys()])]
          .filter((path) => before.get(path) !== after.get(path))
          .filter((path) => path.startsWith('a/') && !isExcluded(matcher, path.slice(2)));
        const found = difference(list(before), list(after), take('a', patterns));
        // Where a whole directory is new or gone, or a file took a directory's place, the directory may stand for its files.
        const covers = (path: string, by: string) => path === by || path.startsWith(`${by}/`);
        for (const path of expected) {
          assert.ok(
            found.paths.some((each) => covers(path, each)),
            `${path} of ${found.paths}`,
          );
        }
        for (const each of found.paths) {
          assert.ok(
            each === 'a' || expected.some((path) => covers(path, each)) || patterns.length > 0,
            `${each} of ${expected}`,
          );
        }
        assert.deepEqual(found.paths, [...found.paths].sort(compareBytewise));
      }),
      { numRuns: 500 },
    );
  });

  function isExcluded(matcher: ReturnType<typeof compilePatterns>['matcher'], path: string): boolean {
    let state: Uint8Array | undefined;
    let excluded = false;
    const elements = path.split('/');
    for (let depth = 1; depth <= elements.length; depth++) {
      const record = new Uint8Array(matcher.patterns.length);
      excluded = matcher.match(elements.slice(0, depth).join('/'), state, record);
      state = record;
    }
    return excluded;
  }
});
