// @ts-check
// A current Docker engine for the tests: the one that DOCKER_HOST or the default socket reaches when it
// is new enough, else Docker from Debian's testing release, run from a chroot in the user's cache folder.
//
//   node test/engine/engine.mjs start     prints the socket's path
//   node test/engine/engine.mjs status    prints the socket's path, or "stopped" with exit code 1
//   node test/engine/engine.mjs stop
//   node test/engine/engine.mjs docker ARGUMENTS…

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { run } from './command.mjs';
import { cacheFolder, ensureRoot, places, wantsContainerdStore } from './debian.mjs';

export { cacheFolder, run };

/**
 * @typedef {import('./command.mjs').Outcome} Outcome
 * @typedef {import('./command.mjs').RunOptions} RunOptions
 * @typedef {object} Engine
 * @property {string} socket path of the engine's Unix socket
 * @property {'classic' | 'containerd'} imageStore how the engine keeps images, which decides how it counts their sizes
 * @property {string} version
 * @property {boolean} own true for the engine of the cache folder, false for one that was there already
 * @property {string} shareFolder a folder that the docker client sees under the same path: put build contexts below it
 * @property {(args: string[], options?: RunOptions) => Promise<Outcome>} docker runs the client; rejects on a
 *   non-zero exit code unless `allowFailure`
 * @property {() => Promise<void>} stop ends this process's use of it; the engine stops when nobody else uses it
 */

/** The first Docker release whose default builder is BuildKit. */
const OLDEST_MAJOR = 23;
const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/**
 * One GET on the Engine API.
 * @param {string} socket
 * @param {string} target path and query
 * @param {number} [timeoutMs]
 * @returns {Promise<unknown>} the parsed JSON (or the text when it is not JSON); rejects on a status other than 200
 */
export function apiGet(socket, target, timeoutMs = 10_000) {
  return new Promise((resolve, reject) => {
    const request = http.get({ socketPath: socket, path: target, timeout: timeoutMs }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => {
        if (response.statusCode !== 200) return reject(new Error(`${target}: ${response.statusCode} ${text}`));
        try {
          resolve(JSON.parse(text));
        } catch {
          resolve(text);
        }
      });
    });
    request.on('timeout', () => request.destroy(new Error(`${target}: no answer`)));
    request.on('error', reject);
  });
}

/** @param {number} pid */
function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/** @param {string} file */
function readPid(file) {
  try {
    const pid = Number.parseInt(fs.readFileSync(file, 'utf8'), 10);
    return Number.isInteger(pid) && pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** The pid of our running dockerd; a stale pid file whose number now belongs to another program gives undefined. */
function enginePid() {
  const pid = readPid(places().pid);
  if (pid === undefined || !alive(pid)) return undefined;
  try {
    const command = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return command.includes(`unix://${places().socket}`) ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** @param {string} socket */
async function describe(socket) {
  const version = /** @type {{Version: string}} */ (await apiGet(socket, '/version', 5000));
  const info = /** @type {{DriverStatus?: [string, string][]}} */ (await apiGet(socket, '/info'));
  const containerd = (info.DriverStatus ?? []).some(
    ([name, value]) => name === 'driver-type' && value.startsWith('io.containerd.snapshotter'),
  );
  return {
    version: version.Version,
    imageStore: /** @type {'classic' | 'containerd'} */ (containerd ? 'containerd' : 'classic'),
  };
}

/**
 * Holds the lock that lets one process at a time set up, start or stop the engine.
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
async function locked(work) {
  const { base, lock } = places();
  fs.mkdirSync(base, { recursive: true });
  for (;;) {
    try {
      fs.writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    }
    const holder = readPid(lock);
    if (holder === undefined || !alive(holder)) {
      // The pause lets a holder that has only just made the file write its number.
      await sleep(200);
      const again = readPid(lock);
      if (again === holder) fs.rmSync(lock, { force: true });
    } else await sleep(250);
  }
  try {
    return await work();
  } finally {
    fs.rmSync(lock, { force: true });
  }
}

/** Folders that the client in the chroot sees under their own paths. */
function visibleFolders() {
  const { run: runFolder, share } = places();
  return [...new Set([runFolder, share, fs.realpathSync(os.tmpdir()), REPOSITORY])];
}

/** @param {string} text */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** @param {(line: string) => void} log */
async function startOwn(log) {
  const { root, run: runFolder, socket, pid, share, engineLog, data } = places();
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    throw new Error(
      'no usable Docker engine: start one (23 or later, with buildx) and set DOCKER_HOST, or run as root on Debian',
    );
  }
  if (socket.length > 100) throw new Error(`the path of the socket is too long: ${socket}`);
  await ensureRoot(log);
  if (enginePid() !== undefined) {
    if (await answers(socket, 10_000)) return;
    log('the engine that runs does not answer: restarting it');
    await stopOwn();
  }
  for (const folder of [runFolder, share]) fs.mkdirSync(folder, { recursive: true });
  fs.rmSync(socket, { force: true });
  fs.rmSync(pid, { force: true });
  fs.copyFileSync('/etc/resolv.conf', path.join(root, 'etc/resolv.conf'));
  // All mounts live in a mount namespace of the engine's own: they go when it ends, however it ends, so
  // nothing is left to unmount and the tree can be deleted safely. The root has to be a mount point, or
  // `docker import` fails to remount it.
  const mounts = [
    `mount --bind ${quoted(root)} ${quoted(root)}`,
    `cd ${quoted(root)}`,
    ...['proc', 'sys', 'dev'].map((name) => `mount --rbind /${name} ./${name}`),
    'mount -t tmpfs -o mode=755 tmpfs ./run',
    ...visibleFolders().flatMap((folder) => [
      `mkdir -p .${quoted(folder)}`,
      `mount --bind ${quoted(folder)} .${quoted(folder)}`,
    ]),
  ];
  const dockerd = [
    'dockerd',
    '-H',
    `unix://${socket}`,
    `--data-root=${data}`,
    '--exec-root=/run/docker',
    '--pidfile=/run/docker.pid',
    '--iptables=false',
    '--ip6tables=false',
    '--bridge=none',
    `--feature=containerd-snapshotter=${wantsContainerdStore()}`,
  ];
  const script = [
    'set -e',
    ...mounts,
    `echo $$ > ${quoted(pid)}`,
    `exec chroot . /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root ${dockerd.map(quoted).join(' ')}`,
  ].join('\n');
  const output = fs.openSync(engineLog, 'w');
  const child = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', script], {
    detached: true,
    stdio: ['ignore', output, output],
  });
  fs.closeSync(output);
  child.unref();
  if (!(await answers(socket, 60_000, () => child.exitCode === null))) {
    const tail = fs.readFileSync(engineLog, 'utf8').split('\n').slice(-15).join('\n');
    throw new Error(`the Docker engine did not start:\n${tail}`);
  }
}

/** @param {string} socket @param {number} limitMs @param {() => boolean} [goOn] */
async function answers(socket, limitMs, goOn = () => true) {
  for (let waited = 0; waited < limitMs && goOn(); waited += 200) {
    try {
      await apiGet(socket, '/_ping', 2000);
      return true;
    } catch {
      await sleep(200);
    }
  }
  return false;
}

async function stopOwn() {
  const { pid: pidFile, socket } = places();
  const pid = enginePid();
  if (pid !== undefined) {
    process.kill(pid, 'SIGTERM');
    for (let waited = 0; waited < 20_000 && alive(pid); waited += 100) await sleep(100);
    if (alive(pid)) process.kill(pid, 'SIGKILL');
  }
  fs.rmSync(pidFile, { force: true });
  fs.rmSync(socket, { force: true });
}

/** Names of the living users of our engine: process ids, and `hand` when it was started by hand. */
function users() {
  const folder = places().users;
  fs.mkdirSync(folder, { recursive: true });
  return fs.readdirSync(folder).filter((name) => {
    if (name === 'hand' || alive(Number(name))) return true;
    fs.rmSync(path.join(folder, name), { force: true });
    return false;
  });
}

/** @param {string[]} args @param {RunOptions} [options] */
function ownDocker(args, options = {}) {
  const { root, socket, share } = places();
  const pid = enginePid();
  if (pid === undefined) return Promise.reject(new Error('the engine is not running'));
  const variables = {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/root',
    LC_ALL: 'C.UTF-8',
    DOCKER_HOST: `unix://${socket}`,
    ...options.env,
  };
  const line = [
    `--mount=/proc/${pid}/ns/mnt`,
    'chroot',
    root,
    '/usr/bin/env',
    '-i',
    '-C',
    options.cwd ?? share,
    ...Object.entries(variables).map(([name, value]) => `${name}=${value}`),
    'docker',
    ...args,
  ];
  return run('nsenter', line, { ...options, cwd: '/', env: {} });
}

/** An engine that is there already: new enough, with buildx, and reached by a Unix socket. */
async function findPresent() {
  const host = process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock';
  if (!host.startsWith('unix://')) return undefined;
  const socket = host.slice('unix://'.length);
  if (!fs.existsSync(socket)) return undefined;
  try {
    const about = await describe(socket);
    if (Number.parseInt(about.version, 10) < OLDEST_MAJOR) return undefined;
    if (wantsContainerdStore() && about.imageStore !== 'containerd') return undefined;
    await run('docker', ['buildx', 'version']);
    return { socket, ...about };
  } catch {
    return undefined;
  }
}

/**
 * Gives a running engine, setting one up when there is none.
 * @param {{log?: (line: string) => void, byHand?: boolean}} [options] `byHand` keeps it running after this process
 * @returns {Promise<Engine>} rejects with a sentence for people when no engine can be had
 */
export async function startEngine(options = {}) {
  const log = options.log ?? (() => undefined);
  const { socket, share, users: userFolder } = places();
  const present = await findPresent();
  if (present && present.socket !== socket) {
    const shareFolder = path.join(cacheFolder(), 'share');
    fs.mkdirSync(shareFolder, { recursive: true });
    log(`using the Docker engine ${present.version} at ${present.socket}`);
    return {
      ...present,
      own: false,
      shareFolder,
      docker: (args, more = {}) =>
        run('docker', args, {
          cwd: shareFolder,
          ...more,
          env: { DOCKER_HOST: `unix://${present.socket}`, ...more.env },
        }),
      stop: async () => undefined,
    };
  }
  const user = options.byHand ? 'hand' : String(process.pid);
  await locked(async () => {
    await startOwn(log);
    users();
    fs.writeFileSync(path.join(userFolder, user), '');
  });
  const about = await describe(socket);
  log(`Docker engine ${about.version} at ${socket}`);
  return {
    socket,
    ...about,
    own: true,
    shareFolder: share,
    docker: ownDocker,
    stop: () =>
      locked(async () => {
        fs.rmSync(path.join(userFolder, user), { force: true });
        if (users().length === 0) await stopOwn();
      }),
  };
}

/** @param {string[]} argv */
async function main(argv) {
  const log = (/** @type {string} */ line) => process.stderr.write(`${line}\n`);
  const [command, ...rest] = argv;
  switch (command) {
    case 'start': {
      const engine = await startEngine({ log, byHand: true });
      process.stdout.write(`${engine.socket}\n`);
      return 0;
    }
    case 'status': {
      const present = await findPresent();
      if (present) process.stdout.write(`${present.socket}\n`);
      else if (enginePid() !== undefined) process.stdout.write(`${places().socket}\n`);
      else {
        process.stdout.write('stopped\n');
        return 1;
      }
      return 0;
    }
    case 'stop':
      await locked(async () => {
        fs.rmSync(places().users, { recursive: true, force: true });
        await stopOwn();
      });
      return 0;
    case 'docker': {
      const engine = await startEngine({ log: () => undefined, byHand: true });
      const inside = visibleFolders().some((folder) => process.cwd().startsWith(folder));
      const outcome = await engine.docker(rest, {
        allowFailure: true,
        ...(inside || !engine.own ? { cwd: process.cwd() } : {}),
      });
      process.stdout.write(outcome.stdout);
      process.stderr.write(outcome.stderr);
      return outcome.code;
    }
    default:
      log('usage: node test/engine/engine.mjs start | status | stop | docker ARGUMENTS…');
      return 2;
  }
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main(process.argv.slice(2)).then(
    (code) => {
      process.exitCode = code;
    },
    (error) => {
      process.stderr.write(`${error.message}\n`);
      process.exitCode = 1;
    },
  );
}
