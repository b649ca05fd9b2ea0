import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareVersions } from '../../../server/src/packages/package-version';

/** Older first; from the text of Debian Policy 5.6.12 and dpkg's own tests. */
const pairs: readonly (readonly [string, string])[] = [
  ['1.0', '1.1'],
  ['1.0~rc1', '1.0'],
  ['1.0~~', '1.0~'],
  ['1.0', '1.0+b1'],
  ['1.9', '1.10'],
  ['1.0-1', '1.0-1+deb12u1'],
  ['2.36-9+deb12u9', '2.36-9+deb12u13'],
  ['9', '1:0'],
  ['1.0-1', '1.0-1.1'],
  ['1.2.4-r2', '1.2.4-r10'],
  ['0a', '0+'],
  ['1.0-1~bpo12+1', '1.0-1'],
];

for (const [older, newer] of pairs)
  test(`${older} is older than ${newer}`, () => {
    assert.ok(compareVersions(older, newer) < 0);
    assert.ok(compareVersions(newer, older) > 0);
  });

test('leading zeros say nothing, long numbers are compared whole', () => {
  assert.equal(compareVersions('1.002', '1.2'), 0);
  assert.ok(compareVersions('20250101000000000000000001', '20250101000000000000000002') < 0);
});

test('an order: whoever comes first is not after, for any text', () => {
  const version = fc.string({ unit: fc.constantFrom('0', '1', '9', 'a', 'z', '~', '+', '.', '-', ':'), maxLength: 12 });
  fc.assert(
    fc.property(
      version,
      version,
      (a, b) => Math.sign(compareVersions(a, b)) === -Math.sign(compareVersions(b, a)) || compareVersions(a, b) === 0,
    ),
  );
});
