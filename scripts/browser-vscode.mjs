// @ts-check
// VS Code in the browser, for machines without a VS Code of their own: the VS Code server and workbench that the npm
// package code-server carries, started without code-server's wrapper.
// node scripts/browser-vscode.mjs sets it up; with a FOLDER it also serves it until Ctrl-C.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { formatDuration, isMain, npmProgram, run } from './steps.mjs';

/** The last version whose server runs with Node 20; it carries VS Code 1.100. */
const version = '4.100.3';

/** Native modules of the server. Only the first two keep it from starting; without the others a part is missing. */
const nativeModules = [
  { name: '@vscode/spdlog', required: true },
  { name: 'native-watchdog', required: true },
  { name: '@parcel/watcher', required: false },
  { name: '@vscode/deviceid', required: false },
  { name: 'kerberos', required: false },
  { name: 'node-pty', required: false },
];

/** Debian packages, and how to see that they need not be installed. */
const debianPackages = [
  { name: 'ripgrep', present: () => findProgram('rg') !== undefined },
  { name: 'libkrb5-dev', present: () => existsSync('/usr/include/krb5.h') },
  { name: 'pkg-config', present: () => findProgram('pkg-config') !== undefined },
];

/** The machine's folder for what tests download: outside the repository, so that every clone shares it. */
export function cacheFolder() {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'strata-test');
}

/**
 * @param {string} name
 * @returns {string | undefined} the program's absolute path when it is on the PATH
 */
export function findProgram(name) {
  const endings = process.platform === 'win32' ? ['.exe', '.cmd', '.bat'] : [''];
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const ending of endings) {
      const path = join(folder, name + ending);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // Not in this folder.
      }
    }
  }
  return undefined;
}

/**
 * Installs Debian packages that are missing, where that is possible without asking anybody.
 * @param {readonly { name: string, present: () => boolean }[]} packages
 * @param {(message: string) => void} log
 */
export async function installDebianPackages(packages, log) {
  const missing = packages.filter((each) => !each.present()).map((each) => each.name);
  if (missing.length === 0) return;
  if (!existsSync('/etc/debian_version') || process.getuid?.() !== 0) {
    log(`Missing on this machine (install them when something fails): ${missing.join(', ')}`);
    return;
  }
  log(`Installing Debian packages: ${missing.join(' ')} …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const update = await run('apt-get', ['update', '-q'], { env, quiet: true });
  const install = await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...missing], {
    env,
    quiet: true,
  });
  if (install.code !== 0) log(`apt-get could not install them:\n${lastLines(update.output + install.output)}`);
}

/** @returns {string} */
function lastLines(/** @type {string} */ text) {
  return text.trim().split('\n').slice(-8).join('\n');
}

/**
 * Installs the browser VS Code into the cache folder; at once when it is there.
 * @param {(message: string) => void} [log] takes progress
 * @returns {Promise<string>} path of the server's program
 * @throws when it cannot be installed, with the reason and the way out
 */
export async function setUpBrowserVsCode(log = console.error) {
  const folder = join(cacheFolder(), `code-server-${version}`);
  const serverOf = (/** @type {string} */ base) => join(base, 'node_modules', 'code-server', 'lib', 'vscode');
  const program = join(serverOf(folder), 'out', 'server-main.js');
  const done = join(folder, 'set-up');
  if (existsSync(done)) return program;

  const started = performance.now();
  log(`Setting up VS Code for the browser in ${folder} (once; about a minute, 400 MB) …`);
  await installDebianPackages(debianPackages, log);
  // Another run may set up at the same time; the first that finishes wins.
  const partial = `${folder}.${process.pid}`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  try {
    writeFileSync(join(partial, 'package.json'), '{ "private": true }\n');
    const npm = npmProgram();
    const quietly = ['--no-audit', '--no-fund', '--loglevel=error'];
    const npmRun = (/** @type {string[]} */ args, /** @type {string} */ cwd) =>
      run(npm.program, [...npm.args, ...args, ...quietly], { cwd, quiet: true });

    log(`  downloading code-server ${version} from the npm registry …`);
    const download = await npmRun(['install', '--ignore-scripts', `code-server@${version}`], partial);
    if (download.code !== 0) {
      throw new Error(
        `npm could not install code-server ${version}; is the registry reachable?\n${lastLines(download.output)}`,
      );
    }
    log('  installing what its server needs …');
    const server = serverOf(partial);
    const dependencies = await npmRun(['install', '--ignore-scripts', '--omit=dev'], server);
    if (dependencies.code !== 0) {
      throw new Error(`npm could not install the VS Code server's packages.\n${lastLines(dependencies.output)}`);
    }
    log('  compiling its native modules …');
    for (const { name, required } of nativeModules) {
      const { code, output } = await npmRun(['rebuild', name], server);
      // node-pty's own last step fails after its addon is built.
      if (code === 0 || name === 'node-pty') continue;
      if (required)
        throw new Error(`${name} does not compile; a C++ compiler, make and Python are needed.\n${lastLines(output)}`);
      log(`  ${name} does not compile; going on without it`);
    }
    const ripgrep = findProgram('rg');
    if (ripgrep) {
      const bin = join(server, 'node_modules', '@vscode', 'ripgrep', 'bin');
      mkdirSync(bin, { recursive: true });
      symlinkSync(ripgrep, join(bin, process.platform === 'win32' ? 'rg.exe' : 'rg'));
    }
    writeFileSync(join(partial, 'set-up'), `${new Date().toISOString()}\n`);
    if (!existsSync(done)) {
      rmSync(folder, { recursive: true, force: true });
      renameSync(partial, folder);
    }
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  log(`  ready after ${formatDuration(performance.now() - started)}`);
  return program;
}

/** @returns {Promise<number>} a port of the loopback interface that nothing listens on */
function freePort() {
  return new Promise((resolvePort, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolvePort(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/**
 * @typedef {object} BrowserVsCode
 * @property {string} origin such as http://127.0.0.1:41234
 * @property {(options: { folder: string, file?: string, extension?: string, tests?: string }) => string} url address of a window
 * @property {() => string} output what the server has printed
 * @property {Promise<number>} ended resolves with the exit code when the server ends
 * @property {() => Promise<void>} stop ends the server and its extension hosts
 */

/**
 * Starts the server on a free port.
 * @param {object} options
 * @param {string} options.state folder for user data and extensions; made when missing
 * @param {(message: string) => void} [options.log]
 * @returns {Promise<BrowserVsCode>}
 */
export async function startBrowserVsCode({ state, log = console.error }) {
  const program = await setUpBrowserVsCode(log);
  const port = await freePort();
  // The window can read and run what this user can, so other users of the machine must not open it.
  const token = randomBytes(16).toString('hex');
  mkdirSync(state, { recursive: true });
  const tokenFile = join(state, 'connection-token');
  writeFileSync(tokenFile, token, { mode: 0o600 });
  const child = spawn(
    process.execPath,
    [
      program,
      ...[
        '--host',
        '127.0.0.1',
        '--port',
        String(port),
        '--connection-token-file',
        tokenFile,
        '--accept-server-license-terms',
      ],
      ...stateArguments(state),
      ...['--telemetry-level', 'off'],
    ],
    // A process group of its own, so that the extension hosts end with the server.
    { stdio: ['ignore', 'pipe', 'pipe'], detached: process.platform !== 'win32' },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  let running = true;
  /** @type {Promise<number>} */
  const ended = new Promise((resolveEnd) => {
    child.once('error', (error) => {
      output += error.message;
      running = false;
      resolveEnd(1);
    });
    child.once('exit', (code) => {
      running = false;
      resolveEnd(code ?? 0);
    });
  });
  const endNow = (/** @type {NodeJS.Signals} */ signal) => {
    if (child.pid === undefined) return;
    try {
      if (process.platform === 'win32') spawn('taskkill', ['/pid', String(child.pid), '/t', '/f']);
      else process.kill(-child.pid, signal);
    } catch {
      // The whole group has ended already.
    }
  };
  const atExit = () => endNow('SIGKILL');
  process.once('exit', atExit);
  const stop = async () => {
    endNow('SIGTERM');
    const killer = setTimeout(() => endNow('SIGKILL'), 3000);
    await ended;
    clearTimeout(killer);
    // Extension hosts outlive the server by some seconds otherwise.
    endNow('SIGKILL');
    process.off('exit', atExit);
  };

  const origin = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + 60_000;
  while (!(await answers(origin))) {
    if (!running || Date.now() > deadline) {
      await stop();
      throw new Error(`The browser VS Code did not start.\n${lastLines(output)}`);
    }
    await new Promise((wake) => setTimeout(wake, 150));
  }
  return {
    origin,
    url: ({ folder, file, extension, tests }) => {
      const remote = (/** @type {string} */ path) => `vscode-remote://127.0.0.1:${port}${pathToFileURL(path).pathname}`;
      const payload = [
        ...(extension ? [['extensionDevelopmentPath', remote(extension)]] : []),
        ...(tests ? [['extensionTestsPath', remote(tests)]] : []),
        ...(file ? [['openFile', remote(file)]] : []),
        ['skipWelcome', 'true'],
      ];
      const query = new URLSearchParams({
        tkn: token,
        folder: pathToFileURL(folder).pathname,
        payload: JSON.stringify(payload),
      });
      return `${origin}/?${query}`;
    },
    output: () => output,
    ended,
    stop,
  };
}

/** @returns {string[]} */
function stateArguments(/** @type {string} */ state) {
  return ['--user-data-dir', join(state, 'user-data'), '--extensions-dir', join(state, 'extensions')];
}

async function answers(/** @type {string} */ origin) {
  try {
    return (await fetch(`${origin}/version`)).ok;
  } catch {
    return false;
  }
}

/**
 * Settings for every window of the server that uses this state folder. What a person has set there stays.
 * @param {string} state
 * @param {Readonly<Record<string, unknown>>} settings
 */
export function writeSettings(state, settings) {
  const file = join(state, 'user-data', 'User', 'settings.json');
  mkdirSync(join(file, '..'), { recursive: true });
  /** @type {Record<string, unknown>} */
  let present = {};
  if (existsSync(file)) {
    try {
      present = JSON.parse(readFileSync(file, 'utf8'));
    } catch {
      // Written by hand, with comments: it is the person's own.
      return;
    }
  }
  writeFileSync(file, `${JSON.stringify({ ...settings, ...present }, undefined, 2)}\n`);
}

/** What a window needs to show a folder without first asking things that have nothing to do with it. */
export const calmSettings = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'extensions.ignoreRecommendations': true,
  'git.openRepositoryInParentFolders': 'never',
  // As on the desktop; in the browser VS Code saves by itself otherwise.
  'files.autoSave': 'off',
};

/**
 * Installs a packaged extension for the server that uses this state folder.
 * @param {string} state
 * @param {string} vsix
 */
export async function installExtension(state, vsix) {
  const program = await setUpBrowserVsCode();
  mkdirSync(join(state, 'user-data'), { recursive: true });
  mkdirSync(join(state, 'extensions'), { recursive: true });
  return run(
    process.execPath,
    [program, ...stateArguments(state), '--accept-server-license-terms', '--install-extension', vsix],
    { quiet: true },
  );
}

if (isMain(import.meta.url)) {
  const folder = process.argv[2];
  const program = await setUpBrowserVsCode();
  if (folder) {
    const state = join(cacheFolder(), 'browser-state');
    writeSettings(state, calmSettings);
    const server = await startBrowserVsCode({ state });
    console.log(server.url({ folder: resolve(folder) }));
    process.once('SIGINT', () => server.stop());
    await server.ended;
  } else console.log(program);
}
