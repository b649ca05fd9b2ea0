import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import {
  createEngineClient,
  negotiate,
  readBuildCache,
  readHistory,
  readIdentity,
  readImage,
  readImages,
} from '../../../server/src/facts/engine-client';
import { EngineError, openTransport } from '../../../server/src/facts/engine-transport';
import type { EnginePort } from '../../../server/src/facts/ports';
import { answers, type FakeServer, fakeEngine, rawServer } from './fake-engine-server';

const version = { ApiVersion: '1.51', MinAPIVersion: '1.24' };
const info = { Driver: 'overlay2', ServerVersion: '28.5.2', DriverStatus: [['Backing Filesystem', 'extfs']] };
const never = new AbortController().signal;

async function withClient(server: Promise<FakeServer>, use: (client: EnginePort) => Promise<void>): Promise<void> {
  const { socket, close } = await server;
  const client = createEngineClient(openTransport({ kind: 'socket', path: socket }));
  try {
    await use(client);
  } finally {
    client.dispose();
    await close();
  }
}

function failsWith(failure: EngineError['failure'], message: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof EngineError, String(error));
    assert.equal(error.failure, failure);
    assert.match(error.message, message);
    return true;
  };
}

test('an engine is identified, with the unit of its sizes', async () => {
  await withClient(fakeEngine(answers({ '/version': version, '/info': info })), async (client) => {
    assert.deepEqual(await client.identify(never), { label: 'Docker Engine 28.5.2 (overlay2)', sizeUnit: 'content' });
  });
  const containerd = { ...info, DriverStatus: [['driver-type', 'io.containerd.snapshotter.v1']] };
  assert.equal(readIdentity(containerd).sizeUnit, 'blocks');
});

test('requests name a version that both sides speak', () => {
  assert.equal(negotiate(version, 'x'), '1.47');
  assert.equal(negotiate({ ApiVersion: '1.41', MinAPIVersion: '1.12' }, 'x'), '1.41');
  assert.equal(negotiate({ ApiVersion: '1.60', MinAPIVersion: '1.50' }, 'x'), '1.50');
  for (const answer of [null, [], 'x', {}, { ApiVersion: '../x' }]) {
    assert.throws(() => negotiate(answer, 'x'), failsWith('malformed', /is not a Docker engine/));
  }
});

test('an image the engine does not have is undefined, one it has is read', async () => {
  const answer = { Id: 'sha256:1', Config: { Env: ['A=1'], Cmd: ['sh'] }, RootFS: { Layers: ['sha256:2'] }, Size: 5 };
  const paths: string[] = [];
  const table = answers({ '/version': version, '/images/ghcr.io/a/b%3A1/json': answer });
  const server = fakeEngine((request, response) => {
    paths.push(request.url ?? '');
    table(request, response);
  });
  await withClient(server, async (client) => {
    assert.equal(await client.inspectImage('nothing', never), undefined);
    const image = await client.inspectImage('ghcr.io/a/b:1', never);
    assert.deepEqual(image?.environment, ['A=1']);
    assert.deepEqual(image?.command, ['sh']);
    assert.equal(image?.entrypoint, undefined);
  });
  assert.deepEqual(paths, ['/version', '/v1.47/images/nothing/json', '/v1.47/images/ghcr.io/a/b%3A1/json']);
});

test('a socket that accepts and never answers is given up, with a reason', async () => {
  await withClient(
    rawServer(() => undefined),
    async (client) => {
      await assert.rejects(client.identify(never), failsWith('timeout', /accepts connections but does not answer/));
    },
  );
});

test('an answer that begins and never ends is given up too', async () => {
  await withClient(
    rawServer((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{')),
    async (client) => {
      await assert.rejects(client.identify(never), failsWith('timeout', /does not answer/));
    },
  );
});

test('what is no HTTP, no JSON, or an error of the engine is told as such', async () => {
  await withClient(
    rawServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n')),
    async (client) => {
      await assert.rejects(client.identify(never), failsWith('malformed', /does not speak HTTP/));
    },
  );
  await withClient(
    fakeEngine((_, response) => response.end('<html>')),
    async (client) => {
      await assert.rejects(client.identify(never), failsWith('malformed', /not JSON/));
    },
  );
  const broken = fakeEngine((_, response) => {
    response.statusCode = 500;
    response.end('{"message":"disk full"}');
  });
  await withClient(broken, async (client) => {
    await assert.rejects(client.identify(never), failsWith('refused', /status 500: disk full/));
  });
});

test('an answer that is too large is not read to its end', async () => {
  const endless = fakeEngine((_, response) => {
    const chunk = ' '.repeat(65_536);
    const more = (): void => {
      while (!response.destroyed && response.write(chunk));
      response.once('drain', more);
    };
    more();
  });
  await withClient(endless, async (client) => {
    await assert.rejects(client.identify(never), failsWith('malformed', /larger than 1 MB/));
  });
});

test('nobody at the socket', async () => {
  const client = createEngineClient(openTransport({ kind: 'socket', path: '/nonexistent/strata.sock' }));
  await assert.rejects(client.identify(never), failsWith('unreachable', /No Docker engine answers at/));
});

test('an engine over ssh is reached through the ssh on the PATH', { skip: process.platform === 'win32' }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'strata-ssh-'));
  const { socket, close } = await fakeEngine(answers({ '/version': version, '/info': info }));
  const bridge = `#!${process.execPath}
if (!process.argv.includes('me@host')) process.exit(255);
const socket = require('node:net').connect(${JSON.stringify(socket)});
process.stdin.pipe(socket).pipe(process.stdout);
`;
  await writeFile(join(folder, 'ssh'), bridge, { mode: 0o755 });
  const path = process.env.PATH;
  process.env.PATH = `${folder}${delimiter}${path}`;
  const client = createEngineClient(openTransport({ kind: 'ssh', destination: 'me@host' }));
  const refused = createEngineClient(openTransport({ kind: 'ssh', destination: 'nobody@host' }));
  try {
    assert.equal((await client.identify(never)).label, 'Docker Engine 28.5.2 (overlay2)');
    await assert.rejects(
      refused.identify(never),
      failsWith('unreachable', /ssh:\/\/nobody@host.*without asking for a password/),
    );
  } finally {
    process.env.PATH = path;
    client.dispose();
    refused.dispose();
    await close();
    await rm(folder, { recursive: true, force: true });
  }
});

test('cancelling rejects with the reason of the signal', async () => {
  await withClient(
    rawServer(() => undefined),
    async (client) => {
      const stop = new AbortController();
      const asked = client.listImages(10, stop.signal);
      stop.abort(new Error('no longer needed'));
      await assert.rejects(asked, /no longer needed/);
    },
  );
});

test('events call the listener until the engine ends the stream', async () => {
  const server = fakeEngine((request, response) => {
    if (request.url === '/version') response.end(JSON.stringify(version));
    else response.end('{"Type":"image"}\n\nnot json\n{"Type":"builder"}\n');
  });
  await withClient(server, async (client) => {
    let events = 0;
    await client.watch(() => {
      events += 1;
    }, never);
    assert.equal(events, 3);
  });
});

test('lists are bounded, sorted, and rows without an ID left out', () => {
  const rows = [
    { Id: 'a', Created: 1 },
    null,
    7,
    {},
    { Id: 'b', Created: 3, RepoTags: ['b:1', '<none>:<none>'] },
    { Id: 'c', Created: 2 },
  ];
  assert.deepEqual(readImages(rows, 2), [
    { id: 'b', tags: ['b:1'], created: 3000 },
    { id: 'c', tags: [], created: 2000 },
  ]);
  assert.deepEqual(readImages({ not: 'a list' }, 2), []);
});

test('an image of wrong types keeps what is right', () => {
  assert.equal(readImage({ Id: 5 }), undefined);
  const image = readImage({
    Id: 'sha256:1',
    Created: 'yesterday',
    Size: -1,
    Os: 7,
    Config: { Env: ['A=1', 2, null], Labels: { a: 'b', c: 1 }, OnBuild: null, Shell: ['sh', '-c'] },
    RootFS: { Layers: 'x' },
  });
  assert.deepEqual(image, {
    id: 'sha256:1',
    tags: [],
    repositoryDigests: [],
    operatingSystem: '',
    architecture: '',
    size: 0,
    layerDigests: [],
    environment: ['A=1'],
    workdir: '',
    user: '',
    onbuild: [],
    labels: { a: 'b' },
    shell: ['sh', '-c'],
  });
});

test('history is turned bottom up', () => {
  const history = readHistory([
    { CreatedBy: 'top', Size: 2, Created: 1700000001 },
    { CreatedBy: 'bottom', Size: 1, Created: 0 },
  ]);
  assert.deepEqual(history, [
    { createdBy: 'bottom', size: 1 },
    { createdBy: 'top', size: 2, createdAt: '2023-11-14T22:13:21.000Z' },
  ]);
});

test('build cache records are read with the key that engines write with a space', () => {
  const answer = {
    BuildCache: [
      { ID: 'a', ' Parents': ['p'], Description: 'd', Size: 1, CreatedAt: '2026-01-01T00:00:00Z' },
      { ID: 'b', Parents: ['q'] },
      { ID: 'c', Parent: 'r' },
      { Description: 'no id' },
    ],
  };
  assert.deepEqual(readBuildCache(answer), [
    { id: 'a', parents: ['p'], description: 'd', size: 1, createdAt: '2026-01-01T00:00:00.000Z' },
    { id: 'b', parents: ['q'], description: '', size: 0 },
    { id: 'c', parents: ['r'], description: '', size: 0 },
  ]);
  assert.deepEqual(readBuildCache({}), []);
});
