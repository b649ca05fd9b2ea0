import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createAnswerStore } from '../../../server/src/facts/answer-store';
import { createFetch } from '../../../server/src/facts/fetch';
import { createReleaseSource } from '../../../server/src/facts/release-source';
import { fakeWebServer } from './fake-web-server';
import { inMemoryClock } from './in-memory-clock';
import { inMemoryLog } from './in-memory-log';
import { temporaryFolder } from './temporary-folder';

const signal = new AbortController().signal;

async function stand(context: TestContext, answer: RequestListener, folder = temporaryFolder(context)) {
  const server = await fakeWebServer(answer);
  const clock = inMemoryClock();
  const log = inMemoryLog();
  const fetch = createFetch({ clock, log });
  const store = createAnswerStore({ folder, form: 'test', clock, log });
  const releases = createReleaseSource({ fetch, store, pypi: server.url, clock });
  const registry = { url: server.url, known: true };
  context.after(async () => {
    fetch.dispose();
    await server.close();
  });
  return { server, clock, store, releases, registry, folder, fetch };
}

const express = JSON.stringify({ version: '4.18.2', dist: { unpackedSize: 213_994, fileCount: 16 } });

test('a published release is asked for once, and kept for the next session', async (context) => {
  const folder = temporaryFolder(context);
  const first = await stand(context, (_, response) => response.end(express), folder);
  const answer = await first.releases.npm(first.registry, 'express', '4.18.2', signal);
  assert.ok(answer.answer.state === 'ready');
  assert.equal(answer.answer.value.unpacked.bytes, 213_994);
  assert.equal(answer.answer.basis, 'computed');
  await first.releases.npm(first.registry, 'express', '4.18.2', signal);
  assert.deepEqual(first.server.seen, ['GET /express/4.18.2']);
  await first.store.flush();
  const later = createAnswerStore({ folder, form: 'test', clock: inMemoryClock(), log: inMemoryLog() });
  const releases = createReleaseSource({ fetch: first.fetch, store: later, pypi: '', clock: first.clock });
  assert.equal((await releases.npm(first.registry, 'express', '4.18.2', signal)).answer.state, 'ready');
  assert.equal(first.server.seen.length, 1);
});

test('what was kept and is damaged is asked for again', async (context) => {
  const folder = temporaryFolder(context);
  const before = await stand(context, (_, response) => response.end(express), folder);
  await before.releases.npm(before.registry, 'express', '4.18.2', signal);
  await before.store.flush();
  for (const name of readdirSync(folder)) {
    for (const text of ['{"form":"te', '[]', '{"form":"test","entries":[["npm x",{"at":1}],7,null]}', '\u0000']) {
      writeFileSync(join(folder, name), text);
      const store = createAnswerStore({ folder, form: 'test', clock: before.clock, log: inMemoryLog() });
      const releases = createReleaseSource({ fetch: before.fetch, store, pypi: '', clock: before.clock });
      const seen = before.server.seen.length;
      assert.equal((await releases.npm(before.registry, 'express', '4.18.2', signal)).answer.state, 'ready');
      assert.equal(before.server.seen.length, seen + 1);
    }
  }
});

test('a kept answer with other members than it should have is no answer', async (context) => {
  const { store, releases, registry, server } = await stand(context, (_, response) => response.end(express));
  await store.write(`npm ${registry.url} express 4.18.2`, { unpacked: { bytes: 'many', low: 0 }, archive: null });
  const { answer } = await releases.npm(registry, 'express', '4.18.2', signal);
  assert.ok(answer.state === 'ready' && answer.value.unpacked.bytes === 213_994);
  assert.equal(server.seen.length, 1);
});

test('a release without a size gets one from the end of its archive, which counts what it packed', async (context) => {
  const { releases, registry, server } = await stand(context, (request, response) => {
    const { range, host } = request.headers;
    if (range !== 'bytes=-4') return response.end(JSON.stringify({ dist: { tarball: `http://${host}/own.tgz` } }));
    const headers = { 'content-range': 'bytes 20629538-20629541/20629542' };
    return response.writeHead(206, headers).end(Buffer.from('007e6c05', 'hex'));
  });
  const { answer } = await releases.npm(registry, 'own', '1.0.0', signal);
  assert.ok(answer.state === 'ready');
  assert.equal(answer.value.archive, 20_629_542);
  assert.equal(answer.value.unpacked.high, 0x056c7e00);
  assert.ok(answer.value.unpacked.low > 85_000_000);
  assert.deepEqual(server.seen, ['GET /own/1.0.0', 'GET /own.tgz']);
});

test('a release without a size gets an estimate from its archive, of the same host only', async (context) => {
  const { releases, registry, server } = await stand(context, (request, response) => {
    const own = request.url?.startsWith('/own/') ?? false;
    const tarball = own ? `http://${request.headers.host}/own.tgz` : 'http://192.0.2.1/other.tgz';
    if (request.method === 'HEAD') response.writeHead(200, { 'content-length': '50000' }).end();
    else response.end(JSON.stringify({ dist: { tarball } }));
  });
  const { answer } = await releases.npm(registry, 'own', '1.0.0', signal);
  assert.ok(answer.state === 'ready');
  assert.equal(answer.basis, 'estimated');
  assert.equal(answer.value.archive, 50_000);
  assert.equal((await releases.npm(registry, 'other', '1.0.0', signal)).answer.state, 'unknown');
  assert.deepEqual(server.seen, ['GET /own/1.0.0', 'GET /own.tgz', 'HEAD /own.tgz', 'GET /other/1.0.0']);
});

test('a package that does not exist is not asked for again at once; trouble is', async (context) => {
  let status = 404;
  const { releases, registry, server, clock } = await stand(context, (_, response) => {
    response.writeHead(status).end('<html>');
  });
  const gone = await releases.npm(registry, '@scope/none', '1.0.0', signal);
  assert.deepEqual([gone.answer.state, gone.again], ['unknown', false]);
  await releases.npm(registry, '@scope/none', '1.0.0', signal);
  assert.deepEqual(server.seen, ['GET /@scope%2fnone/1.0.0']);
  clock.advance(4_000_000);
  status = 403;
  const refused = await releases.npm(registry, '@scope/none', '1.0.0', signal);
  assert.equal(refused.again, true);
  assert.equal(server.seen.length, 2);
});

test('names that could change the path are not asked for', async (context) => {
  const { releases, registry, server } = await stand(context, (_, response) => response.end(express));
  for (const name of ['../x', '@a/b/c', '', 'a b', '@/x', 'a?b', 'a#b', 'x'.repeat(500)]) {
    assert.equal((await releases.npm(registry, name, '1.0.0', signal)).answer.state, 'unknown', name);
    assert.equal((await releases.pypi(name, '1.0.0', signal)).answer.state, 'unknown', name);
  }
  assert.equal((await releases.npm(registry, 'x', '../../y', signal)).answer.state, 'unknown');
  assert.deepEqual(server.seen, []);
});

test('PyPI is asked for a release, or for the newest one', async (context) => {
  const { releases, server } = await stand(context, (request, response) => {
    const version = /flask\/([\d.]+)\/json/.exec(request.url ?? '')?.[1] ?? '9.9';
    const urls = [{ packagetype: 'bdist_wheel', filename: `flask-${version}-py3-none-any.whl`, size: 100_000 }];
    response.end(JSON.stringify({ info: { version, requires_dist: ['click>=8'] }, urls }));
  });
  const { answer } = await releases.pypi('flask', '3.0.0', signal);
  assert.ok(answer.state === 'ready');
  assert.equal(answer.value.archive, 100_000);
  assert.equal(answer.basis, 'estimated');
  const newest = await releases.pypi('flask', '', signal);
  assert.ok(newest.answer.state === 'ready' && newest.answer.value.version === '9.9');
  assert.deepEqual(server.seen, ['GET /pypi/flask/3.0.0/json', 'GET /pypi/flask/json']);
});

test('a URL inside this network is not asked', async (context) => {
  const { releases, server } = await stand(context, (_, response) => response.end('x'));
  assert.equal((await releases.url(`${server.url}/file.tar.gz`, 'public', signal)).answer.state, 'unknown');
  assert.deepEqual(server.seen, []);
});

test('the size of a URL is what a HEAD request tells', async (context) => {
  const { releases, server } = await stand(context, (request, response) => {
    if (request.url === '/page') response.writeHead(200, { 'content-type': 'text/html', 'content-length': '9' }).end();
    else if (request.url === '/chunked') response.writeHead(200, { 'transfer-encoding': 'chunked' }).end();
    else response.writeHead(200, { 'content-length': '1234567' }).end();
  });
  const size = await releases.url(`${server.url}/file.tar.gz?token=secret`, 'configured', signal);
  assert.ok(size.answer.state === 'ready');
  assert.equal(size.answer.value, 1_234_567);
  assert.doesNotMatch(size.answer.source, /secret/);
  assert.equal((await releases.url(`${server.url}/page`, 'configured', signal)).answer.state, 'unknown');
  assert.equal((await releases.url(`${server.url}/chunked`, 'configured', signal)).answer.state, 'unknown');
  assert.ok(server.seen.every((each) => each.startsWith('HEAD ')));
});

test('a folder that can’t be written costs nothing but the memory', async (context) => {
  const folder = temporaryFolder(context);
  mkdirSync(join(folder, '0.json'));
  writeFileSync(join(folder, 'file'), '');
  const { releases, registry, store } = await stand(context, (_, r) => r.end(express), join(folder, 'file', 'below'));
  assert.equal((await releases.npm(registry, 'express', '4.18.2', signal)).answer.state, 'ready');
  await store.flush();
  assert.equal((await releases.npm(registry, 'express', '4.18.2', signal)).answer.state, 'ready');
});
