import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { mirrorsFrom, placesOf } from '../../../server/src/facts/distribution-place';
import { readRelease } from '../../../server/src/facts/distribution-reading';
import { createDistributionSource } from '../../../server/src/facts/distribution-source';
import { doWork } from '../../../server/src/facts/distribution-thread';
import { createFetch } from '../../../server/src/facts/fetch';
import { createPackedStore } from '../../../server/src/facts/packed-store';
import { packDistribution } from '../../../server/src/packages/distribution-data';
import { fakeWebServer } from './fake-web-server';
import { inMemoryClock } from './in-memory-clock';
import { inMemoryLog } from './in-memory-log';
import { temporaryFolder } from './temporary-folder';

const signal = new AbortController().signal;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const stanza = (name: string, version: string, size: number): string =>
  `Package: ${name}\nVersion: ${version}\nInstalled-Size: ${size}\nArchitecture: amd64\nDepends: libc6\nFilename: x\nSize: 1000\n\n`;

/** The files of a mirror by path: suites with their packages. */
function mirror(suites: Readonly<Record<string, string>>): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (const [path, text] of Object.entries(suites)) {
    const packages = gzipSync(text);
    const line = ` ${sha256(packages)} ${packages.length} main/binary-amd64/Packages.gz`;
    files.set(`${path}/main/binary-amd64/Packages.gz`, packages);
    files.set(
      `${path}/InRelease`,
      Buffer.from(`Origin: Debian\nDate: Sat, 17 May 2025 09:00:00 UTC\nMD5Sum:\n x 1 y\nSHA256:\n${line}\n`),
    );
  }
  return files;
}

const suites = {
  '/debian/dists/bookworm': stanza('jq', '1.6-2', 100) + stanza('libc6', '2.36', 13_000),
  '/debian/dists/bookworm-updates': '',
  '/security/dists/bookworm-security': stanza('jq', '1.6-2+deb12u1', 200),
};

async function stand(
  context: TestContext,
  files: Map<string, Buffer>,
  more: { readonly folder?: string; readonly data?: string; readonly offline?: boolean } = {},
) {
  let answer = (request: IncomingMessage, response: ServerResponse): void => {
    const bytes = files.get(request.url ?? '');
    if (bytes === undefined) response.writeHead(404).end();
    else response.end(bytes);
  };
  const server = await fakeWebServer((request, response) => answer(request, response));
  const clock = inMemoryClock();
  const log = inMemoryLog();
  const fetch = createFetch({ clock, log });
  context.after(async () => {
    fetch.dispose();
    await server.close();
  });
  const folder = more.folder ?? temporaryFolder(context);
  let works = 0;
  const source = createDistributionSource({
    ...(more.offline !== true && { fetch }),
    mirrors: async () => ({
      debian: `${server.url}/debian`,
      'debian-security': `${server.url}/security/`,
      alpine: `${server.url}/alpine`,
    }),
    store: createPackedStore(folder, 'test', log),
    read: (work) => {
      works += 1;
      return doWork(work);
    },
    dataFolder: more.data ?? folder,
    clock,
    log,
  });
  return {
    server,
    source,
    clock,
    folder,
    works: () => works,
    answerWith(next: typeof answer) {
      answer = next;
    },
  };
}

test('a suite with its updates is one index, in which the newest version counts', async (context) => {
  const { source } = await stand(context, mirror(suites));
  const { answer, again } = await source.read('debian', 'bookworm', 'amd64', signal);
  assert.ok(answer.state === 'ready');
  assert.equal(answer.value.find('jq')?.version, '1.6-2+deb12u1');
  assert.equal(answer.value.find('libc6')?.installedSize, 13_000 * 1024);
  assert.equal(answer.basis, 'computed');
  assert.equal(again, false);
});

test('it is kept, asked about after a while, and read again only when the release file is another one', async (context) => {
  const files = mirror(suites);
  const { source, server, clock, works } = await stand(context, files);
  const read = () => source.read('debian', 'bookworm', 'amd64', signal);
  await read();
  assert.equal(server.seen.length, 6);
  await read();
  assert.equal(server.seen.length, 6);
  clock.advance(7 * 3_600_000);
  await read();
  assert.equal(server.seen.length, 9);
  assert.equal(works(), 1);
  for (const [path, bytes] of mirror({ '/debian/dists/bookworm': stanza('jq', '1.7', 1) })) files.set(path, bytes);
  clock.advance(7 * 3_600_000);
  const { answer } = await read();
  assert.equal(works(), 2);
  assert.ok(answer.state === 'ready' && answer.value.find('jq')?.version === '1.7');
});

test('what is kept and damaged is fetched again; what is old is better than nothing', async (context) => {
  const folder = temporaryFolder(context);
  const first = await stand(context, mirror(suites), { folder });
  await first.source.read('debian', 'bookworm', 'amd64', signal);
  for (const name of readdirSync(folder)) writeFileSync(join(folder, name), 'damaged\n{');
  await first.source.read('debian', 'bookworm', 'amd64', signal);
  assert.equal(first.server.seen.length, 12);
  first.clock.advance(7 * 3_600_000);
  first.answerWith((_, response) => response.writeHead(403).end());
  const { answer } = await first.source.read('debian', 'bookworm', 'amd64', signal);
  assert.ok(answer.state === 'ready' && answer.value.find('jq') !== undefined);
});

test('an index that is not what its release file says, is a web page or is cut off, is none', async (context) => {
  const troubles: ((bytes: Buffer) => Buffer)[] = [
    (bytes) => Buffer.concat([bytes.subarray(0, -1), Buffer.from('x')]),
    () => Buffer.from('<!doctype html><title>Log in</title>'),
    (bytes) => bytes.subarray(0, 10),
  ];
  for (const change of troubles) {
    const files = mirror(suites);
    const path = '/debian/dists/bookworm/main/binary-amd64/Packages.gz';
    files.set(path, change(files.get(path) ?? Buffer.alloc(0)));
    const { source } = await stand(context, files);
    const { answer, again } = await source.read('debian', 'bookworm', 'amd64', signal);
    assert.deepEqual([answer.state, again], ['unknown', true]);
  }
});

test('without the network, and where a mirror does not answer, the index that comes with Strata counts', async (context) => {
  const data = temporaryFolder(context);
  const url = 'https://deb.debian.org';
  const packed = packDistribution([
    { url, kind: 'packages', suite: 'bookworm', component: 'main', text: stanza('jq', '1.6', 100) },
  ]);
  writeFileSync(join(data, 'debian-bookworm.br'), brotliCompressSync(packed));
  writeFileSync(join(data, 'debian.json'), '{"bookworm":{"date":"2026-01-02"}}');
  for (const offline of [true, false]) {
    const { source, server } = await stand(context, new Map(), { data, offline });
    const { answer, again } = await source.read('debian', 'bookworm', 'amd64', signal);
    assert.ok(answer.state === 'ready' && answer.value.find('jq')?.version === '1.6');
    assert.match(answer.source, /2026-01-02, which comes with Strata/);
    assert.equal(again, !offline);
    assert.equal(server.seen.length === 0, offline);
    const arm = await source.read('debian', 'bookworm', 'arm64', signal);
    assert.ok(arm.answer.state === 'ready' && arm.answer.basis === 'estimated');
    assert.equal((await source.read('debian', 'trixie', 'amd64', signal)).answer.state, 'unknown');
  }
});

test('figures of the nearest release stand in where there is no index, also while one is fetched', async (context) => {
  const data = temporaryFolder(context);
  const write = (suite: string, text: string): void => {
    const file = { url: 'x', kind: 'packages' as const, suite, component: 'main', text };
    writeFileSync(join(data, `debian-${suite}.br`), brotliCompressSync(packDistribution([file])));
  };
  write('bookworm', stanza('jq', '1.6-2', 100) + stanza('newer', '1', 10));
  writeFileSync(join(data, 'debian.json'), '{"bookworm":{"date":"2025-05-17"}}');
  const { source } = await stand(context, new Map(), { data, offline: true });
  const { answer } = await source.read('debian', 'buster', 'amd64', signal);
  assert.ok(answer.state === 'ready');
  assert.deepEqual([answer.basis, answer.suite, answer.value.find('jq')?.version], ['estimated', 'bookworm', '1.6-2']);
  assert.ok(answer.apart && answer.apart.low < 1 && answer.apart.high > 1);
  assert.match(answer.source, /debian bookworm as of 2025-05-17.*debian buster/);
  assert.equal((await source.meanwhile('debian', 'buster', 'amd64'))?.suite, 'bookworm');
  assert.equal((await source.read('debian', 'nonsense', 'amd64', signal)).answer.state, 'unknown');
});

test('a part of a release is made whole by the nearest one', async (context) => {
  const data = temporaryFolder(context);
  const write = (suite: string, text: string): void => {
    const file = { url: 'x', kind: 'packages' as const, suite, component: 'main', text };
    writeFileSync(join(data, `debian-${suite}.br`), brotliCompressSync(packDistribution([file])));
  };
  write('bookworm', stanza('jq', '1.6-2', 100) + stanza('seldom', '1', 10));
  write('bullseye', stanza('jq', '1.5', 90));
  writeFileSync(join(data, 'debian.json'), '{"bullseye":{"date":"2025-05-17","partial":true}}');
  const { source } = await stand(context, new Map(), { data, offline: true });
  const { answer } = await source.read('debian', 'bullseye', 'amd64', signal);
  assert.ok(answer.state === 'ready');
  assert.deepEqual([answer.basis, answer.suite], ['estimated', undefined]);
  assert.deepEqual([answer.value.find('jq')?.version, answer.value.find('seldom')?.version], ['1.5', '1']);
  assert.ok(answer.apart);
});

test('the index of Alpine is in an archive', async (context) => {
  const archive = pack();
  const parts: Buffer[] = [];
  archive.on('data', (part) => {
    if (part instanceof Uint8Array) parts.push(Buffer.from(part));
  });
  const text = 'P:jq\nV:1.7.1-r0\nA:x86_64\nS:200000\nI:400000\nD:so:libc.musl-x86_64.so.1\n\n';
  archive.entry({ name: '.SIGN.RSA.key' }, 'signature');
  archive.entry({ name: 'DESCRIPTION' }, 'v3.20');
  archive.entry({ name: 'APKINDEX' }, text);
  const ended = once(archive, 'end');
  archive.finalize();
  await ended;
  const file = gzipSync(Buffer.concat(parts));
  const files = new Map(
    ['main', 'community'].map((name) => [`/alpine/v3.20/${name}/x86_64/APKINDEX.tar.gz`, file] as const),
  );
  const { source } = await stand(context, new Map(files));
  const { answer } = await source.read('alpine', '3.20.3', 'amd64', signal);
  assert.ok(answer.state === 'ready', answer.state === 'unknown' ? answer.reason : '');
  assert.equal(answer.value.find('jq')?.version, '1.7.1-r0');
});

test('names that are none of a suite lead nowhere', () => {
  for (const [distribution, suite, architecture] of [
    ['debian', '../../etc', 'amd64'],
    ['debian', 'bookworm/../x', 'amd64'],
    ['debian', 'bookworm', '../amd64'],
    ['alpine', 'v3', 'amd64'],
    ['fedora', '40', 'amd64'],
    ['__proto__', 'x', 'amd64'],
  ] as const) {
    assert.equal(placesOf(distribution, suite, architecture, {}), undefined);
  }
  const ubuntu = placesOf('ubuntu', 'noble', 'amd64', {})?.map(({ url }) => url) ?? [];
  assert.ok(ubuntu.includes('https://security.ubuntu.com/ubuntu/dists/noble-security'));
  const own = placesOf('ubuntu', 'noble', 'amd64', { ubuntu: 'https://mirror.example/ubuntu' }) ?? [];
  assert.ok(own.every(({ url }) => url.startsWith('https://mirror.example/ubuntu/dists/noble')));
  assert.ok(placesOf('ubuntu', 'noble', 'arm64', {})?.every(({ url }) => url.startsWith('https://ports.ubuntu.com')));
});

test('mirrors of apt', () => {
  assert.deepEqual(
    mirrorsFrom([
      'Debian\tbookworm\thttp://mirror.example/debian',
      'Debian\tbookworm-security\thttp://mirror.example/debian-security/',
      'Debian\tbookworm\thttp://second.example/debian',
      'Node Source\tnodistro\thttps://deb.nodesource.com/node_20.x',
      'Debian\ttrixie\tfile:/srv/mirror',
      'Ubuntu\tnoble\thttps://user:password@mirror.example/ubuntu',
      '',
    ]),
    { debian: 'http://mirror.example/debian', 'debian-security': 'http://mirror.example/debian-security' },
  );
});

test('a release file is read as far as it is one', () => {
  assert.equal(readRelease('').files.size, 0);
  assert.equal(readRelease(`SHA256:\n ${'0'.repeat(63)} 1 x\n ${'0'.repeat(64)} x y\n`).files.size, 0);
  const release = readRelease(
    `Date: nonsense\nSHA256:\n ${'a'.repeat(64)} 12 main/Packages\nSHA512:\n ${'b'.repeat(64)} 1 z\n`,
  );
  assert.deepEqual([...release.files.keys()], ['main/Packages']);
  assert.equal(release.date, undefined);
});
