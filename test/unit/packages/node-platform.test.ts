import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fitsPlatform, nameFitsPlatform, platformOf } from '../../../server/src/packages/node-platform';

const linux = platformOf({ architecture: 'amd64', distribution: 'debian' });
const alpine = platformOf({ architecture: 'arm64', baseReference: 'node:20-alpine' });

describe('platforms of npm packages', () => {
  test('from the base image', () => {
    assert.deepEqual(linux, { os: 'linux', cpu: 'x64', libc: 'glibc' });
    assert.deepEqual(alpine, { os: 'linux', cpu: 'arm64', libc: 'musl' });
  });

  const fields: readonly [Partial<Parameters<typeof fitsPlatform>[0]>, boolean, boolean][] = [
    [{}, true, true],
    [{ os: ['linux'] }, true, true],
    [{ os: ['darwin', 'win32'] }, false, false],
    [{ os: ['!win32'] }, true, true],
    [{ os: ['!linux'] }, false, false],
    [{ os: ['any'] }, true, true],
    [{ os: ['linux'], cpu: ['x64'] }, true, false],
    [{ cpu: ['arm64', 'x64'], libc: ['glibc'] }, true, false],
    [{ libc: ['musl'] }, false, true],
  ];
  for (const [given, onLinux, onAlpine] of fields) {
    test(JSON.stringify(given), () => {
      const restricted = { os: [], cpu: [], libc: [], ...given };
      assert.equal(fitsPlatform(restricted, linux), onLinux);
      assert.equal(fitsPlatform(restricted, alpine), onAlpine);
    });
  }

  const names: readonly [string, boolean, boolean][] = [
    ['lodash', true, true],
    ['@esbuild/linux-x64', true, false],
    ['@esbuild/linux-arm64', false, true],
    ['@esbuild/darwin-arm64', false, false],
    ['@rollup/rollup-linux-x64-musl', false, false],
    ['@rollup/rollup-linux-x64-gnu', true, false],
    ['@rollup/rollup-linux-arm64-musl', false, true],
    ['@rollup/rollup-linux-arm-gnueabihf', false, false],
    ['@img/sharp-linuxmusl-arm64', false, true],
    ['@img/sharp-linux-x64', true, false],
    ['@img/sharp-win32-x64', false, false],
    ['@img/sharp-wasm32', false, false],
    ['@next/swc-linux-x64-gnu', true, false],
    ['@swc/core-win32-ia32-msvc', false, false],
    ['turbo-linux-64', true, false],
    ['fsevents', false, false],
    ['linux-release-info', true, true],
  ];
  for (const [name, onLinux, onAlpine] of names) {
    test(name, () => {
      assert.equal(nameFitsPlatform(name, linux), onLinux);
      assert.equal(nameFitsPlatform(name, alpine), onAlpine);
    });
  }
});
