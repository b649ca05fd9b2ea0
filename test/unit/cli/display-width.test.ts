import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { withoutControls } from '../../../server/src/cli/controls';
import { cutTo, padTo, wrap } from '../../../server/src/cli/display-width';

test('text is cut and padded by the columns it takes', () => {
  assert.equal(cutTo('abcdef', 6), 'abcdef');
  assert.equal(cutTo('abcdef', 4), 'abc…');
  assert.equal(cutTo('한국어', 6), '한국어');
  assert.equal(cutTo('한국어', 5), '한국…');
  assert.equal(cutTo('한국어', 4), '한…');
  assert.equal(cutTo('abc', 0), '');
  assert.equal(padTo('한', 4), '한  ');
  assert.equal(padTo('7', 3, 'right'), '  7');
});

test('cut text never takes more columns than it may', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.integer({ min: 0, max: 30 }), (text, width) => {
      assert.ok(stringWidth(cutTo(text, width)) <= width);
    }),
  );
});

test('nothing that controls a terminal is left', () => {
  assert.equal(withoutControls('a\u001b[2Jb\r\nc\td\u202e'), 'a\uFFFD[2Jb c d\uFFFD');
});

test('prose is broken at blanks', () => {
  assert.deepEqual(wrap('a bb ccc dddd', 6), ['a bb', 'ccc', 'dddd']);
  assert.deepEqual(wrap('한국어 설명', 8), ['한국어', '설명']);
  assert.deepEqual(wrap('x'.repeat(9), 4), ['x'.repeat(9)]);
});
