import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { type TestContext, test } from 'node:test';
import { createAnswerStore } from '../../../server/src/facts/answer-store';
import { createFetch } from '../../../server/src/facts/fetch';
import { createNpmReleaseLists } from '../../../server/src/facts/npm-release-lists';
import { fakeWebServer } from './fake-web-server';
import { inMemoryClock } from './in-memory-clock';
import { inMemoryLog } from './in-memory-log';
import { temporaryFolder } from './temporary-folder';

const { signal } = new AbortController();
const list = JSON.stringify({ 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': { dependencies: { b: '^1' } } } });

async function stand(context: TestContext, answer: RequestListener) {
  const server = await fakeWebServer(answer);
  const clock = inMemoryClock();
  const log = inMemoryLog();
  const fetch = createFetch({ clock, log });
  const store = createAnswerStore({ folder: temporaryFolder(context), form: 'test', clock, log });
  context.after(async () => {
    fetch.dispose();
    await server.close();
  });
  return {
    server,
    clock,
    registry: { url: server.url, known: true },
    lists: createNpmReleaseLists({ fetch, store, clock }),
  };
}

test('a list is fetched as npm fetches it, once a day, and its length is known', async (context) => {
  let accept: string | undefined;
  const { server, clock, registry, lists } = await stand(context, (request, response) => {
    accept = request.headers.accept;
    response.end(list);
  });
  const first = await lists.read(registry, '@scope/a', signal);
  const again = await lists.read(registry, '@scope/a', signal);
  assert.ok(first.answer.state === 'ready' && again.answer.state === 'ready');
  assert.equal(first.answer.value.bytes, list.length);
  assert.deepEqual(again.answer.value, first.answer.value);
  assert.match(accept ?? '', /install-v1\+json/);
  assert.deepEqual(server.seen, ['GET /@scope%2fa']);
  clock.advance(90_000_000);
  await lists.read(registry, '@scope/a', signal);
  assert.equal(server.seen.length, 2);
});

test('no package, no list, no name', async (context) => {
  let status = 404;
  const { server, registry, lists } = await stand(context, (_, response) => {
    response.writeHead(status).end('<html>');
  });
  const gone = await lists.read(registry, 'none', signal);
  assert.deepEqual([gone.answer.state, gone.again], ['unknown', false]);
  status = 200;
  const strange = await lists.read(registry, 'none', signal);
  assert.equal(strange.answer.state, 'unknown');
  assert.equal((await lists.read(registry, '../../x', signal)).answer.state, 'unknown');
  assert.equal(server.seen.length, 2);
});
