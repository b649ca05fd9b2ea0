/** Remote sources of ADD on this machine: a web server and a git repository, which the engine reaches by loopback. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { run } from './engine.mjs';
import { fixedText, type RemoteAddresses } from './instructions';

export interface RemoteSources extends RemoteAddresses {
  /** What is answered to GET /NONCE/NAME. */
  serve(nonce: string, files: Readonly<Record<string, string>>): void;
  close(): Promise<void>;
}

async function makeRepository(folder: string): Promise<string[]> {
  const work = path.join(folder, 'repository.git');
  const git = (...args: string[]) =>
    run('git', ['-c', 'user.name=test', '-c', 'user.email=test@localhost', '-C', work, ...args]);
  fs.mkdirSync(path.join(work, 'docs'), { recursive: true });
  await git('init', '-q', '-b', 'main');
  const commits: string[] = [];
  for (const text of ['first', 'second', 'third']) {
    fs.writeFileSync(path.join(work, 'README'), `${text}\n`);
    fs.writeFileSync(path.join(work, 'docs', 'page'), `page ${text === 'third' ? 'two' : 'one'}\n`);
    await git('add', '-A');
    await git('commit', '-q', '-m', text);
    commits.push((await git('rev-parse', 'HEAD')).stdout.trim());
  }
  await git('config', 'uploadpack.allowAnySHA1InWant', 'true');
  return commits;
}

async function freePort(): Promise<number> {
  const probe = net.createServer();
  await new Promise<void>((done) => probe.listen(0, '127.0.0.1', done));
  const address = probe.address();
  await new Promise((done) => probe.close(done));
  assert.ok(address !== null && typeof address === 'object');
  return address.port;
}

async function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** Starts both; `folder` is an empty folder for the repository. */
export async function startRemoteSources(folder: string): Promise<RemoteSources> {
  const commits = await makeRepository(folder);
  const gitPort = await freePort();
  const options = ['--reuseaddr', '--export-all', `--base-path=${folder}`, '--listen=127.0.0.1', `--port=${gitPort}`];
  const daemon = spawn('git', ['daemon', ...options, folder], { stdio: 'ignore', detached: true });
  for (let tries = 0; !(await answers(gitPort)); tries++) {
    assert.ok(tries < 100 && daemon.exitCode === null, 'git daemon does not answer');
    await new Promise((done) => setTimeout(done, 50));
  }
  const served = new Map<string, string>();
  const server = http.createServer((request, response) => {
    const url = request.url ?? '';
    const fixed = /^\/fixed\/(\w+)$/.exec(url)?.[1];
    const text = fixed === undefined ? served.get(url) : fixedText(fixed);
    if (text === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': 'text/plain' }).end(text);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return {
    web: `http://127.0.0.1:${address.port}`,
    repository: `git://127.0.0.1:${gitPort}/repository.git`,
    commits,
    serve(nonce, files) {
      for (const [name, text] of Object.entries(files)) served.set(`/${nonce}/${name}`, text);
    },
    async close() {
      // The daemon's children are a group of its own.
      if (daemon.pid !== undefined) process.kill(-daemon.pid, 'SIGTERM');
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
