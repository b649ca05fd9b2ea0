// @ts-check
// Runs the programs a script is made of, one named step after the other. Only Node's own modules: it has to work
// before the dependencies are installed.
import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's top folder, absolute. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Where bundled test files lie: beside the packages, which are found from there. */
export const bundledTests = join(root, 'node_modules', '.cache', 'strata-tests');

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd] working folder; the repository by default
 * @property {NodeJS.ProcessEnv} [env] complete environment; this process's by default
 * @property {boolean} [quiet] keep the output back; it is in the result either way
 */

/**
 * Runs a program and shows its output as it comes.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<{ code: number, output: string }>} exit code (1 when a signal ended it) and everything it printed
 */
export function run(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args], {
      cwd: options.cwd ?? root,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
      if (!options.quiet) process.stdout.write(chunk);
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
      if (!options.quiet) process.stderr.write(chunk);
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/**
 * Runs a Node script with this Node.
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 */
export function runNode(args, options) {
  return run(process.execPath, args, options);
}

/**
 * How to call npm without a shell, also on Windows, where `npm` is a batch file that cannot be started directly.
 * @returns {{ program: string, args: string[] }}
 */
export function npmProgram() {
  const nodeDir = dirname(process.execPath);
  const candidates = [
    process.env.npm_execpath,
    join(nodeDir, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(nodeDir, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ];
  const cli = candidates.find((path) => path?.endsWith('npm-cli.js') && existsSync(path));
  return cli ? { program: process.execPath, args: [cli] } : { program: 'npm', args: [] };
}

/**
 * @param {number} milliseconds
 * @returns {string} such as `850 ms` or `12.3 s`
 */
export function formatDuration(milliseconds) {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

/**
 * @param {number} bytes
 * @returns {string} decimal units, as Docker prints them
 */
export function formatBytes(bytes) {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(2)} MB`;
}

/**
 * True when this file is the one Node was started with, so that a script can also be imported.
 * @param {string} moduleUrl `import.meta.url` of the asking module
 */
export function isMain(moduleUrl) {
  return process.argv[1] !== undefined && fileURLToPath(moduleUrl) === realpathSync(process.argv[1]);
}
