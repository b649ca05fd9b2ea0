import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { npm } from '../../../server/src/packages/npm';
import { manifestDependencies, rootWantOf } from '../../../server/src/packages/npm-closure';
import { pickRelease, readNpmReleases, shortNpmReleases } from '../../../server/src/packages/npm-releases';
import { resolveWanted } from '../../../server/src/packages/npm-resolve';
import type { Answer, PackageIndexes, ReleaseList } from '../../../server/src/packages/types';
import { bytesBelow, command, packagePaths, registryOf, stage } from './node-surroundings';

type Releases = Readonly<Record<string, object>>;

/** A registry with the releases of each package, the last one named `latest`. */
function lists(packages: Readonly<Record<string, Releases>>, pending: readonly string[] = []): PackageIndexes {
  const answers = new Map<string, Answer<ReleaseList>>();
  for (const [name, versions] of Object.entries(packages)) {
    const latest = Object.keys(versions).at(-1);
    const value = readNpmReleases({ 'dist-tags': { latest }, versions }, 10_000);
    if (value !== undefined) answers.set(name, { state: 'ready', value, basis: 'computed', source: 'a registry' });
  }
  return {
    ...registryOf({}),
    npmReleases: (name) =>
      answers.get(name) ?? (pending.includes(name) ? { state: 'pending' } : { state: 'unknown', reason: 'none' }),
  };
}

const dist = (unpackedSize: number) => ({ dist: { unpackedSize, fileCount: 2 } });

function resolved(
  specifiers: string,
  indexes: PackageIndexes,
  place: 'project' | 'global' = 'project',
  baseReference = 'node:20-slim',
) {
  const wanted = specifiers.split(' ').flatMap((each) => rootWantOf(each) ?? []);
  const resolution = resolveWanted(wanted, place, { indexes, system: { architecture: 'amd64', baseReference } });
  return {
    ...resolution,
    places: resolution.packages.map(({ location, version }) => `${location} ${version}`.replace(/node_modules\//g, '')),
  };
}

describe('the release that npm takes', () => {
  const list = readNpmReleases(
    {
      'dist-tags': { latest: '2.1.0', next: '3.0.0-beta.1' },
      versions: {
        '1.0.0': {},
        '1.5.0': {},
        '2.0.0': {},
        '2.1.0': {},
        '2.2.0': {},
        '3.0.0-beta.1': {},
        '3.0.0-beta.2': {},
      },
    },
    5_000,
  );
  for (const [range, version] of Object.entries({
    '': '2.1.0',
    '*': '2.1.0',
    '^2.0.0': '2.1.0',
    '>=2': '2.1.0',
    '>2.1.0': '2.2.0',
    '^1': '1.5.0',
    '1.0.0 || 1.5.0': '1.5.0',
    next: '3.0.0-beta.1',
    '^3': undefined,
    'no range': undefined,
  })) {
    test(`"${range}" is ${version}`, () => {
      assert.equal(list && pickRelease(list, range)?.version, version);
    });
  }

  test('a list that was kept reads as the one that came', () => {
    assert.ok(list);
    assert.deepEqual(readNpmReleases(JSON.parse(JSON.stringify(shortNpmReleases(list))), list.bytes), list);
  });
});

describe('a tree without a lock file', () => {
  test('each release lies as high as nothing of its name is in the way', () => {
    const indexes = lists({
      a: { '1.0.0': { dependencies: { b: '^1', c: '^1' } } },
      b: { '1.0.0': {}, '1.9.0': { dependencies: { c: '^2' } }, '2.0.0': {} },
      c: { '1.0.0': {}, '2.0.0': {} },
    });
    const { places, missing, lists: fetched } = resolved('a', indexes);
    assert.deepEqual(places, ['a 1.0.0', 'b 1.9.0', 'c 1.0.0', 'b/c 2.0.0']);
    assert.deepEqual(missing, []);
    assert.deepEqual(fetched, { known: 3, knownBytes: 30_000, others: 0 });
  });

  test('peers lie beside a package, and optional ones are not installed', () => {
    const indexes = lists({
      a: { '1.0.0': { dependencies: { b: '1' } } },
      b: {
        '1.0.0': { peerDependencies: { p: '1', q: '1' }, peerDependenciesMeta: { q: { optional: true } } },
      },
      p: { '1.0.0': {} },
    });
    assert.deepEqual(resolved('a', indexes).places, ['a 1.0.0', 'b 1.0.0', 'p 1.0.0']);
  });

  test('rather a release that is made for the version of Node and not deprecated', () => {
    const indexes = lists({
      a: { '1.0.0': {}, '1.1.0': { deprecated: 'broken' }, '2.0.0': { engines: { node: '>=22' } } },
    });
    assert.deepEqual(resolved('a@>=1', indexes).places, ['a 1.0.0']);
    assert.deepEqual(resolved('a@>=1', indexes, 'project', 'node:22.3.0-alpine').places, ['a 2.0.0']);
    assert.deepEqual(resolved('a@>=1', indexes, 'project', 'debian:12').places, ['a 2.0.0']);
    assert.deepEqual(resolved('a@^2', indexes).places, ['a 2.0.0']);
  });

  test('lists of optional peers are fetched, and those of their peers', () => {
    const spared = { peerDependenciesMeta: { t: { optional: true } } };
    const indexes = lists({
      a: { '1.0.0': { peerDependencies: { t: '1' }, ...spared } },
      t: { '1.0.0': { dependencies: { x: '1' }, peerDependencies: { u: '1' } } },
      u: { '1.0.0': {} },
    });
    const { places, lists: fetched } = resolved('a', indexes);
    assert.deepEqual(places, ['a 1.0.0']);
    assert.equal(fetched.known, 3);
  });

  test('a circle of packages ends', () => {
    const indexes = lists({
      a: { '1.0.0': { dependencies: { b: '*' } } },
      b: { '1.0.0': { dependencies: { a: '*' } } },
    });
    assert.deepEqual(resolved('a', indexes).places, ['a 1.0.0', 'b 1.0.0']);
  });

  test('global packages have what they need inside them', () => {
    const indexes = lists({
      a: { '1.0.0': { dependencies: { c: '1' } } },
      b: { '1.0.0': { dependencies: { c: '1' } } },
      c: { '1.0.0': {} },
    });
    assert.deepEqual(resolved('a b', indexes, 'global').places, ['a 1.0.0', 'b 1.0.0', 'a/c 1.0.0', 'b/c 1.0.0']);
  });

  test('what a pending package needs is not asked for before it is known', () => {
    const { needs, packages } = resolved('express', lists({}, ['express', 'body-parser']));
    assert.deepEqual(needs, [{ kind: 'npm releases', name: 'express' }]);
    assert.ok(packages.length > 20);
  });

  test('packages for other platforms and for development are left out, but their lists are fetched', () => {
    const manifest = { dependencies: { a: '1' }, devDependencies: { d: '1' } };
    const indexes = lists({
      a: { '1.0.0': { ...dist(1000), optionalDependencies: { mac: '1', linux: '1' } } },
      d: { '1.0.0': dist(50_000) },
      mac: { '1.0.0': { ...dist(7000), os: ['darwin'] } },
      linux: { '1.0.0': { ...dist(200), os: ['linux'] } },
    });
    const here = { ...stage({ files: { '/app/package.json': JSON.stringify(manifest) } }), indexes };
    const effect = npm.effect(command('npm install --omit=dev'), here);
    assert.deepEqual(packagePaths(effect), ['/app/node_modules/a', '/app/node_modules/linux']);
    assert.equal(bytesBelow(effect, '/app/node_modules/a') + bytesBelow(effect, '/app/node_modules/linux'), 1200);
    assert.ok(bytesBelow(effect, '/root/.npm/_cacache') > 40_000);
    assert.equal(effect.unknown, undefined);
  });

  test('npm prune takes away what only development needed, as npm install had resolved it', () => {
    const manifest = { dependencies: { a: '1' }, devDependencies: { d: '1' } };
    const indexes = lists({
      a: { '1.0.0': { dependencies: { both: '1' } } },
      d: { '1.0.0': { dependencies: { both: '1', own: '1' } } },
      both: { '1.0.0': {} },
      own: { '1.0.0': {} },
    });
    const at = (text: object) => ({ ...stage({ files: { '/app/package.json': JSON.stringify(text) } }), indexes });
    const effect = npm.effect(command('npm prune --omit=dev'), at(manifest));
    assert.deepEqual(effect.removes, ['/app/node_modules/d', '/app/node_modules/own']);
    assert.equal(effect.unknown, undefined);
    assert.deepEqual(
      effect.writes.map(({ path }) => path.replace(/_logs.*/, '_logs')),
      ['/app/node_modules/.package-lock.json', '/app/package-lock.json', '/root/.npm/_logs'],
    );
    for (const other of [
      { ...manifest, dependencies: { a: '1', git: 'github:a/b' } },
      { dependencies: { zz: '1' } },
      { ...manifest, workspaces: ['p/*'] },
    ])
      assert.notEqual(npm.effect(command('npm prune --omit=dev'), at(other)).unknown, undefined);
  });
});

test('lists of any shape are read without a throw', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (versions, entry) => {
      readNpmReleases(versions, 1);
      readNpmReleases({ versions, 'dist-tags': entry }, 1);
      const list = readNpmReleases({ versions: { '1.0.0': entry } }, 1);
      assert.equal(list?.releases.length, 1);
    }),
  );
});

test('a manifest tells what it asks for and what comes from elsewhere', () => {
  const text = JSON.stringify({
    dependencies: { a: '^1', alias: 'npm:real@2', git: 'github:a/b' },
    devDependencies: { a: '^2', d: 'latest' },
    optionalDependencies: { o: '1' },
  });
  assert.deepEqual(manifestDependencies(text), {
    wanted: [
      { name: 'a', range: '^1', folder: 'a', kind: 'production' },
      { name: 'd', range: 'latest', folder: 'd', kind: 'development' },
      { name: 'real', range: '2', folder: 'alias', kind: 'production' },
      { name: 'o', range: '1', folder: 'o', kind: 'optional' },
    ],
    others: ['git'],
    workspaces: false,
  });
  assert.equal(manifestDependencies('{'), undefined);
});
