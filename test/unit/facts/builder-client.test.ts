/** BuildKit's control API over an upgraded connection: what is asked, and what is believed of the answers. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { type Timestamp, timestampFromMs } from '@bufbuild/protobuf/wkt';
import { createBuilderClient, described } from '../../../server/src/facts/builder-client';
import type { BuilderPort, HistoryEvent } from '../../../server/src/facts/builder-port';
import {
  type BuildHistoryEventSchema,
  BuildHistoryEventType,
  StatusSchema,
} from '../../../server/src/facts/buildkit-api/history_pb';
import { systemClock } from '../../../server/src/facts/clock';
import { EngineError, openTransport } from '../../../server/src/facts/engine-transport';
import { type FakeBuilder, fakeBuilder } from './fake-builder-server';
import { answers, fakeEngine, rawServer } from './fake-engine-server';

const start = Date.UTC(2026, 0, 1);
const info = {
  ID: 'engine-1',
  ServerVersion: '28.5.2',
  OSType: 'linux',
  Architecture: 'aarch64',
  SystemTime: '2026-01-01T00:00:00.123456789Z',
};
const signal = new AbortController().signal;

async function connected(context: TestContext, builder: FakeBuilder): Promise<BuilderPort> {
  const server = await fakeBuilder(answers({ '/info': info }), builder);
  const port = createBuilderClient(openTransport({ kind: 'socket', path: server.socket }), systemClock);
  context.after(async () => {
    port.dispose();
    await server.close();
  });
  return port;
}

function at(milliseconds: number): Timestamp {
  return timestampFromMs(start + milliseconds);
}

type Event = MessageInitShape<typeof BuildHistoryEventSchema>;

function completed(ref: string, milliseconds: number): Event {
  return {
    type: BuildHistoryEventType.COMPLETE,
    record: { ref, createdAt: at(milliseconds), completedAt: at(milliseconds + 50), frontendAttrs: { target: 'app' } },
  };
}

function failing(failure: EngineError['failure'], message?: RegExp) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof EngineError, String(error));
    assert.equal(error.failure, failure);
    if (message) assert.match(error.message, message);
    return true;
  };
}

test('who answers: engine, builder, platform', async (context) => {
  const port = await connected(context, { control: { listWorkers: () => ({ record: [{ id: 'worker-1' }] }) } });
  assert.deepEqual(await port.identify(signal), {
    label: 'Docker Engine 28.5.2',
    identity: 'engine-1/worker-1',
    platform: 'linux/arm64',
  });
  const clock = await port.readClock(signal);
  assert.equal(clock.engineTime, start + 123);
  assert.ok(clock.askedAt <= clock.answeredAt);
});

test('the list is cut to the newest, whatever order it comes in', async (context) => {
  const port = await connected(context, {
    control: {
      async *listenBuildHistory({ earlyExit }) {
        assert.equal(earlyExit, true);
        for (let index = 0; index < 300; index += 1) yield completed(`b${(index * 7) % 300}`, ((index * 7) % 300) * 10);
      },
    },
  });
  const entries = await port.list(3, signal);
  assert.deepEqual(
    entries.map(({ reference }) => reference),
    ['b299', 'b298', 'b297'],
  );
  assert.equal(entries[0]?.startedAt, start + 2_990);
  assert.deepEqual(entries[0]?.attributes, { target: 'app' });
});

test('records that make no sense are passed over', async (context) => {
  const port = await connected(context, {
    control: {
      async *listenBuildHistory() {
        yield { type: BuildHistoryEventType.STARTED, record: { ref: 'running', createdAt: at(0) } };
        yield { type: BuildHistoryEventType.COMPLETE };
        yield completed('../../etc/passwd', 0);
        yield completed('', 0);
        yield { type: BuildHistoryEventType.COMPLETE, record: { ref: 'a', createdAt: { seconds: -5n, nanos: 0 } } };
        yield completed('good', 0);
      },
    },
  });
  assert.deepEqual(
    (await port.list(10, signal)).map(({ reference }) => reference),
    ['good'],
  );
});

test('attachments of one platform and of several', async (context) => {
  const statement = (digest: string) => ({
    attestations: [
      { digest: 'sha256:sbom', annotations: { 'in-toto.io/predicate-type': 'https://spdx.dev/Document' } },
      { digest, size: 7n, annotations: { 'in-toto.io/predicate-type': 'https://slsa.dev/provenance/v0.2' } },
    ],
  });
  const port = await connected(context, {
    control: {
      async *listenBuildHistory() {
        const event = completed('a', 0);
        yield {
          ...event,
          record: { ...event.record, result: statement('sha256:1'), results: { 'linux/arm64': statement('sha256:2') } },
        } as Event;
      },
    },
  });
  const [entry] = await port.list(10, signal);
  assert.deepEqual(entry?.provenance, [
    { digest: 'sha256:1', size: 7, platform: '' },
    { digest: 'sha256:2', size: 7, platform: 'linux/arm64' },
  ]);
});

test('events of builds that end and are deleted', async (context) => {
  const port = await connected(context, {
    control: {
      async *listenBuildHistory({ activeOnly }) {
        assert.equal(activeOnly, true);
        yield { type: BuildHistoryEventType.STARTED, record: { ref: 'a', createdAt: at(0) } };
        yield completed('a', 0);
        yield { type: BuildHistoryEventType.DELETED, record: { ref: 'b' } };
      },
    },
  });
  const events: HistoryEvent[] = [];
  await port.follow((event) => events.push(event), signal);
  assert.deepEqual(
    events.map((event) => (event.kind === 'completed' ? `+${event.entry.reference}` : `-${event.reference}`)),
    ['+a', '-b'],
  );
});

test('updates of vertices are put together: first start, last completion, last word on the cache', async (context) => {
  const port = await connected(context, {
    control: {
      async *status() {
        yield { vertexes: [{ digest: 'd', name: '[2/2] RUN make', inputs: ['i'] }, { digest: 'e' }] };
        yield { vertexes: [{ digest: 'd', started: at(10), completed: at(20) }] };
        yield { vertexes: [{ digest: 'd', inputs: ['i'], started: at(30), completed: at(40), cached: true }] };
        yield { vertexes: [{ digest: 'd', inputs: ['i'] }, { digest: 'f' }] };
      },
    },
  });
  const vertices = await port.vertices('a', 2, signal);
  assert.deepEqual(vertices[0], {
    digest: 'd',
    hasInputs: true,
    name: '[2/2] RUN make',
    cached: true,
    error: '',
    startedAt: start + 10,
    completedAt: start + 40,
  });
  assert.equal(vertices.length, 2, 'no more than the limit');
});

test('statements are read up to their limit, and only as JSON', async (context) => {
  const texts: Readonly<Record<string, string>> = { good: '{"a":1}', damaged: '{"a":', large: ' '.repeat(2_000) };
  const port = await connected(context, {
    content: {
      async *read({ digest }) {
        const bytes = Buffer.from(texts[digest] ?? '');
        for (let offset = 0; offset < bytes.length; offset += 3) yield { data: bytes.subarray(offset, offset + 3) };
      },
    },
  });
  const read = (digest: string, size: number) => port.provenance({ digest, size, platform: '' }, 1_000, signal);
  assert.deepEqual(await read('good', 7), { a: 1 });
  assert.equal(await read('damaged', 5), undefined);
  assert.equal(await read('large', 2_000), undefined, 'said to be large');
  assert.equal(await read('large', 5), undefined, 'larger than said');
});

test('details of an error', async (context) => {
  const bytes = toBinary(
    StatusSchema,
    create(StatusSchema, {
      code: 2,
      details: [
        { typeUrl: 'github.com/moby/buildkit/errdefs.Source+json', value: Buffer.from('{"info":{}}') },
        { typeUrl: 'odd', value: Buffer.from('no json') },
      ],
    }),
  );
  const port = await connected(context, {
    content: {
      async *read({ digest }) {
        yield { data: digest === 'good' ? bytes : Buffer.from('\xff\xff\xff nonsense') };
      },
    },
  });
  const read = (digest: string) => port.errorDetails({ digest, size: 10, platform: '' }, 1_000, signal);
  assert.deepEqual(await read('good'), [
    { type: 'github.com/moby/buildkit/errdefs.Source+json', value: { info: {} } },
    { type: 'odd', value: undefined },
  ]);
  assert.deepEqual(await read('bad'), []);
});

test('what is held: regular results with their times, or unknown', async (context) => {
  let untimed = false;
  const port = await connected(context, {
    control: {
      diskUsage: ({ filter }) => {
        assert.deepEqual(filter, ['type==regular', 'type==source.local']);
        return {
          record: [
            { id: '2', parents: ['1'], createdAt: at(20), recordType: 'regular', description: '[build 2/4] RUN make' },
            { id: '1', createdAt: at(10), recordType: 'regular', description: 'mount / from exec /bin/sh -c make' },
            {
              id: '3',
              createdAt: at(30),
              lastUsedAt: at(40),
              recordType: 'source.local',
              description: 'local source for context',
            },
            {
              id: '6',
              createdAt: at(35),
              lastUsedAt: at(36),
              inUse: true,
              recordType: 'source.local',
              description: 'local source for context',
            },
            { id: '5', createdAt: at(31), recordType: 'source.local', description: 'local source for dockerfile' },
            ...(untimed ? [{ id: '4', recordType: 'regular' }] : []),
          ],
        };
      },
    },
  });
  assert.deepEqual(await port.results(signal), {
    kind: 'listed',
    results: [
      { id: '1', parents: [], madeAt: start + 10, description: 'mount / from exec /bin/sh -c make' },
      { id: '2', parents: ['1'], madeAt: start + 20, description: 'RUN make' },
    ],
    copies: [{ begunAt: start + 30, usedAt: start + 40 }, { begunAt: start + 35 }],
  });
  untimed = true;
  assert.deepEqual(await port.results(signal), { kind: 'unknown' });
});

test('a builder without history, and an engine without the API', async (context) => {
  const old = await connected(context, {});
  await assert.rejects(old.list(1, signal), failing('missing', /no history/));
  const server = await fakeEngine(answers({ '/info': info }));
  const port = createBuilderClient(openTransport({ kind: 'socket', path: server.socket }), systemClock);
  context.after(() => server.close());
  await assert.rejects(port.identify(signal), failing('missing', /no history/));
});

test('nonsense after the change of protocol is an error with a reason', async (context) => {
  const port = await connected(context, {
    onUpgrade: (socket) => {
      socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
      socket.end('this is not HTTP/2 at all, and quite long enough to be noticed');
    },
  });
  await assert.rejects(port.list(1, signal), (error) => error instanceof EngineError && error.message !== '');
});

test('a connection that breaks in the middle is an error, and so is every later question', async (context) => {
  const sockets: { destroy(): void }[] = [];
  const server = await fakeBuilder(answers({ '/info': info }), {
    control: {
      async *listenBuildHistory() {
        yield completed('a', 0);
        for (const socket of sockets) socket.destroy();
        await sleep(50);
        yield completed('b', 10);
      },
    },
  });
  context.after(() => server.close());
  const transport = openTransport({ kind: 'socket', path: server.socket });
  const port = createBuilderClient(
    {
      ...transport,
      async upgrade(path, protocol, stop) {
        const socket = await transport.upgrade(path, protocol, stop);
        sockets.push(socket);
        return socket;
      },
    },
    systemClock,
  );
  context.after(() => port.dispose());
  await assert.rejects(port.list(9, signal), EngineError);
  await assert.rejects(port.list(9, signal), EngineError);
});

test('questions end when they are no longer wanted', async (context) => {
  const port = await connected(context, {
    control: {
      async *listenBuildHistory(_, { signal: over }) {
        await sleep(60_000, undefined, { signal: over }).catch(() => undefined);
      },
    },
  });
  const stop = new AbortController();
  const asked = port.list(1, stop.signal);
  setTimeout(() => stop.abort(new Error('no longer wanted')), 20);
  await assert.rejects(asked, /no longer wanted/);
});

test('an engine that accepts the connection and is silent', async (context) => {
  const server = await rawServer(() => undefined);
  context.after(() => server.close());
  const port = createBuilderClient(openTransport({ kind: 'socket', path: server.socket }), systemClock);
  await assert.rejects(port.list(1, signal), failing('timeout'));
});

test('what the listing says of a step is its text, whoever asked for it', () => {
  assert.equal(described('[s0 2/7] ONBUILD COPY alpha.txt /base/'), 'COPY alpha.txt /base/');
  assert.equal(described('[2/3] WORKDIR /app'), 'WORKDIR /app');
  assert.equal(described('mount / from exec /bin/sh -c echo ONBUILD'), 'mount / from exec /bin/sh -c echo ONBUILD');
});
