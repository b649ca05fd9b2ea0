// @ts-check
// Runs programs for the tests against a real engine.

import { spawn } from 'node:child_process';
import fs from 'node:fs';

/**
 * @typedef {{code: number, stdout: string, stderr: string}} Outcome what a program left
 * @typedef {{cwd?: string, env?: Record<string, string>, input?: string | Buffer | import('node:stream').Readable,
 *   allowFailure?: boolean, timeoutMs?: number}} RunOptions
 */

/**
 * Runs a program to its end.
 * @param {string} program
 * @param {string[]} args
 * @param {RunOptions & {logFile?: string}} [options]
 * @returns {Promise<Outcome>} rejects when it cannot start, times out, or ends with another code than 0
 *   (unless `allowFailure`)
 */
export function run(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    /** @type {Buffer[]} */
    const out = [];
    /** @type {Buffer[]} */
    const err = [];
    const log = options.logFile ? fs.createWriteStream(options.logFile, { flags: 'a' }) : undefined;
    log?.write(`$ ${program} ${args.join(' ')}\n`);
    child.stdout.on('data', (chunk) => {
      out.push(chunk);
      log?.write(chunk);
    });
    child.stderr.on('data', (chunk) => {
      err.push(chunk);
      log?.write(chunk);
    });
    const timer = options.timeoutMs ? setTimeout(() => child.kill('SIGKILL'), options.timeoutMs) : undefined;
    child.on('error', (error) => {
      clearTimeout(timer);
      log?.end();
      reject(new Error(`${program} did not start: ${error.message}`));
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      log?.end();
      const outcome = {
        code: code ?? 128,
        stdout: Buffer.concat(out).toString('utf8'),
        stderr: Buffer.concat(err).toString('utf8'),
      };
      if (outcome.code === 0 || options.allowFailure) resolve(outcome);
      else
        reject(
          new Error(
            `${program} ${args.join(' ')} ended with ${signal ?? `code ${code}`}\n${outcome.stderr.slice(-4000)}`,
          ),
        );
    });
    // A program that ends before it has read its input closes the pipe; its exit code tells the story.
    child.stdin.on('error', () => undefined);
    if (options.input === undefined) child.stdin.end();
    else if (typeof options.input === 'string' || Buffer.isBuffer(options.input)) child.stdin.end(options.input);
    else options.input.pipe(child.stdin);
  });
}
