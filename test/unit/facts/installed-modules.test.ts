import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { askingDiskFirst, createInstalledModules } from '../../../server/src/facts/installed-modules';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'strata-modules-'));
after(() => fs.rmSync(folder, { recursive: true, force: true }));

function write(root: string, files: Readonly<Record<string, string>>): string {
  const top = path.join(folder, root);
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(top, name)), { recursive: true });
    fs.writeFileSync(path.join(top, name), text);
  }
  return top;
}

const hidden = {
  packages: {
    'node_modules/a': { version: '1.0.0' },
    'node_modules/a/node_modules/b': { version: '2.0.0' },
    'node_modules/c': { version: '1.0.0' },
    'node_modules/c/node_modules/d': { version: '1.0.0', inBundle: true },
    'node_modules/../../up': { version: '1.0.0' },
    'node_modules/alias': { name: 'real', version: '3.0.0' },
  },
};

test('sizes of what npm installed, other packages left out', async () => {
  const top = write('npm', {
    'node_modules/.package-lock.json': JSON.stringify(hidden),
    'node_modules/a/index.js': 'x'.repeat(100),
    'node_modules/a/lib/deep/more.js': 'x'.repeat(20),
    'node_modules/a/test/node_modules/fixture.js': 'x'.repeat(3),
    'node_modules/a/node_modules/b/index.js': 'x'.repeat(4000),
    'node_modules/c/index.js': 'x',
    'node_modules/c/node_modules/d/index.js': 'x',
    'node_modules/alias/index.js': 'x'.repeat(5),
  });
  const modules = createInstalledModules(top);
  assert.equal((await modules.size('a', '1.0.0'))?.unpacked.bytes, 123);
  assert.equal((await modules.size('b', '2.0.0'))?.unpacked.bytes, 4000);
  assert.equal((await modules.size('real', '3.0.0'))?.files, 1);
  for (const [name, version] of [
    ['a', '1.0.1'],
    ['c', '1.0.0'],
    ['up', '1.0.0'],
    ['../a', '1.0.0'],
  ] as const) {
    assert.equal(await modules.size(name, version), undefined, `${name}@${version}`);
  }
});

test('what pnpm and Yarn installed', async () => {
  const top = write('others', {
    'node_modules/.pnpm/@s+a@1.0.0/node_modules/@s/a/package.json': '{"version": "1.0.0"}',
    'node_modules/b/package.json': '{"version": "2.0.0"}',
    'node_modules/broken/package.json': '{',
  });
  const modules = createInstalledModules(top);
  assert.equal((await modules.size('@s/a', '1.0.0'))?.unpacked.bytes, 20);
  assert.equal((await modules.size('b', '2.0.0'))?.unpacked.basis, 'measured');
  assert.equal(await modules.size('b', '2.0.1'), undefined);
  assert.equal(await modules.size('broken', '1.0.0'), undefined);
});

test('the registry is asked for what is not there', async () => {
  const asked: string[] = [];
  const unknown = { answer: { state: 'unknown', reason: 'not asked' }, again: false } as const;
  const questions = {
    distribution: async () => unknown,
    npm: async (name: string) => {
      asked.push(name);
      return unknown;
    },
    pypi: async () => unknown,
    url: async () => unknown,
  };
  const both = askingDiskFirst(questions, createInstalledModules(path.join(folder, 'others')));
  const { signal } = new AbortController();
  assert.equal((await both.npm('b', '2.0.0', signal)).answer.state, 'ready');
  assert.equal((await both.npm('c', '1.0.0', signal)).answer.state, 'unknown');
  assert.deepEqual(asked, ['c']);
  const nowhere = askingDiskFirst(questions, createInstalledModules(path.join(folder, 'nowhere')));
  assert.equal((await nowhere.npm('b', '2.0.0', signal)).answer.state, 'unknown');
});
