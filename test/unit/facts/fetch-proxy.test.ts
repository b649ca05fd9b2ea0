import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { afterEach, test } from 'node:test';
import { createFetch } from '../../../server/src/facts/fetch';
import { fakeWebServer } from './fake-web-server';
import { inMemoryClock } from './in-memory-clock';
import { inMemoryLog } from './in-memory-log';

const names = [
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'all_proxy',
  'ALL_PROXY',
];
const before = names.map((name) => [name, process.env[name]] as const);

afterEach(() => {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

function through(proxy: string, exceptions = ''): void {
  for (const name of names) delete process.env[name];
  process.env.HTTP_PROXY = proxy;
  process.env.HTTPS_PROXY = proxy;
  process.env.NO_PROXY = exceptions;
}

test('http goes through the proxy of the environment, but for its exceptions', async (context) => {
  const proxy = await fakeWebServer((_, response) => response.end('by proxy'));
  const direct = await fakeWebServer((_, response) => response.end('direct'));
  const fetch = createFetch({ clock: inMemoryClock(), log: inMemoryLog() });
  context.after(async () => {
    fetch.dispose();
    await Promise.all([proxy.close(), direct.close()]);
  });
  through(proxy.url, '127.0.0.1');
  const get = async (url: string, reach: 'public' | 'configured') => {
    const answer = await fetch.get({ url, maximumBytes: 100, reach }, new AbortController().signal);
    return answer.kind === 'ok' ? Buffer.from(answer.body).toString() : answer.kind === 'failed' ? answer.failure : '';
  };
  assert.equal(await get('http://packages.example.com/index', 'public'), 'by proxy');
  assert.deepEqual(proxy.seen, ['GET http://packages.example.com/index']);
  assert.equal(await get(`${direct.url}/index`, 'configured'), 'direct');
  // The proxy would reach what this machine must not be made to ask.
  for (const inside of ['http://169.254.169.254/', 'http://localhost/', 'http://router/']) {
    assert.equal(await get(inside, 'public'), 'refused');
  }
  assert.equal(proxy.seen.length, 1);
});

test('https asks the proxy for a tunnel', async (context) => {
  const asked: string[] = [];
  const proxy = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (head) => {
      asked.push(head.toString('latin1').split('\r\n')[0] ?? '');
      socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n');
    });
  });
  await new Promise<void>((listening) => proxy.listen(0, '127.0.0.1', listening));
  const address = proxy.address();
  assert.ok(address !== null && typeof address === 'object');
  const clock = inMemoryClock();
  const fetch = createFetch({ clock, log: inMemoryLog() });
  context.after(() => {
    fetch.dispose();
    proxy.close();
  });
  through(`http://127.0.0.1:${address.port}`);
  const request = { url: 'https://registry.example.com/v2/', maximumBytes: 100, reach: 'public' } as const;
  const answer = await fetch.get(request, new AbortController().signal);
  assert.equal(answer.kind, 'failed');
  assert.equal(asked[0], 'CONNECT registry.example.com:443 HTTP/1.1');
});
