/** The command line as people run it: bundled, in a process of its own. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

const repository = resolve(__dirname, '../../..');

export interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

export interface More {
  readonly input?: string;
  /** Further input once the output matches. */
  readonly inputAfter?: { readonly output: RegExp; readonly input: string };
  readonly folder?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Program {
  /** Runs it with these words; standard input is empty unless given. */
  run(words: readonly string[], more?: More): Promise<Ended>;
  remove(): void;
}

/** Bundles the program as it is now. No engine is asked unless a test names one, and no server. */
export async function bundleProgram(): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), 'strata-program-'));
  await build({
    absWorkingDir: repository,
    entryPoints: { strata: 'server/src/cli.ts', worker: 'server/src/facts/worker.ts' },
    outdir: folder,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    mainFields: ['module', 'main'],
    logLevel: 'error',
  });
  return {
    run: (words, { input = '', inputAfter, folder: cwd = repository, environment = {} } = {}) =>
      new Promise((done, fail) => {
        const child = spawn(process.execPath, [join(folder, 'strata.js'), ...words], {
          cwd,
          stdio: 'pipe',
          env: {
            ...process.env,
            DOCKER_HOST: 'unix:///nonexistent/engine.sock',
            STRATA_NETWORK: 'off',
            NO_COLOR: '',
            ...environment,
          },
        });
        let output = '';
        let further = inputAfter;
        let errors = '';
        child.stdout.setEncoding('utf8').on('data', (text: string) => {
          output += text;
          if (further?.output.test(output)) {
            child.stdin.write(further.input);
            further = undefined;
          }
        });
        child.stderr.setEncoding('utf8').on('data', (text: string) => {
          errors += text;
        });
        child.once('error', fail);
        child.once('close', (code) => done({ code, output, errors }));
        child.stdin.on('error', () => undefined);
        if (inputAfter) child.stdin.write(input);
        else child.stdin.end(input);
      }),
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}
