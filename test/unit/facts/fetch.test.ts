import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { createFetch, type FetchAnswer, type FetchRequest, retryAfter } from '../../../server/src/facts/fetch';
import type { LookUp } from '../../../server/src/facts/fetch-reach';
import { fakeWebServer } from './fake-web-server';
import { inMemoryClock } from './in-memory-clock';
import { inMemoryLog } from './in-memory-log';

async function stand(context: TestContext, answer: RequestListener, lookUp?: LookUp) {
  const server = await fakeWebServer(answer);
  const clock = inMemoryClock();
  const log = inMemoryLog();
  const fetch = createFetch({ clock, log, ...(lookUp && { lookUp }) });
  context.after(async () => {
    fetch.dispose();
    await server.close();
  });
  const get = (path: string, more: Partial<FetchRequest> = {}) =>
    fetch.get(
      { url: server.url + path, maximumBytes: 1000, reach: 'configured', ...more },
      new AbortController().signal,
    );
  return { server, clock, fetch, get, log };
}

function textOf(answer: FetchAnswer): string {
  assert.equal(answer.kind, 'ok', answer.kind === 'failed' ? answer.reason : '');
  return answer.kind === 'ok' ? Buffer.from(answer.body).toString() : '';
}

function failureOf(answer: FetchAnswer) {
  assert.equal(answer.kind, 'failed');
  return answer.kind === 'failed' ? answer.failure : undefined;
}

/** Lets waits pass whenever somebody waits, until the promise is settled. */
async function withTime<Value>(clock: ReturnType<typeof inMemoryClock>, promise: Promise<Value>): Promise<Value> {
  let settled = false;
  const done = promise.finally(() => {
    settled = true;
  });
  while (!settled) {
    await wait(5);
    clock.advance(1_000);
  }
  return done;
}

test('a body is given whole, and without its content encoding', async (context) => {
  const { get } = await stand(context, (request, response) => {
    if (request.url === '/plain') response.end('plain');
    else response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('packed'));
  });
  assert.equal(textOf(await get('/plain')), 'plain');
  assert.equal(textOf(await get('/packed')), 'packed');
});

test('too much is refused: announced, sent without end, and hidden in a compressed body', async (context) => {
  const { get } = await stand(context, (request, response) => {
    if (request.url === '/announced') response.writeHead(200, { 'content-length': '10000000000' }).write('x');
    else if (request.url === '/bomb')
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(5_000_000)));
    else {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(10_000)));
      };
      response.on('drain', more);
      more();
    }
  });
  assert.equal(failureOf(await get('/announced')), 'too large');
  assert.equal(failureOf(await get('/endless')), 'too large');
  assert.equal(failureOf(await get('/bomb')), 'too large');
});

test('a web page is no data, whatever it calls itself', async (context) => {
  const { get } = await stand(context, (request, response) => {
    const type = request.url === '/typed' ? 'text/html; charset=utf-8' : 'application/json';
    response.writeHead(200, { 'content-type': type }).end('\n<!DOCTYPE html><title>Log in</title>');
  });
  assert.equal(failureOf(await get('/typed')), 'not data');
  assert.equal(failureOf(await get('/disguised')), 'not data');
});

test('401 is told with its headers and not tried again', async (context) => {
  const { get, server } = await stand(context, (_, response) => {
    response.writeHead(401, { 'www-authenticate': 'Bearer realm="x"' }).end();
  });
  const answer = await get('/');
  assert.ok(answer.kind === 'failed' && answer.status === 401);
  assert.equal(answer.headers?.get('www-authenticate'), 'Bearer realm="x"');
  assert.equal(server.seen.length, 1);
});

test('500 is tried three times with growing waits', async (context) => {
  const { get, server, clock } = await stand(context, (_, response) => response.writeHead(500).end('oops'));
  const answer = await withTime(clock, get('/'));
  assert.equal(failureOf(answer), 'status');
  assert.equal(server.seen.length, 3);
});

test('429 is heeded: waited for when short, and the host is left alone when long', async (context) => {
  let limit = '2';
  const { get, server, clock } = await stand(context, (_, response) => {
    if (limit === '') response.end('now');
    else response.writeHead(429, { 'retry-after': limit }).end();
    if (limit === '2') limit = '';
  });
  assert.equal(textOf(await withTime(clock, get('/short'))), 'now');
  limit = '3600';
  assert.equal(failureOf(await get('/long')), 'status');
  const seen = server.seen.length;
  assert.equal(failureOf(await get('/other')), 'unreachable');
  assert.equal(server.seen.length, seen);
  clock.advance(3_600_001);
  limit = '';
  assert.equal(textOf(await get('/other')), 'now');
});

test('a server that stays silent ends in a time-out, also in the middle of its answer', async (context) => {
  const { get, clock } = await stand(context, (request, response) => {
    if (request.url === '/half') response.writeHead(200, { 'content-length': '100' }).write('half');
  });
  assert.equal(failureOf(await withTime(clock, get('/silent'))), 'timeout');
  clock.advance(60_000);
  assert.equal(failureOf(await withTime(clock, get('/half'))), 'timeout');
});

test('a connection that breaks off is an answer', async (context) => {
  const { get, clock } = await stand(context, (_, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('half');
    setImmediate(() => response.destroy());
  });
  assert.equal(failureOf(await withTime(clock, get('/'))), 'unreachable');
});

test('what did not change is not sent again', async (context) => {
  const { get } = await stand(context, (request, response) => {
    const same = request.headers['if-none-match'] === '"a"';
    response.writeHead(same ? 304 : 200, { etag: '"a"' }).end(same ? undefined : 'text');
  });
  assert.equal(textOf(await get('/')), 'text');
  assert.equal((await get('/', { validators: { etag: '"a"' } })).kind, 'unchanged');
});

test('redirects are followed on the same host with credentials, and on another without', async (context) => {
  const other = await fakeWebServer((_, response) => response.end('other'));
  context.after(() => other.close());
  const { get, server } = await stand(context, (request, response) => {
    if (request.url === '/here') response.writeHead(302, { location: '/there' }).end();
    else if (request.url === '/away') response.writeHead(307, { location: `${other.url}/blob` }).end();
    else if (request.url === '/loop') response.writeHead(301, { location: '/loop' }).end();
    else if (request.url === '/file') response.writeHead(301, { location: 'file:///etc/passwd' }).end();
    else response.end('there');
  });
  const secret = { authorization: 'Bearer secret' };
  assert.equal(textOf(await get('/here', secret)), 'there');
  assert.equal(server.requests.at(-1)?.headers.authorization, 'Bearer secret');
  assert.equal(textOf(await get('/away', secret)), 'other');
  assert.equal(other.requests[0]?.headers.authorization, undefined);
  assert.equal(failureOf(await get('/loop')), 'refused');
  assert.equal(failureOf(await get('/file')), 'refused');
});

test('what a Dockerfile names does not reach into this network', async (context) => {
  const lookUp: LookUp = async (name) =>
    name === 'rebind.example.com' ? [{ address: '10.0.0.1', family: 4 }] : [{ address: '127.0.0.1', family: 4 }];
  const { fetch, server } = await stand(context, (_, response) => response.end('inside'), lookUp);
  const port = new URL(server.url).port;
  const hosts = [
    'localhost',
    '127.0.0.1',
    '127.1',
    '0x7f000001',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '169.254.169.254',
    '10.1.2.3',
    '192.168.0.1',
    '[fd00::1]',
    '[fe80::1]',
    '0.0.0.0',
    'metadata.google.internal',
    'router',
    'rebind.example.com',
    'innocent.example.com',
  ];
  for (const host of hosts) {
    const request = { url: `http://${host}:${port}/`, maximumBytes: 1000, reach: 'public' } as const;
    assert.equal(failureOf(await fetch.get(request, new AbortController().signal)), 'refused', host);
  }
  for (const url of ['file:///etc/passwd', 'ftp://example.com/x', 'http://user:password@example.com/', 'no address']) {
    const answer = await fetch.get({ url, maximumBytes: 1, reach: 'configured' }, new AbortController().signal);
    assert.equal(failureOf(answer), 'refused', url);
    assert.ok(answer.kind === 'failed' && !answer.reason.includes('password@'), url);
  }
  assert.deepEqual(server.seen, []);
});

test('a public address may not lead to a private one by a redirect', async (context) => {
  const { fetch, server } = await stand(context, (_, response) => {
    response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' }).end();
  });
  const answer = await fetch.get(
    { url: server.url, maximumBytes: 1000, reach: 'configured' },
    new AbortController().signal,
  );
  assert.equal(failureOf(answer), 'refused');
});

test('an aborted request rejects with the reason and frees its place', async (context) => {
  const { fetch, server } = await stand(context, (request, response) => {
    if (request.url === '/quick') response.end('quick');
  });
  const stop = new AbortController();
  const ask = (path: string) =>
    fetch.get({ url: server.url + path, maximumBytes: 1000, reach: 'configured' }, stop.signal);
  const waiting = Array.from({ length: 30 }, () => assert.rejects(ask('/slow'), /enough/));
  await wait(20);
  stop.abort(new Error('enough'));
  await Promise.all(waiting);
  const answer = await fetch.get(
    { url: `${server.url}/quick`, maximumBytes: 1000, reach: 'configured' },
    new AbortController().signal,
  );
  assert.equal(textOf(answer), 'quick');
});

test('no more than a few requests to one host are under way at once', async (context) => {
  let now = 0;
  let most = 0;
  const { get } = await stand(context, (_, response) => {
    now += 1;
    most = Math.max(most, now);
    setTimeout(() => {
      now -= 1;
      response.end('x');
    }, 5);
  });
  await Promise.all(Array.from({ length: 60 }, () => get('/')));
  assert.ok(most <= 12, `${most}`);
});

test('Retry-After has seconds or a date', () => {
  assert.equal(retryAfter('120', 0), 120_000);
  assert.equal(retryAfter('Thu, 01 Jan 1970 00:00:10 GMT', 4_000), 6_000);
  assert.equal(retryAfter('soon', 0), undefined);
  assert.equal(retryAfter(undefined, 0), undefined);
});
