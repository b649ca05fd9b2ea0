import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { yarn } from '../../../server/src/packages/yarn';
import { bytesBelow, command, packagePaths, stage } from './node-surroundings';

const manifest = JSON.stringify({
  dependencies: { 'zz-a': '^1.0.0', alias: 'npm:zz-c@^1.0.0' },
  devDependencies: { 'zz-b': '^1.0.0' },
});

const classic = `# yarn lockfile v1


zz-a@^1.0.0:
  version "1.0.0"
  resolved "https://registry.yarnpkg.com/zz-a/-/zz-a-1.0.0.tgz#aa"
  dependencies:
    zz-b "^2.0.0"
  optionalDependencies:
    "@zz/native-darwin-arm64" "1.0.0"
    "@zz/native-linux-x64" "1.0.0"

"@zz/native-darwin-arm64@1.0.0":
  version "1.0.0"
  resolved "https://registry.yarnpkg.com/x.tgz#aa"

"@zz/native-linux-x64@1.0.0":
  version "1.0.0"
  resolved "https://registry.yarnpkg.com/x.tgz#aa"

"alias@npm:zz-c@^1.0.0":
  version "1.0.0"
  resolved "https://registry.yarnpkg.com/x.tgz#aa"
  dependencies:
    zz-b "^2.0.0"

zz-b@^1.0.0:
  version "1.0.0"
  resolved "https://registry.yarnpkg.com/x.tgz#aa"

zz-b@^2.0.0:
  version "2.0.0"
  resolved "https://registry.yarnpkg.com/x.tgz#aa"
`;

const berry = `__metadata:
  version: 8
  cacheKey: 10c0

"@zz/native-darwin@npm:1.0.0":
  version: 1.0.0
  resolution: "@zz/native-darwin@npm:1.0.0"
  conditions: os=darwin & cpu=arm64
  languageName: node
  linkType: hard

"alias@npm:zz-c@^1.0.0":
  version: 1.0.0
  resolution: "zz-c@npm:1.0.0"
  languageName: node
  linkType: hard

"app@workspace:.":
  version: 0.0.0-use.local
  resolution: "app@workspace:."
  dependencies:
    zz-a: "npm:^1.0.0"
  languageName: unknown
  linkType: soft

"zz-a@npm:^1.0.0":
  version: 1.0.0
  resolution: "zz-a@npm:1.0.0"
  dependencies:
    "@zz/native-darwin": "npm:1.0.0"
    zz-b: "npm:^2.0.0"
  dependenciesMeta:
    "@zz/native-darwin":
      optional: true
  languageName: node
  linkType: hard

"zz-b@npm:^1.0.0":
  version: 1.0.0
  resolution: "zz-b@npm:1.0.0"
  languageName: node
  linkType: hard

"zz-b@npm:^2.0.0":
  version: 2.0.0
  resolution: "zz-b@npm:2.0.0"
  languageName: node
  linkType: hard
`;

const sizes = {
  'zz-a@1.0.0': 1e6,
  'zz-b@1.0.0': 2e6,
  'zz-b@2.0.0': 3e6,
  'zz-c@1.0.0': 4e6,
  '@zz/native-linux-x64@1.0.0': 5e6,
};
const at = (lock: string, more: Readonly<Record<string, string>> = {}) =>
  stage({ files: { '/app/package.json': manifest, '/app/yarn.lock': lock, ...more }, sizes });

describe('yarn', () => {
  test('Yarn 1: hoisted folders, doubles where a release at the top is in the way', () => {
    const paths = packagePaths(yarn.effect(command('yarn install --frozen-lockfile'), at(classic)));
    assert.deepEqual(paths, [
      '/app/node_modules/@zz/native-linux-x64',
      '/app/node_modules/alias',
      '/app/node_modules/alias/node_modules/zz-b',
      '/app/node_modules/zz-a',
      '/app/node_modules/zz-a/node_modules/zz-b',
      '/app/node_modules/zz-b',
    ]);
  });

  test('Yarn 1: production keeps the folders of the whole project', () => {
    const paths = packagePaths(yarn.effect(command('yarn --production'), at(classic)));
    assert.deepEqual(paths, [
      '/app/node_modules/@zz/native-linux-x64',
      '/app/node_modules/alias',
      '/app/node_modules/alias/node_modules/zz-b',
      '/app/node_modules/zz-a',
      '/app/node_modules/zz-a/node_modules/zz-b',
    ]);
  });

  test('Yarn 1 keeps in its cache what production and the platform leave out too', () => {
    const sizes = { '@zz/native-darwin-arm64@1.0.0': 40_000_000, 'zz-b@1.0.0': 5_000_000 };
    const files = { '/app/package.json': manifest, '/app/yarn.lock': classic };
    const effect = yarn.effect(command('yarn install --production'), stage({ files, sizes }));
    assert.ok(bytesBelow(effect, '/usr/local/share/.cache/yarn') > 45_000_000);
    assert.ok(bytesBelow(effect, '/app/node_modules') < 1_000_000);
  });

  test('Yarn 1 keeps each release in its cache, and cleans it', () => {
    const cache = bytesBelow(yarn.effect(command('yarn'), at(classic)), '/usr/local/share/.cache/yarn');
    assert.ok(cache > 15e6 && cache < 25e6, String(cache));
    assert.ok(yarn.effect(command('yarn cache clean'), at(classic)).removes.includes('/usr/local/share/.cache/yarn'));
  });

  test("Yarn 4: Plug'n'Play leaves archives and a map of them", () => {
    const effect = yarn.effect(command('yarn install --immutable'), at(berry));
    assert.equal(packagePaths(effect).length, 0);
    const cache = bytesBelow(effect, '/root/.yarn/berry/cache');
    assert.ok(cache > 10e6 && cache < 10.2e6, String(cache));
    assert.ok(bytesBelow(effect, '/app/.pnp.cjs') > 0);
  });

  test('Yarn 4: folders', () => {
    const surroundings = at(berry, { '/app/.yarnrc.yml': 'nodeLinker: node-modules\nenableGlobalCache: false\n' });
    const effect = yarn.effect(command('yarn'), surroundings);
    assert.deepEqual(packagePaths(effect), [
      '/app/node_modules/alias',
      '/app/node_modules/zz-a',
      '/app/node_modules/zz-a/node_modules/zz-b',
      '/app/node_modules/zz-b',
    ]);
    assert.ok(bytesBelow(effect, '/app/.yarn/cache') > 10e6);
    const focused = yarn.effect(command('yarn workspaces focus --production'), surroundings);
    assert.ok(packagePaths(focused).includes('/app/node_modules/zz-b'));
    assert.equal(packagePaths(focused).length, 3);
  });

  test('bad lock files and commands of which nothing is known', () => {
    for (const text of ['<html>', '{', '__metadata:\n  version: 99\n']) {
      assert.notEqual(yarn.effect(command('yarn'), at(text)).unknown, undefined, text);
    }
    for (const text of ['yarn seed', 'yarn run whatever', 'yarn add zz-a', 'yarn dlx x']) {
      assert.notEqual(yarn.effect(command(text), at(classic)).unknown, undefined, text);
    }
  });

  test('a cycle ends', () => {
    const lock = `# yarn lockfile v1\n\n\nzz-a@^1.0.0:\n  version "1.0.0"\n  dependencies:\n    zz-b "^1.0.0"\n\nzz-b@^1.0.0:\n  version "1.0.0"\n  dependencies:\n    zz-a "^1.0.0"\n`;
    assert.equal(yarn.effect(command('yarn'), at(lock)).unknown, undefined);
  });

  test('never throws, whatever the lock file holds', () => {
    fc.assert(
      fc.property(fc.json(), fc.string(), (json, text) => {
        for (const lock of [json, text, `${classic}\n${text}`, `__metadata:\n  version: 8\n\n"a@npm:1": ${json}\n`]) {
          yarn.effect(command('yarn'), at(lock));
        }
      }),
    );
  });

  test('a project that a clone brings has a set of packages of usual size, in its folder and in the cache', () => {
    const effect = yarn.effect(command('yarn install'), stage());
    assert.equal(effect.unknown, undefined);
    assert.deepEqual(
      effect.writes.map(({ path }) => path),
      ['/app/node_modules', '/usr/local/share/.cache/yarn/v6'],
    );
    assert.ok(effect.writes.every(({ size }) => size.basis === 'estimated' && size.low > 0 && size.high !== null));
    assert.match(effect.evidence.join(), /\/app\/yarn\.lock/);
    // The manifest is there, and what it asks for is in no table.
    const own = yarn.effect(command('yarn install'), stage({ files: { '/app/package.json': manifest } }));
    assert.match(own.unknown ?? '', /zz-a/);
  });

  test('a global package that no table has is taken to be as large as programs are', () => {
    const effect = yarn.effect(command('yarn global add @zz/nowhere'), stage());
    assert.equal(effect.unknown, undefined);
    assert.match(effect.evidence.join(), /@zz\/nowhere/);
    const place = effect.writes.find(({ path }) => path === '/usr/local/share/.config/yarn/global/node_modules');
    assert.ok(place !== undefined && place.size.low > 100e3 && (place.size.high ?? 0) < 100e6);
  });

  test('add installs what it names, and the rest of the project where that is not there yet', () => {
    const none = stage();
    const empty = { ...none, files: { ...none.files, exists: (): false => false } };
    const alone = yarn.effect(command('yarn add react'), empty);
    assert.equal(alone.unknown, undefined);
    assert.ok(packagePaths(alone).some((path) => path === '/app/node_modules/react'));
    const project = stage({ files: { '/app/package.json': manifest, '/app/yarn.lock': classic } });
    const paths = packagePaths(yarn.effect(command('yarn add react'), project));
    assert.ok(paths.includes('/app/node_modules/react') && paths.includes('/app/node_modules/zz-a'));
    const installed = { ...project, files: { ...project.files, exists: (): true => true } };
    const later = packagePaths(yarn.effect(command('yarn add react'), installed));
    assert.ok(later.includes('/app/node_modules/react') && !later.includes('/app/node_modules/zz-a'));
    assert.match(yarn.effect(command('yarn add ./local'), empty).unknown ?? '', /folders/);
  });
});

describe('yarn install without a lock file', () => {
  const written = JSON.stringify({ dependencies: { koa: '2.15.3' }, devDependencies: { typescript: '~5.5.0' } });
  const install = (text: string, files: Readonly<Record<string, string>>) =>
    yarn.effect(command(text), stage({ files }));

  test('takes the newest releases that the manifest allows, and saves the lock file', () => {
    const effect = install('yarn install', { '/app/package.json': written });
    const paths = effect.writes.map(({ path }) => path);
    for (const path of ['node_modules/koa', 'node_modules/typescript', 'node_modules/.yarn-integrity', 'yarn.lock'])
      assert.ok(paths.includes(`/app/${path}`), path);
    assert.equal(effect.unknown, undefined);
    assert.ok(bytesBelow(effect, '/usr/local/share/.cache/yarn') > bytesBelow(effect, '/app/node_modules'));
  });

  test('leaves out of node_modules what production does not need, not of the cache', () => {
    const files = { '/app/package.json': written };
    const [whole, lean] = [install('yarn install', files), install('yarn install --production', files)];
    assert.ok(!lean.writes.some(({ path }) => path.startsWith('/app/node_modules/typescript')));
    assert.ok(bytesBelow(lean, '/app/node_modules') < bytesBelow(whole, '/app/node_modules') / 2);
    const cache = '/usr/local/share/.cache/yarn';
    assert.equal(bytesBelow(lean, cache), bytesBelow(whole, cache));
  });

  test('is unknown in workspaces, with Yarn 2 and later, and without a manifest', () => {
    const manifest = { dependencies: { koa: '2.15.3' } };
    for (const files of [
      { '/app/package.json': JSON.stringify({ ...manifest, workspaces: ['a'] }) },
      { '/app/package.json': JSON.stringify({ ...manifest, packageManager: 'yarn@4.5.0' }) },
      { '/app/package.json': JSON.stringify(manifest), '/app/.yarnrc.yml': 'nodeLinker: pnp\n' },
      { '/app/package.json': '{' },
    ]) {
      assert.notEqual(install('yarn install', files).unknown, undefined, JSON.stringify(files));
    }
  });

  test('names what comes from no registry', () => {
    const effect = install('yarn', { '/app/package.json': '{"dependencies":{"own":"git+https://example.com/a.git"}}' });
    assert.match(effect.unknown ?? '', /own/);
  });
});
