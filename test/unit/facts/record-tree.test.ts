import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { contentTree, digestsByPath, PackedDigests, type PathDigest } from '../../../server/src/context/content-tree';
import { treeOfText, treeText } from '../../../server/src/facts/record-tree';

/** Names that JSON writes otherwise than they are, and such as are longer than a piece that is written at once. */
const name = fc.oneof(
  fc.constantFrom('a', 'say "hi"', 'back\\slash', 'tab\there', '\u0001\u001f\u007f', 'ü한\u{1f4c4}\u2028', '__proto__'),
  fc.string({ minLength: 1, maxLength: 8, unit: 'binary' }).map((text) => text.replace(/[\0/]/g, '_')),
  fc.constant('long'.repeat(30_000)),
);
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
const digest = fc.oneof(
  fc.constantFrom('l:../a', 'l:"\\\n', 'o644', 'd755:'),
  fc.integer({ min: 0, max: 255 }).map((byte) => `f644:${byte.toString(16).padStart(2, '0').repeat(32)}`),
);
const entries = fc
  .array(fc.tuple(path, digest), { maxLength: 40 })
  .map((list): readonly PathDigest[] => [...new Map(list)]);

const textOf = (tree: Parameters<typeof treeText>[0]): string => [...treeText(tree)].join('');

test('the digests of a large context come back from their text', () => {
  const others = Array.from({ length: 2_000 }, (_, index): PathDigest => [`many/${index}`, 'l:one of many']);
  fc.assert(
    fc.property(entries, (list) => {
      const tree = digestsByPath([...list, ...others]);
      assert.ok(tree instanceof PackedDigests);
      const joined = [...tree.entries()].map(([where, what]) => `${where}\0${what}\0`).join('');
      const written: unknown = JSON.parse(textOf(tree));
      assert.equal(written, joined);
      const read = treeOfText(joined, 3_000);
      assert.ok(read !== undefined);
      assert.deepEqual([...contentTree(read).entries()], [...tree.entries()]);
    }),
    { numRuns: 60 },
  );
});

test('a few digests are written as an object', () => {
  fc.assert(
    fc.property(entries, (list) => {
      assert.deepEqual(JSON.parse(textOf(digestsByPath(list))), JSON.parse(JSON.stringify(Object.fromEntries(list))));
    }),
    { numRuns: 20 },
  );
});
