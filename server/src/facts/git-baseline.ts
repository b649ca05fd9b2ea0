/** The tree of a commit as a baseline: what a build of that commit would have sent, from object IDs alone. */
import { basename, dirname } from 'node:path';
import type { Baseline } from '../cache/types';
import { parseIgnoreFile } from '../context/ignore-file';
import type { MatchState } from '../context/pattern-matcher';
import { type ListedEntry, snapshotFromEntries } from '../context/snapshot';
import type { ContextSnapshot } from '../context/types';
import { t } from '../localize';
import type { Failable, GitLocation, GitPort, GitTreeEntry } from './ports';

export type GitBaseline = Extract<Baseline, { readonly kind: 'git' }>;

export interface GitBaselineQuestion {
  readonly dockerfilePath: string;
  readonly contextPath: string;
  readonly revision: string;
}

export interface GitBaselineAnswer {
  readonly baseline: GitBaseline;
  /** Where the context lies. */
  readonly location: GitLocation;
}

/**
 * The baseline of a revision, with the ignore rules of that commit applied (`<Dockerfile>.dockerignore` before
 * `.dockerignore`). When the commit is the one `known` was made from, `known` itself.
 */
export async function readGitBaseline(
  git: GitPort,
  question: GitBaselineQuestion,
  known: GitBaseline | undefined,
  signal: AbortSignal,
): Promise<Failable<GitBaselineAnswer>> {
  const context = await git.locate(question.contextPath, signal);
  if (context.kind === 'failed') return context;
  const dockerfileFolder = await git.locate(dirname(question.dockerfilePath), signal);
  if (dockerfileFolder.kind === 'failed') return dockerfileFolder;
  const location = context.value;
  if (dockerfileFolder.value.root !== location.root) {
    return {
      kind: 'failed',
      reason: t('The Dockerfile and its build context {0} are not in the same git repository.', question.contextPath),
    };
  }
  const { root } = location;
  const commit = await git.commit(root, question.revision, signal);
  if (commit.kind === 'failed') return commit;
  const { revision, at } = commit.value;
  if (known?.revision === revision) return { kind: 'ok', value: { baseline: known, location } };

  const dockerfile = dockerfileFolder.value.prefix + basename(question.dockerfilePath);
  const [texts, tree] = await Promise.all([
    git.texts(root, revision, [dockerfile, `${dockerfile}.dockerignore`, `${location.prefix}.dockerignore`], signal),
    git.tree(root, revision, location.prefix, signal),
  ]);
  if (texts.kind === 'failed') return texts;
  if (tree.kind === 'failed') return tree;
  const [text, ownIgnore, contextIgnore] = texts.value;
  const short = revision.slice(0, 7);
  if (text === undefined) {
    return { kind: 'failed', reason: t('{0} is not in commit {1}.', dockerfile, short) };
  }
  return {
    kind: 'ok',
    value: {
      location,
      baseline: {
        kind: 'git',
        label: t('commit {0}', short),
        revision,
        at,
        dockerfile: text,
        snapshot: snapshotOfTree(tree.value, ownIgnore ?? contextIgnore ?? ''),
      },
    },
  };
}

/** What is left of a commit's tree after the ignore file. A submodule is a directory whose contents can't be known. */
export function snapshotOfTree(tree: readonly GitTreeEntry[], ignoreText: string): ContextSnapshot {
  const { matcher } = parseIgnoreFile(ignoreText);
  const directories = new Map<string, DirectoryVerdict>();
  const entries: ListedEntry[] = [];
  const unreadable: { readonly path: string; readonly reason: string }[] = [];

  const verdictOn = (directory: string): DirectoryVerdict => {
    if (directory === '') return { walked: true, state: undefined };
    const before = directories.get(directory);
    if (before) return before;
    const above = verdictOn(parentOf(directory));
    const state = new Uint8Array(matcher.patterns.length);
    const ignored = above.walked && matcher.match(directory, above.state, state);
    const verdict = { walked: above.walked && (!ignored || matcher.mayKeepBelow(directory)), state };
    directories.set(directory, verdict);
    // A directory whose files are all ignored is sent empty.
    if (above.walked && !ignored) entries.push({ path: directory, type: 'directory' });
    return verdict;
  };

  for (const entry of tree) {
    const above = verdictOn(parentOf(entry.path));
    if (!above.walked) continue;
    if (entry.type === 'submodule') {
      // Every checked-out submodule holds a `.git`; as it can't be read here, no digest over the directory is claimed.
      const inside = `${entry.path}/.git`;
      if (!verdictOn(entry.path).walked) continue;
      entries.push({ path: inside });
      unreadable.push({
        path: inside,
        reason: t('{0} is a submodule: its files are in another repository.', entry.path),
      });
    } else if (!matcher.match(entry.path, above.state)) {
      entries.push(listed(entry));
    }
  }
  return snapshotFromEntries(entries, { unreadable });
}

interface DirectoryVerdict {
  /** The builder's client looks into it. */
  readonly walked: boolean;
  readonly state: MatchState;
}

function listed(entry: GitTreeEntry): ListedEntry {
  const { path, blob, executable, linkTarget } = entry;
  if (entry.type === 'symlink') return { path, type: 'symlink', linkTarget: linkTarget ?? '' };
  return { path, type: 'file', mode: executable ? 0o755 : 0o644, digests: { git: blob } };
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}
