/** The command line program for many calls: each has a process of its own, which was started while the engine built. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Report } from '../../server/src/report/types';
import type { Outcome } from './engine.mjs';
import { PROGRAM, readReport } from './session';

const LOADER = fileURLToPath(new URL('ready-program.cjs', import.meta.url));
/** A call that takes longer is stuck. */
const LIMIT_MS = 60_000;

export class ReadyProgram {
  readonly #program: string;
  /** Started and not used yet. */
  #next: ChildProcess | undefined;

  /** @param program another build of the program */
  constructor(program = PROGRAM) {
    this.#program = program;
  }

  /** Starts the process of the next call, where there is none. */
  prepare(): void {
    this.#next ??= fork(LOADER, [this.#program], { execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  }

  /** Runs it with these words. Its exit code is the caller's to judge. */
  run(words: readonly string[]): Promise<Outcome> {
    this.prepare();
    const child = this.#next;
    this.#next = undefined;
    return new Promise((resolve, reject) => {
      if (child === undefined) throw new Error('no process was started');
      const out: Buffer[] = [];
      const err: Buffer[] = [];
      child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
      child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
      const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
      child.on('error', reject);
      child.on('close', (code) => {
        clearTimeout(timer);
        const text = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString('utf8');
        resolve({ code: code ?? 128, stdout: text(out), stderr: text(err) });
      });
      child.send(words, (error) => {
        if (error !== null) reject(error);
      });
    });
  }

  /** `strata analyze --format json`; fails when the program prints no report. */
  async analyze(words: readonly string[]): Promise<Report> {
    return readReport(words, await this.run(['analyze', ...words, '--format', 'json']));
  }

  /** Ends the process that waits. */
  close(): void {
    this.#next?.kill();
    this.#next = undefined;
  }
}
