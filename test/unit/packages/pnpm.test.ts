import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { corepack } from '../../../server/src/packages/corepack';
import { pnpm } from '../../../server/src/packages/pnpm';
import { bytesBelow, command, packagePaths, stage } from './node-surroundings';

const nine = `lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      zz-a: {specifier: ^1.0.0, version: 1.0.0(zz-p@1.0.0)}
      alias: {specifier: 'npm:zz-c@1', version: zz-c@1.0.0}
      workspace: {specifier: 'workspace:*', version: link:packages/workspace}
    devDependencies:
      '@zz/dev': {specifier: ^1.0.0, version: 1.0.0}
packages:
  zz-a@1.0.0: {resolution: {integrity: sha512-AA}}
  zz-b@2.0.0: {resolution: {integrity: sha512-AA}}
  zz-c@1.0.0: {resolution: {integrity: sha512-AA}}
  zz-p@1.0.0: {resolution: {integrity: sha512-AA}}
  '@zz/dev@1.0.0': {resolution: {integrity: sha512-AA}}
  zz-mac@1.0.0: {resolution: {integrity: sha512-AA}, os: [darwin], cpu: [x64]}
snapshots:
  zz-a@1.0.0(zz-p@1.0.0):
    dependencies: {zz-b: 2.0.0, zz-p: 1.0.0}
    optionalDependencies: {zz-mac: 1.0.0}
  zz-b@2.0.0: {}
  zz-c@1.0.0: {}
  zz-p@1.0.0: {}
  '@zz/dev@1.0.0':
    dependencies: {zz-b: 2.0.0}
  zz-mac@1.0.0: {optional: true}
`;
const six = `lockfileVersion: '6.0'
dependencies:
  zz-a: {specifier: ^1.0.0, version: 1.0.0(zz-p@1.0.0)}
devDependencies:
  '@zz/dev': {specifier: ^1.0.0, version: 1.0.0}
packages:
  /zz-a@1.0.0(zz-p@1.0.0):
    resolution: {integrity: sha512-AA}
    dependencies: {zz-b: 2.0.0, zz-p: 1.0.0}
  /zz-b@2.0.0: {resolution: {integrity: sha512-AA}}
  /zz-p@1.0.0: {resolution: {integrity: sha512-AA}}
  /@zz/dev@1.0.0: {resolution: {integrity: sha512-AA}, dev: true}
`;
const five = `lockfileVersion: 5.4
specifiers: {zz-a: ^1.0.0, '@zz/dev': ^1.0.0}
dependencies:
  zz-a: 1.0.0_zz-p@1.0.0
devDependencies:
  '@zz/dev': 1.0.0
packages:
  /zz-a/1.0.0_zz-p@1.0.0:
    resolution: {integrity: sha512-AA}
    dependencies: {zz-b: 2.0.0, zz-p: 1.0.0}
  /zz-b/2.0.0: {resolution: {integrity: sha512-AA}}
  /zz-p/1.0.0: {resolution: {integrity: sha512-AA}}
  /@zz/dev/1.0.0: {resolution: {integrity: sha512-AA}, dev: true}
`;
const sizes = { 'zz-a@1.0.0': 1e6, 'zz-b@2.0.0': 2e6, 'zz-c@1.0.0': 3e6, 'zz-p@1.0.0': 4e6, '@zz/dev@1.0.0': 5e6 };
const at = (lock: string) => stage({ files: { '/app/pnpm-lock.yaml': lock, '/app/package.json': '{}' }, sizes });

/** Names and versions of what is installed. */
function installed(text: string, lock: string): readonly string[] {
  const effect = pnpm.effect(command(text), at(lock));
  return effect.writes.flatMap((part) => (part.package ? [`${part.package.name}@${part.package.version}`] : [])).sort();
}

describe('pnpm', () => {
  test('all packages that the platform takes, in the virtual store', () => {
    assert.deepEqual(packagePaths(pnpm.effect(command('pnpm install --frozen-lockfile'), at(nine))), [
      '/app/node_modules/.pnpm/@zz+dev@1.0.0/node_modules/@zz/dev',
      '/app/node_modules/.pnpm/zz-a@1.0.0_zz-p@1.0.0/node_modules/zz-a',
      '/app/node_modules/.pnpm/zz-b@2.0.0/node_modules/zz-b',
      '/app/node_modules/.pnpm/zz-c@1.0.0/node_modules/zz-c',
      '/app/node_modules/.pnpm/zz-p@1.0.0/node_modules/zz-p',
    ]);
  });

  for (const [form, lock] of Object.entries({ nine, six, five })) {
    test(`version ${form}: production`, () => {
      const names = installed('pnpm install --prod', lock);
      assert.deepEqual(
        names.filter((name) => name !== 'zz-c@1.0.0'),
        ['zz-a@1.0.0', 'zz-b@2.0.0', 'zz-p@1.0.0'],
      );
      assert.ok(installed('pnpm i', lock).includes('@zz/dev@1.0.0'));
    });
  }

  test('a store in a mount is not in the layer', () => {
    const environment = new Map([['PNPM_HOME', '/pnpm']]);
    const one = command('pnpm install', { environment });
    const files = { '/app/pnpm-lock.yaml': nine };
    assert.ok(bytesBelow(pnpm.effect(one, stage({ files, sizes })), '/pnpm/store') > 0);
    assert.equal(bytesBelow(pnpm.effect(one, stage({ files, sizes, mounted: ['/pnpm/store'] })), '/pnpm/store'), 0);
  });

  test('prune takes away what production does not need', () => {
    assert.deepEqual(pnpm.effect(command('pnpm prune --prod'), at(nine)).removes, [
      '/app/node_modules/.pnpm/@zz+dev@1.0.0',
    ]);
  });

  test('bad lock files and commands of which nothing is known', () => {
    const texts = ['a: [', '- 1', 'lockfileVersion: 12', '<html>', ''];
    for (const text of texts) assert.notEqual(pnpm.effect(command('pnpm install'), at(text)).unknown, undefined, text);
    for (const text of ['pnpm run whatever', 'pnpm dlx x', 'pnpm seed']) {
      assert.notEqual(pnpm.effect(command(text), at(nine)).unknown, undefined, text);
    }
    assert.notEqual(pnpm.effect(command('pnpm install'), stage()).unknown, undefined);
  });

  test('never throws, whatever the lock file holds', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        for (const form of ['5.4', "'6.0'", "'9.0'"]) {
          pnpm.effect(
            command('pnpm install'),
            at(`lockfileVersion: ${form}\nimporters: ${text}\npackages: ${text}\nsnapshots: ${text}\n`),
          );
        }
      }),
    );
  });

  test('corepack fetches the manager that package.json names', () => {
    const files = { '/app/package.json': '{"packageManager": "pnpm@9.1.0"}' };
    assert.equal(corepack.effect(command('corepack enable'), stage()).writes.length, 0);
    assert.ok(bytesBelow(corepack.effect(command('corepack install'), stage({ files })), '/root/.cache/node') > 1e6);
    assert.ok(bytesBelow(corepack.effect(command('corepack prepare yarn@4 --activate'), stage()), '/root') > 1e6);
    assert.notEqual(corepack.effect(command('corepack prepare'), stage()).unknown, undefined);
  });
});

describe('pnpm install without a lock file', () => {
  const written = JSON.stringify({ dependencies: { koa: '2.15.3' }, devDependencies: { typescript: '~5.5.0' } });
  const install = (text: string, files: Readonly<Record<string, string>>) =>
    pnpm.effect(command(text), stage({ files }));

  test('takes the newest releases that the manifest allows, each once, and saves the lock file', () => {
    const effect = install('pnpm install', { '/app/package.json': written });
    const paths = effect.writes.map(({ path }) => path);
    assert.ok(paths.includes('/app/node_modules/.pnpm/koa@2.15.3/node_modules/koa'));
    assert.ok(paths.some((path) => path.startsWith('/app/node_modules/.pnpm/typescript@5')));
    assert.ok(paths.includes('/app/pnpm-lock.yaml'));
    assert.equal(new Set(paths).size, paths.length);
    assert.equal(effect.unknown, undefined);
  });

  test('leaves out of node_modules what production does not need, and keeps it in the store', () => {
    const files = { '/app/package.json': written };
    const [whole, lean] = [install('pnpm install', files), install('pnpm install --prod', files)];
    assert.ok(!lean.writes.some(({ path }) => path.startsWith('/app/') && path.includes('/typescript@')));
    assert.ok(lean.writes.some(({ path }) => path.includes('/koa@')));
    const total = (effect: typeof whole): number => bytesBelow(effect, '/');
    assert.ok(Math.abs(total(lean) / total(whole) - 1) < 0.01, `${total(lean)} and ${total(whole)}`);
    const mounted = pnpm.effect(
      command('pnpm install --prod'),
      stage({ files, mounted: ['/root/.local/share/pnpm/store'] }),
    );
    assert.ok(total(mounted) < total(whole) / 2);
  });

  test('is unknown in a workspace, with a filter, without a manifest, and where only a lock file is fetched from', () => {
    const files = { '/app/package.json': written };
    assert.notEqual(install('pnpm install', { ...files, '/app/pnpm-workspace.yaml': '' }).unknown, undefined);
    assert.notEqual(install('pnpm install --filter=app', files).unknown, undefined);
    assert.notEqual(install('pnpm install', {}).unknown, undefined);
    assert.notEqual(install('pnpm fetch', files).unknown, undefined);
    assert.notEqual(install('pnpm deploy out', files).unknown, undefined);
  });
});
