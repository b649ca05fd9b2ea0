import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { credentialsFor } from '../../../server/src/facts/registry-credentials';
import { readChallenge, sameSite } from '../../../server/src/facts/registry-token';
import { inMemoryLog } from './in-memory-log';
import { temporaryFolder } from './temporary-folder';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

function stand(context: TestContext, config: unknown, helpers: Readonly<Record<string, string>> = {}) {
  const folder = temporaryFolder(context, {
    'docker/config.json': typeof config === 'string' ? config : JSON.stringify(config),
    ...Object.fromEntries(Object.entries(helpers).map(([path, script]) => [path, `#!/bin/sh\n${script}\n`])),
  });
  for (const path of Object.keys(helpers)) chmodSync(join(folder, path), 0o755);
  const log = inMemoryLog();
  const get = (key: string, path: readonly string[] = ['bin']) =>
    credentialsFor(key, {
      environment: {
        DOCKER_CONFIG: join(folder, 'docker'),
        PATH: [...path.map((each) => (each.startsWith('./') ? each : join(folder, each))), '/usr/bin', '/bin'].join(
          delimiter,
        ),
      },
      platform: process.platform,
      home: folder,
      workspace: join(folder, 'workspace'),
      log,
    });
  return { get, log, folder };
}

test('what docker login left in config.json', async (context) => {
  const { get } = stand(context, {
    auths: {
      'https://index.docker.io/v1/': { auth: base64('hub:pass:word') },
      'registry.example.com': { auth: base64('me:secret') },
      'https://old.example.com/v2/': { auth: base64('old:style') },
      'azure.example.com': { auth: base64('00000000-0000:'), identitytoken: 'long-lived' },
      'empty.example.com': {},
      'broken.example.com': { auth: 7 },
    },
  });
  const password = (name: string, secret: string) => ({ kind: 'password', name, password: secret });
  assert.deepEqual(await get('https://index.docker.io/v1/'), password('hub', 'pass:word'));
  assert.deepEqual(await get('registry.example.com'), password('me', 'secret'));
  assert.deepEqual(await get('old.example.com'), password('old', 'style'));
  assert.deepEqual(await get('azure.example.com'), { kind: 'identity token', token: 'long-lived' });
  for (const other of [
    'empty.example.com',
    'broken.example.com',
    'example.com',
    'registry.example.com:5000',
    'evil-registry.example.com',
    '__proto__',
    'constructor',
  ]) {
    assert.equal(await get(other), undefined, other);
  }
});

test('without a configuration, and with a damaged one, there are none', async (context) => {
  assert.equal(await stand(context, '{"auths":').get('x'), undefined);
  assert.equal(await stand(context, []).get('x'), undefined);
  assert.equal(await stand(context, { auths: [] }).get('x'), undefined);
});

test('a credential helper is asked on its standard input', { skip: process.platform === 'win32' }, async (context) => {
  const { get } = stand(
    context,
    { credsStore: 'store', credHelpers: { 'special.example.com': 'special' }, auths: { 'a.example.com': {} } },
    {
      'bin/docker-credential-store':
        'read url; echo "{\\"ServerURL\\":\\"$url\\",\\"Username\\":\\"$1 $url\\",\\"Secret\\":\\"s\\"}"',
      'bin/docker-credential-special': 'echo \'{"Username":"<token>","Secret":"t"}\'',
    },
  );
  assert.deepEqual(await get('a.example.com'), { kind: 'password', name: 'get a.example.com', password: 's' });
  assert.deepEqual(await get('special.example.com'), { kind: 'identity token', token: 't' });
});

test('a helper that fails, says nothing of use or is not there', {
  skip: process.platform === 'win32',
}, async (context) => {
  for (const script of ['exit 1', 'echo "credentials not found in native keychain"', 'echo "{}"', 'yes']) {
    const { get } = stand(
      context,
      { credsStore: 'x', auths: { 'a.example.com': { auth: base64('plain:file') } } },
      { 'bin/docker-credential-x': script },
    );
    assert.deepEqual(await get('a.example.com'), { kind: 'password', name: 'plain', password: 'file' }, script);
  }
  assert.equal(await stand(context, { credsStore: 'nowhere' }).get('a.example.com'), undefined);
});

test('programs of a workspace, of relative folders and with other names are not run', {
  skip: process.platform === 'win32',
}, async (context) => {
  const script = 'echo \'{"Username":"u","Secret":"s"}\'';
  const bad = { 'workspace/bin/docker-credential-x': script, 'docker-credential-x': script, 'bin/evil': script };
  const { get } = stand(context, { credsStore: 'x' }, bad);
  assert.equal(await get('a.example.com', ['workspace/bin', './', './bin']), undefined);
  for (const name of ['../evil', 'x; rm -rf /', '/bin/evil', '-x', '', 'x'.repeat(100)]) {
    const { get: getOther } = stand(context, { credsStore: name }, { 'bin/evil': script });
    assert.equal(await getOther('a.example.com'), undefined, name);
  }
});

test('challenges', () => {
  assert.deepEqual(
    readChallenge('Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="a,b"'),
    {
      kind: 'bearer',
      realm: 'https://auth.docker.io/token',
      service: 'registry.docker.io',
      scope: 'a,b',
    },
  );
  assert.deepEqual(readChallenge('Basic realm="x", Bearer realm=https://a.example/t'), {
    kind: 'bearer',
    realm: 'https://a.example/t',
  });
  assert.deepEqual(readChallenge('basic realm="x"'), { kind: 'basic' });
  for (const header of [
    undefined,
    '',
    'Negotiate',
    'Bearer',
    'Bearer realm="no address"',
    `Bearer realm="${'x'.repeat(20_000)}"`,
  ]) {
    assert.equal(readChallenge(header), undefined);
  }
});

test('hosts of one owner', () => {
  const same = (left: string, right: string) => sameSite(new URL(`https://${left}`), new URL(`https://${right}`));
  for (const [left, right] of [
    ['registry-1.docker.io', 'auth.docker.io'],
    ['registry.gitlab.com', 'gitlab.com'],
    ['localhost:5000', 'localhost:5001'],
    ['ghcr.io', 'ghcr.io'],
    ['registry.example.co.uk', 'auth.example.co.uk'],
  ] as const) {
    assert.ok(same(left, right), `${left} ${right}`);
  }
  for (const [left, right] of [
    ['docker.io', 'docker.io.example'],
    ['registry.example.co.uk', 'evil.co.uk'],
    ['me.github.io', 'you.github.io'],
    ['10.0.0.1', '10.0.0.2'],
    ['registry', 'auth'],
    ['1.2.3.4', '9.2.3.4'],
  ] as const) {
    assert.ok(!same(left, right), `${left} ${right}`);
  }
});
