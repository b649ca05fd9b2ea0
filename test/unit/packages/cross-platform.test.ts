import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apk } from '../../../server/src/packages/apk';
import { apt } from '../../../server/src/packages/apt';
import { debianIndex, only } from './distribution-fixtures';
import { type RunSetting, runProvider } from './provider-run';

const debian: RunSetting = {
  system: { distribution: 'debian', version: '12', codename: 'bookworm', baseReference: 'debian:bookworm-slim' },
  indexes: only(debianIndex),
};

test('xx-apt-get fetches the lists and installs as apt-get does', () => {
  const [helped, plain] = ['xx-apt-get install -y libapp1', 'apt-get install -y --update libapp1'].map((line) =>
    runProvider(apt, line, { ...debian, environment: { TARGETPLATFORM: 'linux/amd64' } }),
  );
  assert.ok(helped?.writes.some(({ path }) => path === '/var/lib/apt/lists'));
  assert.deepEqual(helped?.writes, plain?.writes);
  assert.equal(helped?.unknown, undefined);
});

test('packages for another platform are not known', () => {
  for (const platform of ['linux/arm64', 'windows/amd64', 'linux']) {
    const environment = { TARGETPLATFORM: platform };
    const effect = runProvider(apt, 'xx-apt-get install -y libapp1', { ...debian, environment });
    assert.ok(effect.unknown !== undefined && effect.writes.length === 0, platform);
  }
});

test('a platform that no argument names is the stage’s', () => {
  const arm: RunSetting = { ...debian, system: { ...debian.system, architecture: 'armhf' } };
  assert.equal(runProvider(apt, 'xx-apt install -y libapp1', arm).unknown, undefined);
  const named = { ...arm, environment: { TARGETPLATFORM: 'linux/arm/v7' } };
  assert.equal(runProvider(apt, 'xx-apt install -y libapp1', named).unknown, undefined);
});

test('xx-apk knows names of its own', () => {
  const alpine: RunSetting = { system: { distribution: 'alpine', version: '3.20', baseReference: 'alpine:3.20' } };
  const names = (line: string): readonly string[] =>
    runProvider(apk, line, alpine).writes.flatMap(({ package: one }) => (one === undefined ? [] : [one.name]));
  assert.deepEqual(names('xx-apk add --no-cache xx-cxx-essentials'), names('apk add --no-cache g++'));
  assert.ok(names('xx-apk add --no-cache xx-cxx-essentials').length > 0);
});
