/**
 * The last commits that lead to one, read without a checkout: the tree of the newest, and what each further one changed, so
 * that trees are compared only where they differ. Plumbing commands alone, whose output no configuration changes.
 */
import {
  changeTree,
  emptyTree,
  nodeAt,
  type TreeChange,
  type TreeDirectory,
  type TreeLeaf,
} from '../context/commit-tree';
import { t } from '../localize';
import { gitFailure, readBatch } from './git';
import { runGit } from './git-process';
import { isoDateOfSeconds } from './json-values';
import type { Failable } from './ports';

export interface HistoryQuestion {
  /** Root of the working tree. */
  readonly root: string;
  readonly revision: string;
  /** Commits wanted; one more, that which was before them, is read if there is one. */
  readonly commits: number;
  /** Folders (ending in `/`) and files from the root of which the trees are to tell; the empty path is everything. */
  readonly paths: readonly string[];
}

export interface HistoryCommit {
  readonly revision: string;
  /** ISO date of the commit. */
  readonly at: string;
  /** The paths asked for, from the root of the repository. */
  readonly tree: TreeDirectory;
}

/** The commits of the first-parent line, newest first; a merge is what it changed against its first parent. */
export async function readHistory(
  question: HistoryQuestion,
  signal: AbortSignal,
): Promise<Failable<readonly HistoryCommit[]>> {
  const listed = await listCommits(question, signal);
  if (listed.kind === 'failed') return listed;
  const [newest, differences] = await Promise.all([
    readNewestTree(question, signal),
    readDifferences(question, listed.value, signal),
  ]);
  if (newest.kind === 'failed') return newest;
  if (differences.kind === 'failed') return differences;
  let tree = newest.value;
  const commits = listed.value.map(({ revision, at }): HistoryCommit => {
    const commit = { revision, at, tree };
    tree = changeTree(tree, differences.value.get(revision) ?? []);
    return commit;
  });
  return { kind: 'ok', value: commits };
}

interface ListedCommit {
  readonly revision: string;
  readonly at: string;
}

async function listCommits(
  { root, revision, commits }: HistoryQuestion,
  signal: AbortSignal,
): Promise<Failable<readonly ListedCommit[]>> {
  const answer = await runGit({
    folder: root,
    arguments: ['rev-list', '--first-parent', `--max-count=${commits + 1}`, '--timestamp', revision, '--'],
    signal,
  });
  if (answer.kind !== 'ok') return gitFailure(answer, root);
  const listed = answer.output
    .toString('latin1')
    .split('\n')
    .flatMap((line): ListedCommit[] => {
      const match = /^(\d+) ([0-9a-f]{40,64})$/.exec(line.trim());
      const at = isoDateOfSeconds(Number(match?.[1]));
      // A commit may have no sensible time; it counts all the same.
      return match?.[2] === undefined ? [] : [{ revision: match[2], at: at ?? new Date(0).toISOString() }];
    });
  return { kind: 'ok', value: listed };
}

async function readNewestTree(
  { root, revision, paths }: HistoryQuestion,
  signal: AbortSignal,
): Promise<Failable<TreeDirectory>> {
  const answer = await runGit({
    folder: root,
    arguments: ['ls-tree', '-r', '-z', '--full-tree', revision, ...limitTo(paths)],
    signal,
  });
  if (answer.kind !== 'ok') return gitFailure(answer, root);
  return { kind: 'ok', value: changeTree(emptyTree, readTreeList(answer.output)) };
}

function limitTo(paths: readonly string[]): readonly string[] {
  return paths.includes('') ? [] : ['--', ...paths];
}

async function readDifferences(
  { root, paths }: HistoryQuestion,
  commits: readonly ListedCommit[],
  signal: AbortSignal,
): Promise<Failable<ReadonlyMap<string, readonly TreeChange[]>>> {
  const pairs = commits
    .slice(0, -1)
    .map(({ revision }, index) => `${revision} ${commits[index + 1]?.revision ?? ''}\n`);
  if (pairs.length === 0) return { kind: 'ok', value: new Map() };
  const answer = await runGit({
    folder: root,
    arguments: [
      'diff-tree',
      '--stdin',
      '-r',
      '-z',
      '--raw',
      '--no-renames',
      '--ignore-submodules=none',
      '--no-ext-diff',
      ...limitTo(paths),
    ],
    input: pairs.join(''),
    signal,
  });
  if (answer.kind !== 'ok') return gitFailure(answer, root);
  return { kind: 'ok', value: readReverseChanges(answer.output) };
}

/** Reads `ls-tree -r -z`: `<mode> <type> <object>\t<path>\0`, as additions to an empty tree. */
export function readTreeList(output: Buffer): TreeChange[] {
  return fieldsOf(output).flatMap((record): TreeChange[] => {
    const tab = record.indexOf('\t');
    const [mode = '', , id = ''] = record.slice(0, Math.max(tab, 0)).split(' ');
    return tab < 0 ? [] : [{ path: record.slice(tab + 1), leaf: leafOf(mode, id) }];
  });
}

/**
 * Reads `diff-tree --stdin -r -z --raw`: `<commit>\0`, then for each path
 * `:<old mode> <new mode> <old object> <new object> <status>\0<path>\0`. By commit, the changes that lead back from it to the
 * one before.
 */
export function readReverseChanges(output: Buffer): ReadonlyMap<string, readonly TreeChange[]> {
  const byCommit = new Map<string, TreeChange[]>();
  let changes: TreeChange[] = [];
  const fields = fieldsOf(output);
  for (let index = 0; index < fields.length; index++) {
    const field = fields[index] ?? '';
    if (/^[0-9a-f]{40,64}$/.test(field)) {
      changes = [];
      byCommit.set(field, changes);
      continue;
    }
    const [mode = '', , id = ''] = field.replace(/^:/, '').split(' ');
    const path = fields[++index];
    if (path === undefined || !field.startsWith(':')) continue;
    changes.push({ path, leaf: /^0+$/.test(mode) ? undefined : leafOf(mode, id) });
  }
  return byCommit;
}

function leafOf(mode: string, id: string): TreeLeaf {
  const kind = mode === '120000' ? 'symlink' : mode === '160000' ? 'submodule' : 'file';
  return { kind, executable: mode === '100755', id };
}

/** Fields that end in NUL. What is not UTF-8 keeps its bytes, so that two such paths stay two. */
function fieldsOf(output: Buffer): string[] {
  const text = output.toString('utf8');
  if (!text.includes('\uFFFD')) {
    const fields = text.split('\0');
    fields.pop();
    return fields;
  }
  const fields: string[] = [];
  for (let start = 0; start < output.length; ) {
    const found = output.indexOf(0, start);
    const end = found < 0 ? output.length : found;
    fields.push(distinctText(output.subarray(start, end)));
    start = end + 1;
  }
  return fields;
}

/** The bytes as text; in a name that is not UTF-8, each byte beyond ASCII becomes a character for private use of its own. */
function distinctText(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  if (!text.includes('\uFFFD')) return text;
  return [...bytes].map((byte) => String.fromCharCode(byte < 0x80 ? byte : 0xf700 + byte)).join('');
}

/**
 * How to ask `readObjects` for a file of each commit; undefined where the commit has none. A file that is a link is followed,
 * never out of the repository.
 */
export function objectNames(commits: readonly HistoryCommit[], path: string): readonly (string | undefined)[] {
  return commits.map(({ revision, tree }) => {
    const node = nodeAt(tree, path);
    if (node === undefined || node.kind === 'directory' || node.kind === 'submodule') return undefined;
    return node.kind === 'file' ? node.id : `${revision}:${path}`;
  });
}

/** Texts of objects by name, each read once; those that are not there are left out. */
export async function readObjects(
  root: string,
  names: Iterable<string>,
  signal: AbortSignal,
): Promise<Failable<ReadonlyMap<string, string>>> {
  const asked = [...new Set(names)].filter((name) => !/[\r\n]/.test(name));
  if (asked.length === 0) return { kind: 'ok', value: new Map() };
  const answer = await runGit({
    folder: root,
    arguments: ['cat-file', '--batch', '--follow-symlinks'],
    input: asked.map((name) => `${name}\n`).join(''),
    signal,
  });
  if (answer.kind !== 'ok') return gitFailure(answer, root);
  const read = readBatch(answer.output, asked.length);
  return {
    kind: 'ok',
    value: new Map(
      asked.flatMap((name, index): [string, string][] => {
        const text = read[index];
        return text === undefined ? [] : [[name, text]];
      }),
    ),
  };
}

/** Blobs of the symbolic links below a folder in any of the trees; what the trees share is looked at once. */
export function linkBlobs(commits: readonly HistoryCommit[], folder: string): ReadonlySet<string> {
  const blobs = new Set<string>();
  const seen = new Set<TreeDirectory>();
  const visit = (directory: TreeDirectory): void => {
    if (seen.has(directory)) return;
    seen.add(directory);
    for (const child of directory.children.values()) {
      if (child.kind === 'directory') visit(child);
      else if (child.kind === 'symlink') blobs.add(child.id);
    }
  };
  for (const { tree } of commits) {
    const top = nodeAt(tree, folder);
    if (top?.kind === 'directory') visit(top);
  }
  return blobs;
}

/** Whether the clone has only the newest commits of its origin. */
export async function isShallow(root: string, signal: AbortSignal): Promise<boolean> {
  const answer = await runGit({ folder: root, arguments: ['rev-parse', '--is-shallow-repository'], signal });
  return answer.kind === 'ok' && answer.output.toString('latin1').trim() === 'true';
}

/** Why so many commits and no more can be compared with the one before them. */
export function shortHistory(comparable: number, shallow: boolean): string {
  return shallow
    ? t(
        'Commits that can be compared: {0}, as the clone is shallow. "git fetch --unshallow" brings the others.',
        comparable,
      )
    : t('Commits that can be compared: {0}, as the history has no more.', comparable);
}
