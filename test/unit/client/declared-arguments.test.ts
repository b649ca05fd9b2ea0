import assert from 'node:assert/strict';
import { test } from 'node:test';
import { declaredArguments } from '../../../client/src/declared-arguments';

test('names with their defaults, which a later declaration without one keeps', () => {
  const text = 'ARG VERSION=20\nFROM node:${VERSION}\n  arg A=x=y B\nARG VERSION\r\n# ARG C\nRUN ARG D\nARG 1x\n';
  assert.deepEqual(
    [...declaredArguments(text)],
    [
      ['VERSION', '20'],
      ['A', 'x=y'],
      ['B', undefined],
    ],
  );
});
