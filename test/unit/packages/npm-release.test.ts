import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pooled, ranged } from '../../../server/src/packages/node-pool';
import { usualSize } from '../../../server/src/packages/node-sizes';
import {
  archiveOfNpmRelease,
  readNpmRelease,
  unpackedFromArchiveEnd,
  unpackedFromTar,
} from '../../../server/src/packages/npm-release';
import { compareVersions, newestShipped, shippedNeeds, shippedRelease } from '../../../server/src/packages/npm-shipped';

test('what a registry says of a release', () => {
  const dist = { unpackedSize: 1234, fileCount: 5, tarball: 'https://registry.npmjs.org/a/-/a-1.0.0.tgz' };
  assert.deepEqual(readNpmRelease({ dist }), {
    unpacked: { bytes: 1234, low: 1234, high: 1234, basis: 'computed' },
    archive: null,
    files: 5,
  });
  assert.equal(archiveOfNpmRelease({ dist }), dist.tarball);
});

for (const bad of [
  null,
  '<html>',
  [],
  {},
  { dist: {} },
  { dist: { unpackedSize: -1 } },
  { dist: { unpackedSize: 1e300 } },
]) {
  test(`nothing is told by ${JSON.stringify(bad)}`, () => {
    assert.equal(readNpmRelease(bad), undefined);
    assert.equal(archiveOfNpmRelease(bad), undefined);
  });
}

test('a release of the shipped table, one near to it, and one of no known package', () => {
  const newest = newestShipped('express');
  assert.ok(shippedNeeds('express', newest ?? '').some(({ name }) => name === 'body-parser'));
  const same = shippedRelease('express', newest ?? '');
  assert.equal(same?.match, 'same');
  assert.equal(same?.size.unpacked.low, same?.size.unpacked.high);
  const near = shippedRelease('express', '4.99.99');
  assert.equal(near?.match, 'near');
  assert.ok((near?.size.unpacked.low ?? 0) < (near?.size.unpacked.bytes ?? 0));
  assert.equal(shippedRelease('zz-nobody-knows', '1.0.0'), undefined);
  assert.equal(shippedRelease('__proto__', '1.0.0'), undefined);
});

test('versions are compared by their numbers', () => {
  assert.ok(compareVersions('1.10.0', '1.9.9') > 0);
  assert.ok(compareVersions('v2.0.0', '10.0.0') < 0);
  assert.equal(compareVersions('1.0', '1.0.0'), 0);
});

test('independent errors add in quadrature, shared ones plainly', () => {
  const one = { size: ranged(100, 60, 140, 'estimated') };
  const sum = (parts: readonly { readonly size: { readonly low: number } }[]) =>
    parts.reduce((total, { size }) => total + 100 - size.low, 0);
  assert.ok(Math.abs(sum(pooled([one, one, one, one])) - 80) < 5);
  assert.equal(sum(pooled([one, one, one, one], () => true)), 160);
});

test('the more packages are not known, the better their mean is', () => {
  let before = Number.POSITIVE_INFINITY;
  for (const count of [3, 10, 30, 100, 400, 5000]) {
    const { low, bytes, high } = usualSize(count);
    assert.ok(bytes !== null && high !== null && low < bytes && bytes < high);
    assert.ok(high / low < before);
    before = high / low + 1;
  }
});

/** gzip's last four bytes for a packed length. */
function end(length: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, length, true);
  return bytes;
}

test('the end of an archive tells how long its tar file is, less headers and padding', () => {
  // typescript 5.5.4: 120 files, 21,870,234 bytes.
  const typescript = unpackedFromArchiveEnd({ length: 4_043_150, end: end(21_966_848) });
  assert.ok(typescript && typescript.unpacked.low < 21_870_234 && (typescript.unpacked.high ?? 0) >= 21_870_234);
  assert.equal(typescript.tar, 21_966_848);
  const counted = unpackedFromTar(21_966_848, 120);
  assert.ok(counted && counted.low < 21_870_234 && (counted.high ?? 0) > 21_870_234);
  assert.ok(Math.abs((counted.bytes ?? 0) - 21_870_234) < 2_000);
});

for (const [why, length, packed] of [
  ['no whole blocks', 1000, 1001],
  ['less than what it was packed to', 100_000, 51_200],
  ['more than anything is packed to', 1000, 1024 * 1024],
  ['more than four bytes count', 3_000_000_000, 512],
] as const) {
  test(`the end of an archive tells nothing: ${why}`, () => {
    assert.equal(unpackedFromArchiveEnd({ length, end: end(packed) }), undefined);
  });
}

test('many files in a small tar file are none of this release', () => {
  assert.equal(unpackedFromTar(10_240, 400), undefined);
});

test('what a package of the table needs comes with the release that it got', () => {
  const [chokidar] = shippedNeeds('nodemon', newestShipped('nodemon') ?? '').filter(({ name }) => name === 'chokidar');
  assert.match(chokidar?.version ?? '', /^3\./);
  assert.deepEqual(shippedNeeds('zz-nobody-knows', '1.0.0'), []);
});
