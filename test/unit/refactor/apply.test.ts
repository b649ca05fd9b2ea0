import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyEdits, EditMismatch } from '../../../server/src/refactor/apply';

const edit = (from: [number, number], to: [number, number], newText: string) => ({
  range: { start: { line: from[0], character: from[1] }, end: { line: to[0], character: to[1] } },
  newText,
});

test('edits count in the text as it was, in any order', () => {
  const text = 'one\r\ntwo\r\nthree';
  const edits = [edit([2, 0], [2, 5], '3'), edit([0, 0], [0, 0], '>'), edit([0, 3], [1, 3], '')];
  assert.equal(applyEdits(text, edits), '>one\r\n3');
  assert.equal(applyEdits(text, []), text);
});

test('edits may touch', () => {
  assert.equal(applyEdits('abc', [edit([0, 0], [0, 1], 'x'), edit([0, 1], [0, 2], 'y')]), 'xyc');
});

test('edits that overlap or lie outside the text are refused', () => {
  assert.throws(() => applyEdits('abc', [edit([0, 0], [0, 2], 'x'), edit([0, 1], [0, 3], 'y')]), EditMismatch);
  assert.throws(() => applyEdits('abc', [edit([1, 0], [1, 0], 'x')]), EditMismatch);
  assert.throws(() => applyEdits('abc\n', [edit([0, 1], [0, 9], 'x')]), EditMismatch);
  assert.throws(() => applyEdits('abc', [edit([0, 2], [0, 1], 'x')]), EditMismatch);
});
