import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { npm } from '../../../server/src/packages/npm';
import { bytesBelow, command, packagePaths, stage } from './node-surroundings';

const entry = (name: string, more: object = {}) => ({
  version: '1.0.0',
  resolved: `https://registry.npmjs.org/${name}/-/${name}-1.0.0.tgz`,
  integrity: 'sha512-AAAA',
  ...more,
});

const lock = {
  name: 'app',
  version: '1.0.0',
  lockfileVersion: 3,
  requires: true,
  packages: {
    '': { name: 'app', dependencies: { 'zz-a': '1' }, devDependencies: { 'zz-dev': '1' } },
    'node_modules/zz-a': entry('zz-a'),
    'node_modules/zz-a/node_modules/zz-b': entry('zz-b', { version: '2.0.0' }),
    'node_modules/zz-b': entry('zz-b'),
    'node_modules/zz-b/node_modules/zz-inside': entry('zz-inside', { inBundle: true }),
    'node_modules/zz-dev': entry('zz-dev', { dev: true }),
    'node_modules/zz-native-linux-x64': entry('zz-native-linux-x64', { optional: true, os: ['linux'], cpu: ['x64'] }),
    'node_modules/zz-native-darwin': entry('zz-native-darwin', { optional: true, os: ['darwin'], cpu: ['x64'] }),
    'node_modules/zz-native-darwin/node_modules/zz-b': entry('zz-b', { optional: true, version: '3.0.0' }),
    'node_modules/workspace': { resolved: 'packages/workspace', link: true },
    'packages/workspace': { version: '1.0.0' },
  },
};

const sizes = {
  'zz-a@1.0.0': 1000,
  'zz-b@1.0.0': 200,
  'zz-b@2.0.0': 30,
  'zz-dev@1.0.0': 50_000,
  'zz-native-linux-x64@1.0.0': 7_000_000,
};
const files = { '/app/package.json': '{}', '/app/package-lock.json': JSON.stringify(lock) };
const here = stage({ files, sizes });

describe('npm', () => {
  test('npm ci: each package at its path, once, for the platform', () => {
    const effect = npm.effect(command('npm ci'), here);
    assert.deepEqual(packagePaths(effect), [
      '/app/node_modules/zz-a',
      '/app/node_modules/zz-a/node_modules/zz-b',
      '/app/node_modules/zz-b',
      '/app/node_modules/zz-dev',
      '/app/node_modules/zz-native-linux-x64',
    ]);
    assert.equal(
      effect.writes.reduce((sum, part) => sum + (part.package === undefined ? 0 : (part.size.bytes ?? 0)), 0),
      7_051_230,
    );
    assert.deepEqual(effect.removes, ['/app/node_modules']);
    assert.equal(effect.unknown, undefined);
    assert.ok(bytesBelow(effect, '/root/.npm/_cacache') > 1_000_000);
  });

  const without: readonly [string, Parameters<typeof command>[1]?][] = [
    ['npm ci --omit=dev'],
    ['npm ci --omit dev'],
    ['npm ci --production'],
    ['npm ci --only=production'],
    ['npm ci', { environment: new Map([['NODE_ENV', 'production']]) }],
    ['npm ci', { environment: new Map([['npm_config_omit', 'dev']]) }],
    ['npm ci', { environment: new Map([['NPM_CONFIG_PRODUCTION', 'true']]) }],
  ];
  for (const [text, more] of without) {
    test(`without development dependencies: ${text} ${[...(more?.environment ?? [])].join(' ')}`, () => {
      assert.ok(!packagePaths(npm.effect(command(text, more), here)).includes('/app/node_modules/zz-dev'));
    });
  }

  for (const text of ['npm ci --include=dev', 'npm ci --production=false']) {
    test(`${text} overrules NODE_ENV`, () => {
      const environment = new Map([['NODE_ENV', 'production']]);
      assert.ok(packagePaths(npm.effect(command(text, { environment }), here)).includes('/app/node_modules/zz-dev'));
    });
  }

  test('--omit=optional leaves optional packages out', () => {
    const paths = packagePaths(npm.effect(command('npm ci --omit=optional'), here));
    assert.ok(!paths.some((path) => path.includes('zz-native')));
  });

  test('another platform takes other packages', () => {
    const arm = stage({ files, sizes, system: { architecture: 'arm64' } });
    assert.ok(!packagePaths(npm.effect(command('npm ci'), arm)).some((path) => path.includes('zz-native')));
  });

  test('the lock file inside node_modules has the bytes that npm writes', () => {
    const effect = npm.effect(command('npm ci --omit=dev --omit=optional'), here);
    const installed = Object.entries(lock.packages).filter(
      ([place]) => place.startsWith('node_modules/') && !/zz-dev|zz-native/.test(place),
    );
    const hidden = { ...lock, packages: Object.fromEntries(installed) };
    const written = Buffer.byteLength(`${JSON.stringify(hidden, undefined, 2)}\n`);
    assert.ok(Math.abs(bytesBelow(effect, '/app/node_modules/.package-lock.json') - written) < 40);
  });

  test('the cache goes with npm cache clean, follows settings and does not reach a mount', () => {
    assert.deepEqual(npm.effect(command('npm cache clean --force'), here).removes, ['/root/.npm/_cacache']);
    const environment = new Map([['npm_config_cache', '/tmp/npm']]);
    assert.ok(bytesBelow(npm.effect(command('npm ci', { environment }), here), '/tmp/npm/_cacache') > 0);
    assert.ok(bytesBelow(npm.effect(command('npm ci', { user: 'node' }), here), '/home/node/.npm') > 0);
    const mounted = stage({ files, sizes, mounted: ['/root/.npm'] });
    assert.equal(bytesBelow(npm.effect(command('npm ci'), mounted), '/root/.npm'), 0);
  });

  test('npm prune takes away what a production install would not have', () => {
    const effect = npm.effect(command('npm prune --omit=dev'), here);
    assert.deepEqual(effect.removes, ['/app/node_modules/zz-dev']);
  });

  test('version 1 of the lock file', () => {
    const old = {
      lockfileVersion: 1,
      dependencies: {
        'zz-a': { version: '1.0.0', dependencies: { 'zz-b': { version: '2.0.0' } } },
        'zz-b': { version: 'npm:zz-c@1.0.0' },
        'zz-dev': { version: '1.0.0', dev: true },
        fsevents: { version: '2.3.2', optional: true },
        'zz-native-win32-x64': { version: '1.0.0', optional: true },
      },
    };
    const surroundings = stage({ files: { '/app/npm-shrinkwrap.json': JSON.stringify(old) }, sizes });
    const effect = npm.effect(command('npm ci --omit=dev'), surroundings);
    assert.deepEqual(packagePaths(effect), [
      '/app/node_modules/zz-a',
      '/app/node_modules/zz-a/node_modules/zz-b',
      '/app/node_modules/zz-b',
    ]);
    assert.ok(effect.writes.some((part) => part.package?.name === 'zz-c'));
  });

  test('what is not known is asked for, and ranges of guesses stay bounded', () => {
    const effect = npm.effect(command('npm ci'), stage({ files }));
    assert.equal(effect.needs.filter((need) => need.kind === 'npm').length, 5);
    for (const { size } of effect.writes) {
      assert.ok(size.bytes !== null && size.high !== null && size.low <= size.bytes && size.bytes <= size.high);
    }
  });

  test('a lock file that is being read is asked for', () => {
    const effect = npm.effect(command('npm ci'), stage({ pending: ['/app/package-lock.json'] }));
    assert.ok(effect.needs.some((need) => need.kind === 'file' && need.path === '/app/package-lock.json'));
  });

  const unknown: readonly [string, Readonly<Record<string, string>>][] = [
    ['npm ci', {}],
    ['npm ci', { '/app/package-lock.json': '{"lockfileVersion": 4, "packages": {}}' }],
    ['npm ci', { '/app/package-lock.json': '{"lockfileVersion": 3, "pack' }],
    ['npm ci', { '/app/package-lock.json': '<html>' }],
    ['npm install $PACKAGE', files],
    ['npm install git+https://example.com/a.git', files],
    ['npm run whatever', files],
    ['npx create-something', files],
  ];
  for (const [text, at] of unknown) {
    test(`says that it does not know: ${text} with ${Object.values(at).join(' ').slice(0, 40) || 'no files'}`, () => {
      assert.notEqual(npm.effect(command(text), stage({ files: at, sizes })).unknown, undefined);
    });
  }

  test('a program that nobody knows, and a project that comes with a clone, have the range of their kind', () => {
    for (const text of ['npm install -g zz-nobody-knows', 'npm install']) {
      const effect = npm.effect(command(text), {
        ...stage({ sizes }),
        files: { ...stage({}).files, exists: () => undefined },
      });
      assert.equal(effect.unknown, undefined, text);
      assert.ok(
        effect.writes.some(({ size }) => (size.high ?? 0) > 100 * size.low && size.low > 0),
        text,
      );
    }
  });

  test('without a lock file the shipped table tells what a known package needs', () => {
    const manifest = JSON.stringify({ dependencies: { express: '^4.17.1' } });
    const effect = npm.effect(command('npm install'), stage({ files: { '/app/package.json': manifest } }));
    assert.equal(effect.unknown, undefined);
    assert.ok(packagePaths(effect).includes('/app/node_modules/body-parser'));
  });

  test('paths of a hostile lock file stay in the project', () => {
    const hostile = {
      lockfileVersion: 3,
      packages: {
        'node_modules/../../etc': entry('etc'),
        '/node_modules/abs': entry('abs'),
        'node_modules/..': entry('up'),
        'node_modules/a/../../b': entry('b'),
      },
    };
    const effect = npm.effect(
      command('npm ci'),
      stage({ files: { '/app/package-lock.json': JSON.stringify(hostile) } }),
    );
    assert.deepEqual(packagePaths(effect), []);
  });

  test('never throws, whatever the lock file holds', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom('npm ci', 'npm install', 'npm prune --production'), (text, run) => {
        const wrapped = `{"lockfileVersion": 3, "packages": {"node_modules/x": ${text}}, "dependencies": ${text}}`;
        for (const each of [text, wrapped]) {
          const at = { '/app/package-lock.json': each, '/app/package.json': each, '/app/.npmrc': each };
          npm.effect(command(run), stage({ files: at }));
        }
      }),
    );
  });
});
