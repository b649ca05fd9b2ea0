import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { describeEndpoint, findEndpoint, readAddress } from '../../../server/src/facts/engine-endpoint';

let home = '';
before(async () => {
  home = await mkdtemp(join(tmpdir(), 'strata-home-'));
});
after(() => rm(home, { recursive: true, force: true }));

const find = (environment: Record<string, string>, socket?: string) =>
  findEndpoint({ environment, platform: 'linux', home, ...(socket !== undefined && { socket }) });

async function writeContext(name: string, docker: unknown): Promise<string> {
  const folder = createHash('sha256').update(name).digest('hex');
  const meta = join(home, '.docker', 'contexts', 'meta', folder);
  await mkdir(meta, { recursive: true });
  await writeFile(join(meta, 'meta.json'), JSON.stringify({ Name: name, Endpoints: { docker } }));
  return folder;
}

test('addresses as DOCKER_HOST takes them', () => {
  assert.deepEqual(readAddress('unix:///run/x.sock'), { kind: 'socket', path: '/run/x.sock' });
  assert.deepEqual(readAddress('/run/x.sock'), { kind: 'socket', path: '/run/x.sock' });
  assert.deepEqual(readAddress('npipe:////./pipe/docker_engine'), {
    kind: 'socket',
    path: '\\\\.\\pipe\\docker_engine',
  });
  assert.deepEqual(readAddress('tcp://host:2375'), { kind: 'tcp', host: 'host', port: 2375 });
  assert.deepEqual(readAddress('tcp://host'), { kind: 'tcp', host: 'host', port: 2375 });
  assert.deepEqual(readAddress('tcp://[::1]:80'), { kind: 'tcp', host: '::1', port: 80 });
  assert.deepEqual(readAddress('ssh://me@host:22'), { kind: 'ssh', destination: 'me@host', port: 22 });
  for (const bad of [
    '',
    '  ',
    'unix://',
    'tcp://',
    'fd://',
    'gopher://x',
    'ssh://-oProxyCommand=x',
    'ssh://me:pw@host',
  ]) {
    assert.equal(readAddress(bad), undefined, bad);
  }
});

test('what is given comes before DOCKER_HOST, DOCKER_HOST before a context', async () => {
  await writeContext('remote', { Host: 'tcp://remote:1' });
  const environment = { DOCKER_HOST: 'tcp://env:2', DOCKER_CONTEXT: 'remote' };
  const given = await find(environment, '/given.sock');
  assert.deepEqual(given, { kind: 'found', endpoint: { kind: 'socket', path: '/given.sock' }, origin: '--socket' });
  const host = await find(environment);
  assert.equal(host.kind === 'found' && describeEndpoint(host.endpoint), 'tcp://env:2');
  const context = await find({ DOCKER_CONTEXT: 'remote' });
  assert.equal(context.kind === 'found' && describeEndpoint(context.endpoint), 'tcp://remote:1');
});

test('the current context of config.json counts, its certificates too', async () => {
  const folder = await writeContext('secure', { Host: 'tcp://secure:2376', SkipTLSVerify: false });
  const tls = join(home, '.docker', 'contexts', 'tls', folder, 'docker');
  await mkdir(tls, { recursive: true });
  await writeFile(join(tls, 'ca.pem'), 'CA');
  await writeFile(join(home, '.docker', 'config.json'), '{"currentContext":"secure"}');
  const answer = await find({});
  assert.ok(answer.kind === 'found' && answer.endpoint.kind === 'tcp');
  assert.equal(answer.endpoint.tls?.verify, true);
  assert.equal(answer.endpoint.tls?.ca?.toString(), 'CA');
  await rm(join(home, '.docker', 'config.json'));
});

test('a context that does not exist, and one with a malformed name, are told by name', async () => {
  for (const name of ['missing', '../../../etc']) {
    const answer = await find({ DOCKER_CONTEXT: name });
    assert.ok(answer.kind === 'none' && answer.reason.includes(`"${name}"`));
  }
});

test('a malformed address is shown without what may be a password', async () => {
  const answer = await find({ DOCKER_HOST: 'gopher://me:secret@host' });
  assert.ok(answer.kind === 'none');
  assert.match(answer.reason, /DOCKER_HOST/);
  assert.doesNotMatch(answer.reason, /secret/);
});

test('rootless sockets are found, and Windows has its pipe', { skip: process.platform === 'win32' }, async () => {
  const runtime = join(home, 'run');
  await mkdir(runtime, { recursive: true });
  await writeFile(join(runtime, 'docker.sock'), '');
  const answer = await find({ XDG_RUNTIME_DIR: runtime });
  // A machine with a system-wide engine has that one first.
  const expected = ['/var/run/docker.sock', join(runtime, 'docker.sock')];
  assert.ok(answer.kind === 'found' && expected.includes(describeEndpoint(answer.endpoint)));
  const windows = await findEndpoint({ environment: {}, platform: 'win32', home });
  assert.equal(windows.kind === 'found' && describeEndpoint(windows.endpoint), '\\\\.\\pipe\\docker_engine');
});
