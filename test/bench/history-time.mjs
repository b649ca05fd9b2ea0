// @ts-check
// The forecast: from a request to the first answer, on a repository with a long history and many files.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../../scripts/steps.mjs';
import { loadModules } from './modules.mjs';
import { inFolder } from './server-time.mjs';
import { median } from './statistics.mjs';

const dockerfile = [
  'FROM debian:bookworm-slim',
  'WORKDIR /srv/app',
  'COPY folder1/folder10/file0.txt ./',
  'RUN ./prepare',
  'COPY folder1 ./folder1',
  'RUN ./build',
  'COPY . .',
  '',
].join('\n');

/**
 * Makes a repository without a checkout: `files` small files, a hundred in a folder, and `commits` commits that change one to
 * three of them. HEAD is the last.
 * @param {string} folder
 * @param {number} files
 * @param {number} commits
 */
export function makeHistory(folder, files, commits) {
  const path = (/** @type {number} */ file) =>
    `folder${Math.floor(file / 1000)}/folder${Math.floor(file / 100)}/file${file % 100}.txt`;
  /** @type {string[]} */
  const parts = [];
  const put = (/** @type {string} */ name, /** @type {string} */ text) =>
    parts.push(`M 100644 inline ${name}\ndata ${text.length}\n${text}\n`);
  for (let commit = 0; commit < commits; commit++) {
    parts.push(
      `commit refs/heads/main\ncommitter a <a@example.com> ${1_600_000_000 + commit * 3600} +0000\ndata 1\nc\n`,
    );
    if (commit === 0) {
      put('Dockerfile', dockerfile);
      put('.dockerignore', '*.log\n**/node_modules\n.git\n');
      for (let file = 0; file < files; file++) put(path(file), `${file}\n`);
    }
    for (let change = 0; change <= commit % 3; change++) {
      put(path((commit * 7919 + change * 104_729) % files), `${commit} ${change}\n`);
    }
  }
  const git = (/** @type {readonly string[]} */ words, input = '') =>
    execFileSync('git', words, { cwd: folder, input, stdio: ['pipe', 'ignore', 'ignore'] });
  git(['init', '--quiet', '--initial-branch=main']);
  git(['fast-import', '--quiet'], parts.join(''));
}

/**
 * The same for a repository that is made for it and removed after.
 * @param {{ files: number, history: number, commits: number, rounds: number }} size
 */
export function measureHistory({ files, history, commits, rounds }) {
  return inFolder('history', async (folder) => {
    makeHistory(folder, files, history);
    return measureForecast(folder, commits, rounds);
  });
}

/**
 * Milliseconds until a new source has answered the request, in a thread as in the server, and what `git log -n` with the changed
 * paths takes for as many commits in the same run.
 * @param {string} folder a repository
 * @param {number} commits
 * @param {number} rounds
 * @param {string} [workerPath]
 */
export async function measureForecast(folder, commits, rounds, workerPath = join(root, 'dist', 'worker.js')) {
  const modules = await loadModules(
    [
      "export { createForecast } from './server/src/facts/forecast-source';",
      "export { thisMachine } from './server/src/facts/this-machine';",
      "export { systemClock } from './server/src/facts/clock';",
    ].join('\n'),
  );
  const log = { info: () => undefined, warn: (/** @type {string} */ message) => console.error(message) };
  const open = () =>
    modules.createForecast({
      ...modules.thisMachine,
      dockerfilePath: join(folder, 'Dockerfile'),
      contextPath: folder,
      clock: modules.systemClock,
      log,
      readForecast: (/** @type {unknown[]} */ ...asked) => modules.thisMachine.readForecast({ workerPath }, ...asked),
    });
  const answers = [];
  const logs = [];
  for (let round = 0; round < rounds; round++) {
    const loggedAt = performance.now();
    execFileSync('git', ['log', '-n', String(commits), '--raw', '-z', '--no-renames'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    logs.push(performance.now() - loggedAt);
    const source = open();
    const startedAt = performance.now();
    source.request({ commits, build: { buildArguments: {}, platform: 'linux/amd64' }, triggers: {} });
    await source.settled();
    answers.push(performance.now() - startedAt);
    const facts = source.current();
    if (facts.state !== 'ready') throw new Error(facts.reason);
    if (facts.history.commits.length !== commits) throw new Error('not all commits were read');
    source.dispose();
  }
  return { answer: median(answers), log: median(logs) };
}
