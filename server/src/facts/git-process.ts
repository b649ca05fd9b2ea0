/** Runs git without a shell, bounded in time and output, with everything switched off that a repository could make it run. */
import { spawn } from 'node:child_process';
import { access } from 'node:fs/promises';
import { devNull } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { t } from '../localize';

export type GitAnswer =
  | { readonly kind: 'ok'; readonly output: Buffer }
  /** Git ended with an error; what it said, cut. */
  | { readonly kind: 'error'; readonly message: string }
  /** Git could not be run, or did not finish. */
  | { readonly kind: 'failed'; readonly reason: string };

export interface GitRun {
  readonly folder: string;
  readonly arguments: readonly string[];
  /** Given to git's standard input. */
  readonly input?: string;
  readonly signal: AbortSignal;
}

const deadline = 30_000;
const maximumOutput = 256_000_000;
const maximumMessage = 2_000;

/** A hook, a file-system monitor, a pager or a prompt must not run; locks must not be taken; nothing is fetched. */
const safety: readonly string[] = [
  '--no-pager',
  '--literal-pathspecs',
  ...['-c', 'core.fsmonitor=false'],
  ...['-c', `core.hooksPath=${devNull}`],
  ...['-c', 'core.quotePath=false'],
  ...['-c', 'submodule.recurse=false'],
];

/** Runs git in a folder. Rejects only with the signal's reason. */
export async function runGit(run: GitRun): Promise<GitAnswer> {
  run.signal.throwIfAborted();
  const program = await findGit();
  if (program === undefined) return { kind: 'failed', reason: missing() };
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...safety, ...run.arguments], {
      cwd: run.folder,
      env: environment(),
      shell: false,
      windowsHide: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const chunks: Buffer[] = [];
    let length = 0;
    let message = '';
    let problem: string | undefined;
    const stop = (reason: string): void => {
      problem ??= reason;
      child.kill('SIGKILL');
    };
    const timer = setTimeout(
      () => stop(t('Git did not answer within {0} s in {1}.', deadline / 1000, run.folder)),
      deadline,
    );
    const aborted = (): void => void child.kill('SIGKILL');
    run.signal.addEventListener('abort', aborted, { once: true });
    const finish = (answer: GitAnswer): void => {
      clearTimeout(timer);
      run.signal.removeEventListener('abort', aborted);
      if (run.signal.aborted) reject(run.signal.reason);
      else resolve(answer);
    };
    child.stdout.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > maximumOutput) stop(t('The answer of git in {0} is too large.', run.folder));
      else chunks.push(chunk);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (message.length < maximumMessage) message += text.slice(0, maximumMessage);
    });
    // Git may end before it has read everything; its exit code tells the story.
    child.stdin.on('error', () => undefined);
    child.once('error', (error) => {
      const code = 'code' in error ? error.code : undefined;
      // A folder that does not exist is reported as if the program were missing.
      const reason =
        code === 'ENOENT' ? t('Git could not be started in {0}. Does the folder exist?', run.folder) : error.message;
      finish({ kind: 'failed', reason });
    });
    child.once('close', (code) => {
      if (problem !== undefined) finish({ kind: 'failed', reason: problem });
      else if (code === 0) finish({ kind: 'ok', output: Buffer.concat(chunks, length) });
      else finish({ kind: 'error', message: message.trim() });
    });
    child.stdin.end(run.input ?? '');
  });
}

function missing(): string {
  return t('Git was not found on the PATH. Install it, or choose another baseline.');
}

/** What a surrounding git command (a hook) says of its own repository. */
const ofAnotherRepository = /^GIT_(?:DIR|WORK_TREE|INDEX_FILE|PREFIX|NAMESPACE|OBJECT_DIRECTORY|COMMON_DIR)$/i;

function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !ofAnotherRepository.test(name));
  return {
    ...Object.fromEntries(kept),
    LC_ALL: 'C',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_LAZY_FETCH: '1',
    GIT_TRACE: '0',
  };
}

let found: Promise<string | undefined> | undefined;

/**
 * Git's program file. Only absolute folders of the PATH are looked at: on Windows, starting a program by its bare name
 * would take one that lies in the working folder, which is the repository being looked at.
 */
function findGit(): Promise<string | undefined> {
  found ??= search(process.env.PATH ?? process.env.Path ?? '', process.platform === 'win32' ? 'git.exe' : 'git');
  return found;
}

async function search(path: string, name: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    const file = join(folder, name);
    const exists = await access(file).then(
      () => true,
      () => false,
    );
    if (exists) return file;
  }
  found = undefined;
  return undefined;
}
