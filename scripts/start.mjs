// @ts-check
// npm start [FOLDER]: from a fresh clone to an annotated Dockerfile, first in the terminal, then in VS Code.
// npm start -- --terminal stops after the terminal. Only Node's own modules may be imported here at the top:
// the dependencies are installed on the way.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { cacheFolder, calmSettings, findProgram, startBrowserVsCode, writeSettings } from './browser-vscode.mjs';
import { downloadVsCode, hasDisplay } from './electron-vscode.mjs';
import { install } from './install.mjs';
import { root } from './steps.mjs';

const example = join(root, 'examples', 'node-app');

/**
 * @returns {{ folder: string, dockerfile: string, terminalOnly: boolean } | { problem: string }}
 */
function readArguments() {
  const flags = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
  const named = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
  const unknown = flags.find((flag) => flag !== '--terminal');
  if (unknown) return { problem: `unknown option ${unknown}; there is only --terminal` };
  if (named.length > 1) return { problem: `one folder at most, got ${named.length}: ${named.join(' ')}` };
  // npm runs scripts in the package's folder; INIT_CWD is where the person is.
  const folder = named[0] ? resolve(process.env.INIT_CWD ?? process.cwd(), named[0]) : example;
  if (!existsSync(folder)) return { problem: `${folder} does not exist` };
  if (!statSync(folder).isDirectory()) return { problem: `${folder} is not a folder` };
  const dockerfile = readdirSync(folder)
    .sort()
    .find((name) => /^(?:Dockerfile|Containerfile)(?:\..*)?$/i.test(name) && !name.endsWith('.dockerignore'));
  if (!dockerfile) return { problem: `${folder} holds no Dockerfile` };
  return { folder, dockerfile: join(folder, dockerfile), terminalOnly: flags.includes('--terminal') };
}

/** Sentences for the person; the report itself goes to stdout. */
function say(/** @type {string} */ sentence) {
  console.error(sentence);
}

/**
 * Runs a program in this terminal.
 * @returns {Promise<number>} exit code
 */
function runHere(/** @type {string} */ program, /** @type {readonly string[]} */ args) {
  return new Promise((done, reject) => {
    const child = spawn(program, [...args], { stdio: 'inherit' });
    child.once('error', reject);
    child.once('exit', (code) => done(code ?? 1));
  });
}

/**
 * @returns {Promise<{ executable: string, args?: readonly string[], why: string } | { why: string }>} a VS Code of this machine, or why none
 */
async function findVsCode() {
  const chosen = process.env.VSCODE_EXECUTABLE;
  if (chosen) return { executable: chosen, why: 'VSCODE_EXECUTABLE names it' };
  const code = findProgram('code');
  if (code) return { executable: code, why: '`code` is on the PATH' };
  if (!hasDisplay()) return { why: 'there is no `code` on the PATH and no display for a window' };
  const downloaded = await downloadVsCode(say);
  if ('reason' in downloaded) {
    return { why: `there is no \`code\` on the PATH and VS Code cannot be downloaded (${downloaded.reason})` };
  }
  const own = join(root, '.cache', 'vscode-state');
  const args = [`--user-data-dir=${join(own, 'user-data')}`, `--extensions-dir=${join(own, 'extensions')}`];
  const why = 'there is no `code` on the PATH, so this copy was downloaded';
  return { executable: downloaded.executable, args, why };
}

/**
 * Opens the folder in a VS Code window of this machine and waits until it is closed.
 * @param {string} executable
 * @param {readonly string[]} ownArgs
 * @param {string} folder
 * @param {string} dockerfile
 * @returns {Promise<{ code: number, interrupted: boolean }>}
 */
function openInVsCode(executable, ownArgs, folder, dockerfile) {
  const args = [`--extensionDevelopmentPath=${root}`, '--new-window', '--wait', ...ownArgs];
  // Chromium's sandbox does not work for root, and VS Code asks root for a folder of its own.
  if (process.getuid?.() === 0) {
    args.push('--no-sandbox');
    if (ownArgs.length === 0) args.push(`--user-data-dir=${join(root, '.cache', 'vscode-state', 'root')}`);
  }
  args.push(folder, '--goto', dockerfile);
  // A batch file needs a shell, and the shell needs the quotes.
  const batch = process.platform === 'win32' && /\.(?:cmd|bat)$/i.test(executable);
  const child = batch
    ? spawn(`"${executable}" ${args.map((argument) => `"${argument}"`).join(' ')}`, { stdio: 'inherit', shell: true })
    : spawn(executable, args, { stdio: 'inherit' });
  say('Close its window or press Ctrl-C here to end.');
  return new Promise((done) => {
    let interrupted = false;
    const end = () => {
      interrupted = true;
      child.kill();
    };
    process.once('SIGINT', end);
    process.once('SIGTERM', end);
    const finish = (/** @type {number} */ code) => {
      process.off('SIGINT', end);
      process.off('SIGTERM', end);
      done({ code, interrupted });
    };
    child.once('error', (error) => {
      say(error.message);
      finish(1);
    });
    child.once('exit', (code) => finish(code ?? 1));
  });
}

/**
 * Serves the folder in the browser VS Code until Ctrl-C.
 * @returns {Promise<number>} exit code
 */
async function openInBrowser(/** @type {string} */ folder, /** @type {string} */ dockerfile) {
  const state = join(cacheFolder(), 'browser-state');
  mkdirSync(state, { recursive: true });
  writeSettings(state, calmSettings);
  const server = await startBrowserVsCode({ state, log: say });
  let wanted = false;
  const end = async () => {
    if (wanted) return;
    wanted = true;
    say('\nStopping VS Code …');
    await server.stop();
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
  say('\nOpen this address in a browser:');
  console.log(`\n  ${server.url({ folder, extension: root, file: dockerfile })}\n`);
  say('Press Ctrl-C here to end.');
  const code = await server.ended;
  if (wanted) return 0;
  say(`VS Code ended by itself with exit code ${code}.\n${server.output()}`);
  return 1;
}

/** @returns {Promise<number>} exit code */
async function start() {
  const wanted = readArguments();
  if ('problem' in wanted) {
    say(`start: ${wanted.problem}\nusage: npm start [FOLDER]   or   npm start -- --terminal [FOLDER]`);
    return 2;
  }
  if (!(await install())) return 1;
  say('Building Strata …');
  const { build } = await import('./build.mjs');
  if (!(await build({ quiet: true }))) return 1;

  const shown = relative(process.env.INIT_CWD ?? process.cwd(), wanted.dockerfile) || wanted.dockerfile;
  say(`\nstrata analyze ${shown.startsWith('..') ? wanted.dockerfile : shown}\n`);
  const analysis = await runHere(process.execPath, [join(root, 'dist', 'strata.js'), 'analyze', wanted.dockerfile]);
  if (analysis !== 0) say(`strata analyze ended with exit code ${analysis}`);
  if (wanted.terminalOnly) return analysis;

  const editor = await findVsCode();
  let why = editor.why;
  if ('executable' in editor) {
    say(`\nOpening ${wanted.folder} in ${editor.executable}, because ${editor.why}.`);
    const { code, interrupted } = await openInVsCode(
      editor.executable,
      editor.args ?? [],
      wanted.folder,
      wanted.dockerfile,
    );
    if (code === 0 || interrupted) return 0;
    why = `${editor.executable} ended with exit code ${code}`;
  }
  say(`\nOpening ${wanted.folder} in a VS Code for the browser, because ${why}.`);
  return openInBrowser(wanted.folder, wanted.dockerfile);
}

try {
  process.exitCode = await start();
} catch (error) {
  say(`start: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
