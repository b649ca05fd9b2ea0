/** Histories made with `git fast-import`: thousands of commits in a second, and trees that no file system could hold. */
import { execFileSync } from 'node:child_process';

export type ImportedChange =
  /** `mode`: 100644, 100755, 120000 (the text is where the link leads) or 160000 (the text is the submodule's commit). */
  | { readonly kind: 'put'; readonly path: string; readonly mode: string; readonly text: string }
  | { readonly kind: 'delete'; readonly path: string };

export interface ImportedCommit {
  /** Indexes of earlier commits of the list; the first is the first parent. The one before when absent. */
  readonly parents?: readonly number[];
  readonly changes: readonly ImportedChange[];
}

export const put = (path: string, text: string, mode = '100644'): ImportedChange => ({ kind: 'put', path, mode, text });
export const remove = (path: string): ImportedChange => ({ kind: 'delete', path });

/** A name with bytes that are not UTF-8 is written with octal escapes: `a\377`. */
function quoted(path: string): string {
  return `"${path.replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

/** Makes the commits in a repository, one day apart; HEAD is the last of them. Returns its revision. */
export function importHistory(folder: string, commits: readonly ImportedCommit[]): string {
  const parts: string[] = [];
  for (const [index, { parents, changes }] of commits.entries()) {
    const from = parents ?? (index === 0 ? [] : [index - 1]);
    parts.push(
      `commit refs/heads/main\nmark :${index + 1}\ncommitter a <a@example.com> ${1_700_000_000 + index * 86_400} +0000\ndata 1\nc\n`,
      ...from.map((parent, place) => `${place === 0 ? 'from' : 'merge'} :${parent + 1}\n`),
    );
    for (const change of changes) {
      if (change.kind === 'delete') parts.push(`D ${quoted(change.path)}\n`);
      else if (change.mode === '160000') parts.push(`M 160000 ${change.text} ${quoted(change.path)}\n`);
      else {
        const data = `data ${Buffer.byteLength(change.text)}\n${change.text}\n`;
        parts.push(`M ${change.mode} inline ${quoted(change.path)}\n${data}`);
      }
    }
  }
  execFileSync('git', ['fast-import', '--quiet', '--force'], { cwd: folder, input: parts.join('') });
  return execFileSync('git', ['rev-parse', 'refs/heads/main'], { cwd: folder, encoding: 'utf8' }).trim();
}
