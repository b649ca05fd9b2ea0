import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  contentTree,
  type DigestsByPath,
  digestsByPath,
  PackedDigests,
  type PathDigest,
} from '../../../server/src/context/content-tree';
import { recordTree } from '../../../server/src/context/recorded-tree';
import { snapshotFromEntries } from '../../../server/src/context/snapshot';

/** Names whose bytes stand on both sides of the slash, and beyond ASCII. */
const name = fc.constantFrom(
  'a',
  'a-b',
  'a.b',
  'a b',
  'a\u0001',
  'ab',
  'b',
  '한',
  '\u{1f4c4}',
  'z',
  '__proto__',
  'node_modules',
);
const path = fc.array(name, { minLength: 0, maxLength: 4 }).map((names) => names.join('/'));
const digest = fc.oneof(
  fc.constantFrom('l:../a', 'l:', 'o644', 'f644:ab', 'd755:', 'f:0'),
  fc.integer({ min: 0, max: 255 }).map((byte) => `f644:${byte.toString(16).padStart(2, '0').repeat(32)}`),
  fc.integer({ min: 0, max: 255 }).map((byte) => `d:${byte.toString(16).padStart(2, '0').repeat(32)}`),
);
const entries = fc
  .array(fc.tuple(path, digest), { maxLength: 60 })
  .map((list): readonly PathDigest[] => [...new Map(list)]);

/** The entries in packed form, however few they are. */
function packed(list: readonly PathDigest[]): PackedDigests {
  const others: PathDigest[] = Array.from({ length: 2_000 }, (_, index) => [`many/${index}`, 'l:one of many']);
  const tree = digestsByPath([...list, ...others]);
  assert.ok(tree instanceof PackedDigests);
  return tree;
}

const isOther = (where: string): boolean => where === 'many' || where.startsWith('many/');

describe('digests by path', () => {
  it('are one value for the same entries, and another where anything differs', () => {
    fc.assert(
      fc.property(entries, entries, (list, others) => {
        const tree = packed(list);
        assert.equal(packed([...list].reverse()), tree);
        const other = packed(others);
        assert.equal(other === tree, JSON.stringify(other) === JSON.stringify(tree));
        for (const [changed, what] of list) {
          const differing = packed(list.map((entry) => (entry[0] === changed ? [changed, `${what}?`] : entry)));
          assert.notEqual(differing, tree);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('are the same packed and as an object', () => {
    fc.assert(
      fc.property(entries, fc.array(path, { maxLength: 10 }), (list, asked) => {
        const plain = contentTree(digestsByPath(list));
        const tree = packed(list);
        assert.equal(tree.size, plain.size + 2_000);
        for (const where of [...asked, ...list.map(([each]) => each)]) {
          assert.equal(tree.digest(where), plain.digest(where), where);
          const names = tree.names(where).filter((each) => where !== '' || !isOther(each));
          assert.deepEqual(names.toSorted(), plain.names(where).toSorted(), where);
        }
        const found = [...tree.entries()].filter(([where]) => !isOther(where));
        assert.deepEqual(new Map(found), new Map(plain.entries()));
        assert.equal(found.length, list.length);
      }),
    );
  });

  it('are written as an object of the same paths', () => {
    const tree = packed([['a/b', 'f644:00']]);
    assert.equal(JSON.parse(JSON.stringify(tree))['a/b'], 'f644:00');
    const text = [...tree.entries()].reduce((bytes, [where, value]) => bytes + where.length + value.length + 6, 0);
    assert.equal(tree.textBytes, text);
  });

  it('of a large context are what they are of each of its folders', () => {
    const files = Array.from({ length: 3_000 }, (_, index) => ({
      path: `${index % 7 === 0 ? 'a-b' : 'a'}/${index % 50}/file ${index}`,
      digests: { sha256: index.toString(16).padStart(64, '0') },
    }));
    const snapshot = snapshotFromEntries([...files, { path: 'a/link', type: 'symlink', linkTarget: '50' }]);
    const selection = (source: string) => ({
      sources: [{ path: source, wildcard: false }],
      exclude: [],
      parents: false,
      unpack: false,
    });
    const whole: DigestsByPath = recordTree(snapshot, [selection('a/3'), selection('')], 'sha256');
    assert.ok(whole instanceof PackedDigests);
    let count = 0;
    const walk = (directory: string): void => {
      count += 1;
      assert.equal(whole.digest(directory), snapshot.digest(directory, 'sha256'), directory);
      const children = snapshot.children(directory);
      assert.deepEqual(
        whole.names(directory),
        children.map((child) => child.name),
      );
      for (const child of children) walk(child.path);
    };
    walk('');
    assert.equal(whole.size, count);
    const one = recordTree(snapshot, [selection('a/3')], 'sha256');
    assert.deepEqual(
      new Map(contentTree(one).entries()),
      new Map([...whole.entries()].filter(([where]) => where === 'a/3' || where.startsWith('a/3/'))),
    );
  });
});
