/** What a commit holds for one Dockerfile: its text and the build context of that time, as buffers. */
import type { SnapshotColumns } from '../context/columns';
import { columnsFromEntries } from '../context/snapshot';
import { type BlobList, packBlobs } from './blob-list';
import { keptOfTree } from './git-tree';
import type { Failable, GitPort } from './ports';

export interface CommitQuestion {
  /** Root of the working tree. */
  readonly root: string;
  /** The context from the root, ending in `/`; empty for the root itself. */
  readonly prefix: string;
  /** The Dockerfile from the root. */
  readonly dockerfile: string;
  readonly revision: string;
}

export interface CommitContents {
  /** Text of the Dockerfile; undefined when the commit has none there. */
  readonly dockerfile: string | undefined;
  readonly columns: SnapshotColumns;
  /** A path inside each submodule. */
  readonly unknown: readonly string[];
  /** Files of the working tree that are as HEAD has them, by path from the context; undefined when git could not tell. */
  readonly clean: BlobList | undefined;
}

export type ReadCommit = (question: CommitQuestion, signal: AbortSignal) => Promise<Failable<CommitContents>>;

/**
 * Reads it, with the ignore rules of that commit applied (`<Dockerfile>.dockerignore` before `.dockerignore`). Takes
 * about a second of computing for 100,000 files, so it has its place in a worker thread.
 */
export async function readCommit(
  git: GitPort,
  question: CommitQuestion,
  signal: AbortSignal,
): Promise<Failable<CommitContents>> {
  const { root, prefix, dockerfile, revision } = question;
  const [texts, tree, clean] = await Promise.all([
    git.texts(root, revision, [dockerfile, `${dockerfile}.dockerignore`, `${prefix}.dockerignore`], signal),
    git.tree(root, revision, prefix, signal),
    readClean(git, question, signal),
  ]);
  if (texts.kind === 'failed') return texts;
  if (tree.kind === 'failed') return tree;
  const [text, ownIgnore, contextIgnore] = texts.value;
  const { entries, unknown } = keptOfTree(tree.value, ownIgnore ?? contextIgnore ?? '');
  const columns = columnsFromEntries(entries, new Set(unknown));
  return { kind: 'ok', value: { dockerfile: text, columns, unknown, clean } };
}

async function readClean(
  git: GitPort,
  { root, prefix }: CommitQuestion,
  signal: AbortSignal,
): Promise<BlobList | undefined> {
  const [tree, modified] = await Promise.all([
    git.tree(root, 'HEAD', prefix, signal),
    git.modified(root, prefix, signal),
  ]);
  if (tree.kind === 'failed' || modified.kind === 'failed') return undefined;
  const differing = new Set(modified.value);
  return packBlobs(
    tree.value
      .filter(({ type, path }) => type === 'file' && !differing.has(path))
      .map(({ path, blob }) => [path, blob] as const),
  );
}
