import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode, defaultPlatform } from '../../../server/src/cli/inputs';

test('text is decoded with its byte order mark; other bytes are replaced and their line told', () => {
  assert.deepEqual(decode(Buffer.from('\uFEFFFROM a\n')), { text: '\uFEFFFROM a\n', faithful: true, line: 0 });
  assert.deepEqual(decode(Buffer.from([0x61, 0x0a, 0xff])), { text: 'a\n\uFFFD', faithful: false, line: 2 });
  // A replacement character that was written is no fault.
  assert.equal(decode(Buffer.from('\uFFFD')).faithful, true);
});

test('the platform is Linux on the architecture of this machine', () => {
  assert.equal(defaultPlatform('x64'), 'linux/amd64');
  assert.equal(defaultPlatform('arm64'), 'linux/arm64');
  assert.equal(defaultPlatform('riscv64'), 'linux/riscv64');
});
