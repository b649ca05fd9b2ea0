import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { createFetch } from '../../../server/src/facts/fetch';
import { serversOf } from '../../../server/src/facts/registry-address';
import { createRegistryClient, type RegistryAnswer } from '../../../server/src/facts/registry-client';
import type { Credentials } from '../../../server/src/facts/registry-credentials';
import { parseReference } from '../../../server/src/images/reference';
import { fakeRegistry } from './fake-registry';
import { fakeWebServer } from './fake-web-server';
import { inMemoryClock } from './in-memory-clock';
import { inMemoryLog } from './in-memory-log';

const signal = new AbortController().signal;

async function stand(context: TestContext, credentials?: Credentials) {
  const registry = await fakeRegistry();
  const clock = inMemoryClock();
  const fetch = createFetch({ clock, log: inMemoryLog() });
  const asked: string[] = [];
  const client = createRegistryClient({
    fetch,
    servers: (reference) => serversOf(reference, { mirrors: [], insecure: [] }, 'linux'),
    async credentials(key) {
      asked.push(key);
      return credentials;
    },
    clock,
  });
  context.after(async () => {
    fetch.dispose();
    await registry.close();
  });
  const read = async (name: string, platform = 'linux/amd64'): Promise<RegistryAnswer> => {
    const parsed = parseReference(`${registry.host}/${name}`);
    assert.ok(parsed.kind === 'ok');
    let settled = false;
    const reading = client.read(parsed.reference, platform, signal).finally(() => {
      settled = true;
    });
    while (!settled) {
      await wait(5);
      clock.advance(1_000);
    }
    return reading;
  };
  return { registry, read, asked, clock };
}

function known(answer: RegistryAnswer) {
  assert.ok(answer.kind === 'ok', answer.kind === 'failed' ? answer.reason : '');
  return answer.value;
}

function reasonOf(answer: RegistryAnswer): string {
  assert.ok(answer.kind === 'failed');
  return answer.reason;
}

const image = {
  tag: '1',
  layers: [1_024_000, 512],
  config: { Env: ['PATH=/bin'], WorkingDir: '/app', Cmd: ['sh'], OnBuild: ['RUN true'], Labels: { a: 'b' } },
  history: [
    { created_by: "/bin/sh -c #(nop) ADD file:1 in / # debian.sh --arch 'amd64' out/ 'bookworm'" },
    { created_by: 'ENV A=1', empty_layer: true },
    { created_by: 'RUN x' },
  ],
};

test('manifest and configuration of the platform become facts', async (context) => {
  const { registry, read } = await stand(context);
  const { manifest, index } = registry.push('team/app', image);
  const facts = known(await read('team/app:1'));
  assert.deepEqual(facts.configuration, {
    environment: ['PATH=/bin'],
    workdir: '/app',
    user: '',
    onbuild: ['RUN true'],
    labels: { a: 'b' },
    command: ['sh'],
  });
  assert.equal(facts.layerCount, 2);
  assert.equal(facts.layerDigests?.length, 2);
  assert.deepEqual(facts.manifestDigests, [index, manifest]);
  assert.deepEqual(
    facts.layers.map(({ createdBy }) => createdBy),
    [image.history[0]?.created_by, 'RUN x'],
  );
  assert.equal(facts.packageManager, 'apt');
  assert.equal(facts.date, '2026-01-02T03:04:05.000Z');
  assert.deepEqual(facts.source, { kind: 'registry', label: `${registry.host}, 2026-01-01` });
  // The end of the layer's gzip stream tells the size of its archive.
  const { low = 0, high = 0 } = facts.sizeRange ?? {};
  assert.ok(low > 850_000 && high < 1_030_000 && facts.size !== undefined && facts.size > low && facts.size < high);
  assert.equal(known(await read(`team/app@${manifest}`)).digest, facts.digest);
});

test('a platform that is not there, and an image that is not there', async (context) => {
  const { registry, read } = await stand(context);
  registry.push('app', image);
  assert.match(reasonOf(await read('app:1', 'linux/s390x')), /has no image of app for linux\/s390x/);
  assert.match(reasonOf(await read('app:2')), /has no such image/);
});

/** A registry that gives tokens: anonymous ones for what is public, and for the user's name what is private. */
function tokenServer(realm: string, isPublic: boolean) {
  const wanted = `Basic ${Buffer.from('me:secret').toString('base64')}`;
  return {
    guard(request: IncomingMessage, response: ServerResponse): boolean {
      const token = request.headers.authorization;
      if (token === 'Bearer full' || (isPublic && token === 'Bearer anonymous')) return false;
      const header = `Bearer realm="${realm}",service="registry.test",scope="repository:x:pull"`;
      response.writeHead(401, { 'www-authenticate': header }).end();
      return true;
    },
    token(request: IncomingMessage, response: ServerResponse): void {
      const full = request.headers.authorization === wanted;
      response.end(JSON.stringify({ token: full ? 'full' : 'anonymous', expires_in: 300 }));
    },
  };
}

test('what is public is read with a token for anybody, and nobody asks for credentials', async (context) => {
  const { registry, read, asked } = await stand(context, { kind: 'password', name: 'me', password: 'secret' });
  registry.push('app', image);
  const { guard, token } = tokenServer(`${registry.url}/token`, true);
  registry.before = (request, response) => {
    if (!request.url?.startsWith('/token')) return guard(request, response);
    token(request, response);
    return true;
  };
  known(await read('app:1'));
  assert.deepEqual(asked, []);
  assert.ok(registry.seen.includes('GET /token?service=registry.test&scope=repository%3Aapp%3Apull'));
  assert.equal(registry.seen.filter((each) => each.startsWith('GET /token')).length, 1);
});

test('what is private is read with the user’s credentials, which are sent nowhere else', async (context) => {
  const { registry, read, asked } = await stand(context, { kind: 'password', name: 'me', password: 'secret' });
  registry.push('app', image);
  const { guard, token } = tokenServer(`${registry.url}/token`, false);
  const storage = await fakeWebServer((_, response) => response.end(registry.blobs.get(lastBlob)));
  context.after(() => storage.close());
  let lastBlob = '';
  registry.before = (request, response) => {
    if (request.url?.startsWith('/token')) {
      token(request, response);
      return true;
    }
    if (guard(request, response)) return true;
    lastBlob = /blobs\/(.+)$/.exec(request.url ?? '')?.[1] ?? '';
    if (lastBlob === '' || request.headers.range !== undefined) return false;
    response.writeHead(307, { location: `${storage.url}/blob` }).end();
    return true;
  };
  known(await read('app:1'));
  assert.deepEqual(asked, [registry.host]);
  assert.ok(storage.requests.length > 0);
  assert.ok(storage.requests.every(({ headers }) => headers.authorization === undefined));
});

test('a token server of somebody else gets no credentials, and one inside this network is not asked', async (context) => {
  const { registry, read } = await stand(context, { kind: 'password', name: 'me', password: 'secret' });
  registry.push('app', image);
  const other = await fakeWebServer((_, response) => response.end('{"token":"x"}'));
  context.after(() => other.close());
  const port = new URL(other.url).port;
  for (const realm of [`http://localhost:${port}/token`, `https://localhost:${port}/token`, 'file:///etc/passwd']) {
    registry.before = (_, response) => {
      response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}",service="s"` }).end();
      return true;
    };
    assert.match(reasonOf(await read('app:1')), /without a login/);
  }
  assert.deepEqual(other.seen, []);
});

test('basic authentication', async (context) => {
  const { registry, read } = await stand(context, { kind: 'password', name: 'me', password: 'secret' });
  registry.push('app', image);
  const wanted = `Basic ${Buffer.from('me:secret').toString('base64')}`;
  registry.before = (request, response) => {
    if (request.headers.authorization === wanted) return false;
    response.writeHead(401, { 'www-authenticate': 'Basic realm="Registry"' }).end();
    return true;
  };
  known(await read('app:1'));
});

test('an identity token is exchanged by POST', async (context) => {
  const { registry, read } = await stand(context, { kind: 'identity token', token: 'long-lived' });
  registry.push('app', image);
  const { guard } = tokenServer(`${registry.url}/token`, false);
  registry.before = (request, response) => {
    if (!request.url?.startsWith('/token')) return guard(request, response);
    if (request.method === 'GET') {
      response.end('{"token":"anonymous"}');
      return true;
    }
    let body = '';
    request.on('data', (part: Buffer) => {
      body += part.toString();
    });
    request.on('end', () => {
      const right = body.includes('refresh_token=long-lived') && body.includes('grant_type=refresh_token');
      response.end(JSON.stringify({ access_token: right ? 'full' : 'none' }));
    });
    return true;
  };
  known(await read('app:1'));
});

test('trouble of a registry is told in a sentence', async (context) => {
  const { registry, read, clock } = await stand(context);
  registry.push('app', image);
  const troubles: [RegExp, (response: ServerResponse) => void][] = [
    [/without a login/, (response) => response.writeHead(401).end()],
    [/without a login/, (response) => response.writeHead(403).end()],
    [/limits how often/, (response) => response.writeHead(429, { 'retry-after': '3600' }).end()],
    [/status 500/, (response) => response.writeHead(500).end('x')],
    [/web page/, (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')],
    [/more than 4 MB/, (response) => response.writeHead(200, { 'content-length': '10000000000' }).write('{')],
    [/no JSON/, (response) => response.end('{"schemaVersion": 2,')],
    [/not known/, (response) => response.end('{"schemaVersion": 1}')],
    [/not known/, (response) => response.end('[]')],
    [/can't be reached/, (response) => response.destroy()],
    [/in time/, () => undefined],
  ];
  for (const [expected, answer] of troubles) {
    registry.before = (_, response) => {
      answer(response);
      return true;
    };
    // Since a secure line is tried too, the sentence of the plain one is looked for in what came first.
    assert.match(reasonOf(await read('app:1')), expected, String(expected));
    clock.advance(7_200_000);
  }
});

test('an answer that is not what its digest says counts as none', async (context) => {
  const { registry, read } = await stand(context);
  registry.push('app', image);
  registry.before = (request, response) => {
    if (!request.url?.includes('/blobs/')) return false;
    response.end('{"rootfs":{"diff_ids":[]}}');
    return true;
  };
  assert.match(reasonOf(await read('app:1')), /something else than the digest/);
});
