import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { decode, defaultPlatform, readInputs } from '../../../server/src/cli/inputs';
import { processTerminal, wantsColor } from '../../../server/src/cli/terminal';
import { temporaryFolder } from '../facts/temporary-folder';

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

test('a Dockerfile without permission', { skip: process.platform === 'win32' }, async (context) => {
  const folder = temporaryFolder(context, { Dockerfile: 'FROM a\n' });
  chmodSync(folder, 0o755);
  chmodSync(join(folder, 'Dockerfile'), 0);
  // The administrator may read everything, so the test becomes somebody else.
  const isRoot = process.getuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    await assert.rejects(readInputs(folder, { buildArg: {} }, processTerminal()), /permission denied/);
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
});

test('colour only on terminals, unless forced or unwanted', () => {
  assert.equal(wantsColor({ CI: 'true' }, undefined), false);
  assert.equal(wantsColor({}, true), true);
  assert.equal(wantsColor({ NO_COLOR: '1', FORCE_COLOR: '1' }, true), false);
  assert.equal(wantsColor({ NO_COLOR: '' }, true), true);
  assert.equal(wantsColor({ FORCE_COLOR: '1' }, undefined), true);
  assert.equal(wantsColor({ TERM: 'dumb' }, true), false);
});
