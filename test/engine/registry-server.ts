/** Debian's `docker-registry` (the distribution server) on loopback, with a folder of its own. Fetched when it is missing, not installed. */
import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cacheFolder, run } from './engine.mjs';

export interface RegistryServer {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  stop(): Promise<void>;
}

/** The name and the password of the only user of a guarded registry, the latter as htpasswd keeps it (bcrypt). */
export const user = { name: 'me', password: 'secret' };
const users = 'me:$2b$04$S716N4lgxAD3T9XuQdHs1eA1oqDXSx4NKDbcrF3SYX3LWhvXZpCCK\n';
const startTime = 20_000;

let finding: Promise<string> | undefined;

function program(): Promise<string> {
  finding ??= findProgram();
  return finding;
}

/** Path of the program: the one of this machine, else the package's, unpacked into the cache folder. */
async function findProgram(): Promise<string> {
  const found = await run('sh', ['-c', 'command -v docker-registry'], { allowFailure: true });
  if (found.stdout.trim() !== '') return found.stdout.trim();
  const folder = path.join(cacheFolder(), 'docker-registry');
  const unpacked = path.join(folder, 'usr', 'bin', 'docker-registry');
  if (fs.existsSync(unpacked)) return unpacked;
  fs.mkdirSync(folder, { recursive: true });
  const download = () => run('apt-get', ['download', 'docker-registry'], { cwd: folder });
  try {
    await download();
  } catch {
    await run('apt-get', ['update']);
    await download();
  }
  const archive = fs.readdirSync(folder).find((name) => name.endsWith('.deb'));
  if (archive === undefined) throw new Error('apt-get download left no docker-registry package');
  await run('dpkg-deb', ['-x', archive, '.'], { cwd: folder });
  return unpacked;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

/** A registry over what lies in the folder; `guarded` lets only the user read. */
export async function startRegistry(folder: string, guarded: boolean): Promise<RegistryServer> {
  const [binary, port] = await Promise.all([program(), freePort()]);
  const host = `127.0.0.1:${port}`;
  const configuration = path.join(folder, `${port}.yml`);
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'users'), users);
  const guard = guarded ? ['auth:', '  htpasswd:', '    realm: test', `    path: ${path.join(folder, 'users')}`] : [];
  const storage = ['storage:', '  filesystem:', `    rootdirectory: ${path.join(folder, 'data')}`];
  const lines = ['version: 0.1', 'log:', '  level: error', ...storage, 'http:', `  addr: ${host}`, ...guard, ''];
  fs.writeFileSync(configuration, lines.join('\n'));
  const child = spawn(binary, ['serve', configuration], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill();
    await ended;
  };
  const until = Date.now() + startTime;
  for (;;) {
    const status = await fetch(`http://${host}/v2/`).then(
      (answer) => answer.status,
      () => 0,
    );
    if (status === 200 || status === 401) return { host, stop };
    if (child.exitCode !== null || Date.now() > until) {
      await stop();
      throw new Error(`docker-registry did not start (${binary} serve ${configuration})`);
    }
    await sleep(100);
  }
}

/** Uploads a blob by the distribution specification (POST, then PUT) and gives its digest. */
export async function pushBlob(host: string, repository: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const begun = await fetch(`http://${host}/v2/${repository}/blobs/uploads/`, { method: 'POST' });
  const location = begun.headers.get('location');
  if (location === null) throw new Error(`no upload: status ${begun.status}`);
  const url = new URL(location, `http://${host}`);
  url.searchParams.set('digest', digest);
  const headers = { 'content-type': 'application/octet-stream', 'x-request-id': randomUUID() };
  const put = await fetch(url, { method: 'PUT', body: bytes, headers });
  if (put.status !== 201) throw new Error(`upload: status ${put.status}`);
  return digest;
}

/** Uploads a manifest or index under a name and gives its digest. */
export async function pushManifest(
  host: string,
  repository: string,
  name: string,
  mediaType: string,
  document: unknown,
): Promise<string> {
  const body = JSON.stringify(document);
  const headers = { 'content-type': mediaType };
  const put = await fetch(`http://${host}/v2/${repository}/manifests/${name}`, { method: 'PUT', body, headers });
  if (put.status !== 201) throw new Error(`manifest: status ${put.status} ${await put.text()}`);
  return `sha256:${createHash('sha256').update(body).digest('hex')}`;
}
