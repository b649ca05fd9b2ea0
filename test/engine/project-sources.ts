/**
 * Where the files of real projects come from. Nothing of other people's repositories is kept here: they are read at a
 * given commit from git directories below STRATA_PROJECTS, or else fetched from GitHub where it can be reached.
 */
import fs from 'node:fs';
import path from 'node:path';
import { cacheFolder, run } from './engine.mjs';
import type { Project, ProjectFile } from './project';

const fetchTimeout = 60_000;

/** `OWNER+NAME/repo`, `OWNER/NAME.git` and whatever else people call their clones. */
function candidates(folder: string, repository: string): string[] {
  const [owner = '', name = ''] = repository.split('/');
  const homes = [path.join(folder, `${owner}+${name}`), path.join(folder, owner, name), path.join(folder, name)];
  return homes.flatMap((home) => [path.join(home, 'repo'), path.join(home, '.git'), `${home}.git`, home]);
}

async function holds(gitFolder: string, commit: string): Promise<boolean> {
  if (!fs.existsSync(path.join(gitFolder, 'HEAD'))) return false;
  const found = await run('git', ['--git-dir', gitFolder, 'cat-file', '-e', `${commit}^{commit}`], {
    allowFailure: true,
  });
  return found.code === 0;
}

async function fetched(project: Project): Promise<string | undefined> {
  const gitFolder = path.join(cacheFolder(), 'projects', `${project.repository.replace('/', '+')}.git`);
  if (await holds(gitFolder, project.commit)) return gitFolder;
  fs.mkdirSync(gitFolder, { recursive: true });
  await run('git', ['init', '--bare', '-q', gitFolder]);
  const from = `https://github.com/${project.repository}`;
  const options = ['--git-dir', gitFolder, 'fetch', '-q', '--depth', '1', from, project.commit];
  const outcome = await run('git', options, {
    allowFailure: true,
    timeoutMs: fetchTimeout,
    env: { GIT_TERMINAL_PROMPT: '0' },
  });
  return outcome.code === 0 ? gitFolder : undefined;
}

/**
 * The git directory that holds a project's commit; undefined when it is neither below STRATA_PROJECTS nor to be had
 * from GitHub.
 */
export async function findRepository(project: Project): Promise<string | undefined> {
  const folder = process.env.STRATA_PROJECTS;
  if (folder === undefined) return fetched(project);
  for (const candidate of candidates(folder, project.repository)) {
    if (await holds(candidate, project.commit)) return candidate;
  }
  return undefined;
}

/** The build context as committed: paths within it to content and mode. Links are not among what projects here need. */
export async function readSources(project: Project, gitFolder: string): Promise<Map<string, ProjectFile>> {
  const tree = `${project.commit}:${project.context}`;
  const listed = await run('git', ['--git-dir', gitFolder, 'ls-tree', '-r', '-z', tree]);
  const files = new Map<string, ProjectFile>();
  for (const line of listed.stdout.split('\0')) {
    const found = /^(100644|100755) blob ([0-9a-f]+)\t(.*)$/.exec(line);
    if (found?.[1] === undefined || found[2] === undefined || found[3] === undefined) continue;
    const name = found[3];
    const wanted = project.files?.some((each) => name === each || name.startsWith(`${each}/`)) ?? true;
    if (!wanted && name !== project.dockerfile) continue;
    files.set(name, {
      content: await contentOf(gitFolder, found[2]),
      mode: found[1] === '100755' ? 0o755 : 0o644,
      touched: 0,
    });
  }
  return files;
}

/** Through base64, because a program's output is read as text. */
async function contentOf(gitFolder: string, blob: string): Promise<Buffer> {
  const piped = await run('sh', ['-c', 'git --git-dir "$0" cat-file blob "$1" | base64', gitFolder, blob]);
  return Buffer.from(piped.stdout, 'base64');
}
