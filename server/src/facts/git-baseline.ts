/** The tree of a commit as a baseline: what a build of that commit would have sent, from object IDs alone. */
import { basename, dirname } from 'node:path';
import type { Baseline } from '../cache/types';
import { createSnapshot } from '../context/snapshot';
import { t } from '../localize';
import type { BlobList } from './blob-list';
import type { ReadCommit } from './commit-contents';
import type { Failable, GitLocation, GitPort } from './ports';

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
  /** Files that are as HEAD has them; only with a baseline that is new. */
  readonly clean: BlobList | undefined;
}

/** Working files are compared by SHA-1 object IDs. */
const sha1Digits = 40;

/**
 * The baseline of a revision, with the ignore rules of that commit applied (`<Dockerfile>.dockerignore` before
 * `.dockerignore`). When the commit is the one `known` was made from, `known` itself.
 */
export async function readGitBaseline(
  git: GitPort,
  readCommit: ReadCommit,
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
  if (revision.length > sha1Digits) {
    return {
      kind: 'failed',
      reason: t("The git repository of {0} names objects by SHA-256, which Strata can't compare with yet.", root),
    };
  }
  if (known?.revision === revision) return { kind: 'ok', value: { baseline: known, location, clean: undefined } };

  const dockerfile = dockerfileFolder.value.prefix + basename(question.dockerfilePath);
  const contents = await readCommit({ root, prefix: location.prefix, dockerfile, revision }, signal);
  if (contents.kind === 'failed') return contents;
  const { dockerfile: text, columns, unknown, clean } = contents.value;
  const short = revision.slice(0, 7);
  if (text === undefined) {
    return { kind: 'failed', reason: t('{0} is not in commit {1}.', dockerfile, short) };
  }
  const unreadable = unknown.map((path) => ({
    path,
    reason: t('{0} is in a submodule: its contents are in another repository.', path),
  }));
  return {
    kind: 'ok',
    value: {
      location,
      clean,
      baseline: {
        kind: 'git',
        label: t('commit {0}', short),
        revision,
        at,
        dockerfile: text,
        snapshot: createSnapshot(columns, { unreadable }),
      },
    },
  };
}
