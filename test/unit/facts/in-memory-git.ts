/** A repository without git: commits are put in, the newest is HEAD. */
import { posix } from 'node:path';
import type { Failable, GitCommit, GitPort, GitTreeEntry } from '../../../server/src/facts/ports';

export interface InMemoryCommit {
  readonly revision: string;
  readonly subject?: string;
  /** Path from the root to text; the blob ID is made from the text. */
  readonly files: Readonly<Record<string, string>>;
}

export interface InMemoryGit extends GitPort {
  commitFiles(commit: InMemoryCommit): void;
  /** Tracked files that differ from HEAD, from the root. */
  modify(paths: readonly string[]): void;
}

export function inMemoryGit(root: string): InMemoryGit {
  const commits: InMemoryCommit[] = [];
  let changed: readonly string[] = [];
  const failed = (reason: string): Failable<never> => ({ kind: 'failed', reason });
  const ok = <Value>(value: Value): Failable<Value> => ({ kind: 'ok', value });
  const find = (revision: string) =>
    revision === 'HEAD' ? commits.at(-1) : commits.find((commit) => commit.revision.startsWith(revision));
  return {
    commitFiles: (commit) => void commits.push(commit),
    modify(paths) {
      changed = paths;
    },
    async locate(folder) {
      const path = posix.relative(root, folder);
      if (path.startsWith('..')) return failed(`${folder} is in no git repository.`);
      return ok({ root, gitFolder: posix.join(root, '.git'), prefix: path === '' ? '' : `${path}/` });
    },
    async commit(_, revision): Promise<Failable<GitCommit>> {
      const found = find(revision);
      if (!found) return failed(`no ${revision}`);
      return ok({ revision: found.revision, at: '2026-01-01T00:00:00.000Z', subject: found.subject ?? '' });
    },
    async tree(_, revision, prefix): Promise<Failable<readonly GitTreeEntry[]>> {
      const files = Object.entries(find(revision)?.files ?? {}).filter(([path]) => path.startsWith(prefix));
      return ok(
        files.map(([path, text]) => ({
          path: path.slice(prefix.length),
          type: 'file' as const,
          executable: false,
          blob: Buffer.from(text).toString('hex').padEnd(40, '0').slice(0, 40),
        })),
      );
    },
    async texts(_, revision, paths) {
      return ok(paths.map((path) => find(revision)?.files[path]));
    },
    async modified(_, prefix) {
      return ok(changed.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length)));
    },
  };
}
