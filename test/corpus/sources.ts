/** Dockerfiles below a directory: of plain folders and of bare git directories, which are read at their HEAD. */
import { execFile, spawn } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';

/** A file to check. */
export interface SourceFile {
  /** Path from the directory that was asked for, with `/`. */
  readonly name: string;
  readonly text: string;
}

const run = promisify(execFile);
/** Templates and files about Dockerfiles that carry their name. */
const OTHER =
  /\.(dockerignore|template|tmpl|tpl|j2|jinja2?|in|erb|envsubst|md|go|py|ts|js|json|ya?ml|sh|txt|toml|hcl|lock)$/i;

/** True when a file of this name is a Dockerfile by convention. */
export function isDockerfileName(name: string): boolean {
  if (OTHER.test(name)) return false;
  return /^(Dockerfile|Containerfile)([._-].+)?$/i.test(name) || /\.(dockerfile|containerfile)$/i.test(name);
}

/**
 * Every Dockerfile below `directory`, by name. A bare git directory met on the way counts as the tree of its HEAD.
 * Rejects when the directory cannot be read.
 */
export async function readDockerfiles(directory: string): Promise<readonly SourceFile[]> {
  const files = await walk(directory, directory, isDockerfileName);
  return files.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The files of `directory` (plain or a bare git directory) whose path from it `wanted` accepts. */
export async function readFiles(
  directory: string,
  wanted: (path: string) => boolean,
): Promise<ReadonlyMap<string, string>> {
  const bare = await findBareRepository(directory);
  const files =
    bare === undefined ? await walk(directory, directory, () => true, wanted) : await readTree(bare, '', wanted);
  return new Map(files.map(({ name, text }) => [name, text]));
}

async function walk(
  root: string,
  directory: string,
  byName: (name: string) => boolean,
  byPath: (path: string) => boolean = () => true,
): Promise<SourceFile[]> {
  const prefix = relative(root, directory).split('\\').join('/');
  if (await isBareRepository(directory)) return readTree(directory, prefix, (path) => byName(lastPart(path)));
  const found: SourceFile[] = [];
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) {
      if (entry.name === 'node_modules' || entry.name === '.git') continue;
      found.push(...(await walk(root, path, byName, byPath)));
    } else if (entry.isFile() && byName(entry.name)) {
      const name = relative(root, path).split('\\').join('/');
      if (byPath(name)) found.push({ name, text: await readFile(path, 'utf8') });
    }
  }
  return found;
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

async function isBareRepository(directory: string): Promise<boolean> {
  const parts = await Promise.all(
    ['HEAD', 'objects', 'refs'].map((name) =>
      stat(join(directory, name)).then(
        () => true,
        () => false,
      ),
    ),
  );
  return parts.every(Boolean);
}

/** The bare repositories at and below `directory`, each named by the folder it is met in. */
export async function findBareRepositories(directory: string): Promise<readonly { name: string; path: string }[]> {
  if (await isBareRepository(directory)) return [{ name: directory, path: directory }];
  const found: { name: string; path: string }[] = [];
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name === 'node_modules' || entry.name === '.git') continue;
    const path = join(directory, entry.name);
    const below = await findBareRepositories(path);
    found.push(...below.map((one) => ({ name: entry.name, path: one.path })));
  }
  return found;
}

/** `directory` itself, or the one bare repository right below it. */
async function findBareRepository(directory: string): Promise<string | undefined> {
  if (await isBareRepository(directory)) return directory;
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory() && (await isBareRepository(path))) return path;
  }
  return undefined;
}

async function readTree(repository: string, prefix: string, wanted: (path: string) => boolean): Promise<SourceFile[]> {
  const { stdout } = await run('git', ['--git-dir', repository, 'ls-tree', '-r', '-z', 'HEAD'], {
    maxBuffer: 1 << 28,
  });
  const blobs = stdout.split('\0').flatMap((line) => {
    const match = /^100\d{3} blob ([0-9a-f]+)\t(.+)$/s.exec(line);
    const [, id, path] = match ?? [];
    return id !== undefined && path !== undefined && wanted(path) ? [{ id, path }] : [];
  });
  const contents = await readBlobs(
    repository,
    blobs.map(({ id }) => id),
  );
  return blobs.flatMap(({ path }, index) => {
    const text = contents[index];
    return text === undefined ? [] : [{ name: prefix === '' ? path : `${prefix}/${path}`, text }];
  });
}

/** The blobs' text in order; undefined for one that the repository lacks. */
async function readBlobs(repository: string, ids: readonly string[]): Promise<readonly (string | undefined)[]> {
  const git = spawn('git', ['--git-dir', repository, 'cat-file', '--batch'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const chunks: Buffer[] = [];
  git.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<void>((resolve, reject) => {
    git.on('error', reject);
    git.on('close', () => resolve());
  });
  git.stdin.end(ids.map((id) => `${id}\n`).join(''));
  await ended;
  const output = Buffer.concat(chunks);
  let offset = 0;
  return ids.map(() => {
    const lineEnd = output.indexOf(10, offset);
    const header = output.toString('utf8', offset, lineEnd);
    offset = lineEnd + 1;
    const size = / blob (\d+)$/.exec(header)?.[1];
    if (size === undefined) return undefined;
    const text = output.toString('utf8', offset, offset + Number(size));
    offset += Number(size) + 1;
    return text;
  });
}
