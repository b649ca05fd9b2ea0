/** Git behind `GitPort`: plumbing commands and the reading of their output. */
import { resolve } from 'node:path';
import { t } from '../localize';
import { type GitAnswer, runGit } from './git-process';
import { isoDateOf } from './json-values';
import type { Failable, GitCommit, GitLocation, GitPort, GitTreeEntry } from './ports';

/** Texts (Dockerfile, ignore file) larger than this are no texts that people wrote. */
const maximumTextBytes = 16_000_000;

/** Git as installed on this machine. */
export function createGit(): GitPort {
  return { locate, commit, tree, texts, modified };
}

async function locate(folder: string, signal: AbortSignal): Promise<Failable<GitLocation>> {
  const answer = await runGit({
    folder,
    arguments: ['rev-parse', '--show-toplevel', '--absolute-git-dir', '--show-prefix'],
    signal,
  });
  if (answer.kind !== 'ok') return gitFailure(answer, folder);
  const [root = '', gitFolder = '', prefix = ''] = answer.output.toString('utf8').split(/\r?\n/);
  return { kind: 'ok', value: { root: resolve(root), gitFolder: resolve(gitFolder), prefix } };
}

async function commit(folder: string, revision: string, signal: AbortSignal): Promise<Failable<GitCommit>> {
  const named = await runGit({
    folder,
    arguments: ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`],
    signal,
  });
  if (named.kind === 'failed') return named;
  const id = named.kind === 'ok' ? named.output.toString('latin1').trim() : '';
  if (!/^[0-9a-f]{40,64}$/.test(id)) {
    if (named.kind === 'error' && named.message !== '') return gitFailure(named, folder);
    return {
      kind: 'failed',
      reason:
        revision === 'HEAD'
          ? t('The repository of {0} has no commit yet.', folder)
          : t('The repository of {0} has no revision "{1}".', folder, revision),
    };
  }
  const answer = await runGit({
    folder,
    arguments: ['log', '-1', '--no-show-signature', '--no-notes', '--no-color', '--format=%H%x00%cI%x00%s', id, '--'],
    signal,
  });
  if (answer.kind !== 'ok') return gitFailure(answer, folder);
  const [hash = id, at = '', subject = ''] = answer.output.toString('utf8').trimEnd().split('\0');
  return { kind: 'ok', value: { revision: hash, at: isoDateOf(at) ?? at, subject: subject.slice(0, 200) } };
}

async function tree(
  folder: string,
  revision: string,
  prefix: string,
  signal: AbortSignal,
): Promise<Failable<readonly GitTreeEntry[]>> {
  const answer = await runGit({
    folder,
    arguments: ['ls-tree', '-r', '-z', '--full-tree', `${revision}:${prefix.replace(/\/$/, '')}`],
    signal,
  });
  if (answer.kind === 'error' && /not a valid object name|does not exist in/i.test(answer.message)) {
    // The folder is not in the commit: nothing is below it.
    return { kind: 'ok', value: [] };
  }
  if (answer.kind !== 'ok') return gitFailure(answer, folder);
  const entries = readTree(answer.output);
  const links = entries.filter((entry) => entry.type === 'symlink');
  if (links.length === 0) return { kind: 'ok', value: entries };
  const targets = await contents(
    folder,
    links.map((link) => link.blob),
    signal,
  );
  if (targets.kind === 'failed') return targets;
  const byBlob = new Map(links.map((link, index) => [link.blob, targets.value[index]]));
  return {
    kind: 'ok',
    value: entries.map((entry) => {
      const linkTarget = entry.type === 'symlink' ? byBlob.get(entry.blob) : undefined;
      return linkTarget === undefined ? entry : { ...entry, linkTarget };
    }),
  };
}

/**
 * Reads `ls-tree -r -z`: `<mode> <type> <object>\t<path>\0`. Sizes (`-l`) are not asked for: git would have to open every
 * object, which takes seconds in a large tree and a network in a partial clone.
 */
export function readTree(output: Buffer): GitTreeEntry[] {
  const entries: GitTreeEntry[] = [];
  for (const record of output.toString('utf8').split('\0')) {
    const tab = record.indexOf('\t');
    if (tab < 0) continue;
    const [mode = '', , blob = ''] = record.slice(0, tab).split(' ');
    const type = mode === '120000' ? 'symlink' : mode === '160000' ? 'submodule' : 'file';
    entries.push({
      path: record.slice(tab + 1),
      type,
      executable: mode === '100755',
      blob,
    });
  }
  return entries;
}

async function texts(
  folder: string,
  revision: string,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<Failable<readonly (string | undefined)[]>> {
  return contents(
    folder,
    paths.map((path) => `${revision}:${path}`),
    signal,
  );
}

/** The text of each object; undefined where there is no blob of that name (or its name can't be said on one line). */
async function contents(
  folder: string,
  names: readonly string[],
  signal: AbortSignal,
): Promise<Failable<readonly (string | undefined)[]>> {
  const asked = names.map((name) => (/[\r\n]/.test(name) ? undefined : name));
  const lines = asked.filter((name) => name !== undefined);
  const answer = await runGit({
    folder,
    // Links are followed as a checkout would, never out of the repository.
    arguments: ['cat-file', '--batch', '--follow-symlinks'],
    input: lines.map((line) => `${line}\n`).join(''),
    signal,
  });
  if (answer.kind !== 'ok') return gitFailure(answer, folder);
  const read = readBatch(answer.output, lines.length);
  let next = 0;
  return { kind: 'ok', value: asked.map((name) => (name === undefined ? undefined : read[next++])) };
}

/**
 * Reads `cat-file --batch --follow-symlinks`: `<object> <type> <size>\n<contents>\n`, `<name> missing\n`, and for links
 * that lead nowhere `symlink|dangling|loop|notdir <size>\n<target>\n`.
 */
export function readBatch(output: Buffer, count: number): (string | undefined)[] {
  const values: (string | undefined)[] = [];
  let at = 0;
  while (values.length < count && at < output.length) {
    const end = output.indexOf(0x0a, at);
    if (end < 0) break;
    const header = output.toString('utf8', at, end);
    at = end + 1;
    const blob = /^[0-9a-f]{40,64} (\w+) (\d+)$/.exec(header);
    const link = /^(?:symlink|dangling|loop|notdir) (\d+)$/.exec(header);
    if (blob) {
      const size = Number(blob[2]);
      const isText = blob[1] === 'blob' && size <= maximumTextBytes;
      values.push(isText ? output.toString('utf8', at, at + size) : undefined);
      at += size + 1;
    } else {
      values.push(undefined);
      if (link) at += Number(link[1]) + 1;
    }
  }
  return values;
}

async function modified(folder: string, prefix: string, signal: AbortSignal): Promise<Failable<readonly string[]>> {
  const below = prefix === '' ? [] : ['--', prefix];
  const [status, flags] = await Promise.all([
    runGit({
      folder,
      arguments: [
        'status',
        '--porcelain=v1',
        '-z',
        '--untracked-files=no',
        '--ignore-submodules=all',
        '--no-renames',
        ...below,
      ],
      signal,
    }),
    runGit({ folder, arguments: ['ls-files', '-v', '-z', '--full-name', ...below], signal }),
  ]);
  if (status.kind !== 'ok') return gitFailure(status, folder);
  if (flags.kind !== 'ok') return gitFailure(flags, folder);
  const changed = status.output
    .toString('utf8')
    .split('\0')
    .map((record) => record.slice(3));
  // Git does not look at files that were declared unchanged (lower case) or left out of the working tree (S).
  const unseen = flags.output
    .toString('utf8')
    .split('\0')
    .filter((record) => /^[a-zS] /.test(record))
    .map((record) => record.slice(2));
  const paths = new Set([...changed, ...unseen].filter((path) => path !== '' && path.startsWith(prefix)));
  return { kind: 'ok', value: [...paths].map((path) => path.slice(prefix.length)) };
}

/** The reason for people behind an answer of git that is none. */
export function gitFailure(answer: Exclude<GitAnswer, { readonly kind: 'ok' }>, folder: string): Failable<never> {
  if (answer.kind === 'failed') return answer;
  const { message } = answer;
  if (/dubious ownership/.test(message)) {
    return {
      kind: 'failed',
      reason: t(
        'Git does not trust {0}, which another user owns. "git config --global --add safe.directory" with its path allows it.',
        folder,
      ),
    };
  }
  if (/not a git repository|must be run in a work tree/i.test(message)) {
    return { kind: 'failed', reason: t('{0} is in no git repository.', folder) };
  }
  const line = message.split('\n')[0]?.replace(/^(?:fatal|error): /, '') ?? '';
  return { kind: 'failed', reason: t('Git failed in {0}: {1}', folder, line === '' ? '?' : line.slice(0, 300)) };
}
