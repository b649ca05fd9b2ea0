import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apk } from '../../../server/src/packages/apk';
import type { PackageEffect } from '../../../server/src/packages/types';
import { alpineIndex, only } from './distribution-fixtures';
import { type RunSetting, runProvider, total } from './provider-run';

const setting: RunSetting = {
  system: { distribution: 'alpine', version: '3.20.3', baseReference: 'alpine:3.20' },
  indexes: only(alpineIndex),
};

function last(lines: readonly string[], more: RunSetting = {}): PackageEffect {
  let memory: unknown;
  let effect: PackageEffect | undefined;
  for (const line of lines) {
    effect = runProvider(apk, line, { ...setting, ...more, memory });
    memory = effect.memory;
  }
  assert.ok(effect);
  return effect;
}

const packages = (effect: PackageEffect): readonly string[] =>
  [...new Set(effect.writes.flatMap((part) => (part.package === undefined ? [] : [part.package.name])))].sort();

test('add brings the libraries that the base lacks', () => {
  const effect = last(['apk add --no-cache curl']);
  assert.deepEqual(packages(effect), ['curl', 'libcurl']);
  assert.equal(effect.writes.find((part) => part.package?.name === 'curl')?.size.bytes, 262_345);
  assert.ok(!effect.writes.some((part) => part.path === '/var/cache/apk'));
  assert.ok(last(['apk add curl']).writes.some((part) => part.path === '/var/cache/apk'));
});

test('what comes along by itself comes along when all it waits for is there', () => {
  assert.deepEqual(packages(last(['apk add --no-cache curl bash-completion'])), [
    'bash-completion',
    'curl',
    'curl-bash-completion',
    'libcurl',
  ]);
  assert.deepEqual(packages(last(['apk add --no-cache bash-completion', 'apk add --no-cache curl'])), [
    'curl',
    'curl-bash-completion',
    'libcurl',
  ]);
});

test('a virtual package goes with all that only it wanted', () => {
  const removed = (lines: readonly string[]): readonly string[] =>
    last(lines)
      .removedPackages.map(({ name }) => name)
      .sort();
  assert.deepEqual(removed(['apk add --no-cache --virtual .build-deps gcc make', 'apk del .build-deps']), [
    'binutils',
    'gcc',
    'make',
  ]);
  assert.deepEqual(
    removed(['apk add --no-cache make', 'apk add --no-cache -t .build gcc make', 'apk del --no-network .build']),
    ['binutils', 'gcc'],
  );
  assert.deepEqual(removed(['apk add --no-cache gcc', 'apk del binutils']), []);
});

test('versions and tags of a repository are no part of the name', () => {
  assert.deepEqual(packages(last(['apk add --no-cache make=4.4-r2 curl~8 "gcc>12"'])), [
    'binutils',
    'curl',
    'gcc',
    'libcurl',
    'make',
  ]);
});

test('unknown names and releases are ranges and are told', () => {
  const effect = last(['apk add --no-cache nothing curl']);
  assert.match(effect.evidence.join(' '), /nothing is not in the package index of Alpine/);
  assert.equal(effect.unknown, undefined);
  assert.ok((total(effect).high ?? 0) > 100e6);
  const removed = last(['apk add --no-cache -t .x nothing curl', 'apk del .x']).removedPackages.map(({ name }) => name);
  assert.ok(removed.includes('nothing') && removed.includes('curl'));
  const anywhere = runProvider(apk, 'apk add curl', { indexes: only(alpineIndex) });
  assert.match(anywhere.evidence.join(' '), /Alpine 3\.22 is supposed/);
  const [, sure] = [anywhere, last(['apk add curl'])].map(total);
  assert.ok((total(anywhere).high ?? 0) > (sure?.high ?? 0));
  assert.match(runProvider(apk, 'apk add curl', { system: { distribution: 'debian' } }).unknown ?? '', /release/);
  assert.deepEqual(last(['apk info']).writes, []);
});

test('another root holds nothing before', () => {
  const effect = last(['apk add --root /out --no-cache curl']);
  assert.ok(effect.writes.filter((part) => part.package !== undefined).every((part) => part.path === '/out'));
  assert.ok(packages(effect).includes('musl') || packages(effect).length >= 2);
  assert.equal(effect.unknown, undefined);
});

test('indexes go to /etc/apk/cache where that is a mount, and so into no layer', () => {
  const paths = (mounted: readonly string[]) =>
    runProvider(apk, 'apk add zlib', { mounted }).writes.flatMap(({ path, label }) =>
      label === 'package lists' ? [path] : [],
    );
  assert.deepEqual(paths([]), ['/var/cache/apk']);
  assert.deepEqual(paths(['/etc/apk/cache']), []);
});
