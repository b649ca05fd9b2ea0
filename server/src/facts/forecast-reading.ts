/** The history of a Dockerfile's steps, read from git and replayed. */
import type { BuildInputs } from '../build/types';
import { type CommitState, type ForecastHistory, replay } from '../cache/forecast';
import { CommitContexts } from '../context/commit-snapshot';
import { emptyTree, nodeAt } from '../context/commit-tree';
import { ownIgnoreFile } from '../context/ignore-file';
import { t } from '../localize';
import { isShallow, linkBlobs, objectNames, readHistory, readObjects, shortHistory } from './git-history';
import type { Failable } from './ports';

export interface ForecastQuestion {
  /** Root of the working tree. */
  readonly root: string;
  /** The context from the root, ending in `/`; empty for the root itself. */
  readonly prefix: string;
  /** The Dockerfile from the root. */
  readonly dockerfile: string;
  readonly revision: string;
  /** Commits to look back. */
  readonly commits: number;
  readonly build: BuildInputs;
  /** What ONBUILD of a base image adds, where known. */
  readonly triggers: Readonly<Record<string, readonly string[]>>;
}

export type ReadForecast = (question: ForecastQuestion, signal: AbortSignal) => Promise<Failable<ForecastHistory>>;

/**
 * Reads it. Takes time by the size of one tree and of what the commits changed (about a second of computing for 100,000
 * files), so it has its place in a worker thread.
 */
export async function readForecast(
  question: ForecastQuestion,
  signal: AbortSignal,
): Promise<Failable<ForecastHistory>> {
  const { root, prefix, dockerfile, revision, commits: wanted } = question;
  const own = ownIgnoreFile(dockerfile);
  const paths = prefix === '' ? [''] : [prefix, dockerfile, own];
  const history = await readHistory({ root, revision, commits: wanted, paths }, signal);
  if (history.kind === 'failed') return history;
  const commits = history.value;
  const comparable = commits.length - 1;
  const note = comparable < wanted ? shortHistory(Math.max(comparable, 0), await isShallow(root, signal)) : undefined;
  const oldest = commits.at(-2);
  if (oldest === undefined) return { kind: 'failed', reason: note ?? shortHistory(0, false) };

  const folder = prefix.replace(/\/$/, '');
  const texts = objectNames(commits, dockerfile);
  const ownIgnores = objectNames(commits, own);
  const ignores = objectNames(commits, `${prefix}.dockerignore`);
  const named = [...texts, ...ownIgnores, ...ignores].filter((name) => name !== undefined);
  const objects = await readObjects(root, [...named, ...linkBlobs(commits, folder)], signal);
  if (objects.kind === 'failed') return objects;
  const textOf = (name: string | undefined) => (name === undefined ? undefined : objects.value.get(name));
  const contexts = new CommitContexts((blob) => textOf(blob) ?? '');
  const states = commits.map(({ tree }, index): CommitState | undefined => {
    const text = textOf(texts[index]);
    if (text === undefined) return undefined;
    const top = nodeAt(tree, folder);
    const ignore = textOf(ownIgnores[index]) ?? textOf(ignores[index]) ?? '';
    return { dockerfile: text, snapshot: contexts.of(top?.kind === 'directory' ? top : emptyTree, ignore) };
  });
  const known = states.slice(0, -1).filter((state) => state !== undefined).length;
  if (known === 0) {
    return { kind: 'failed', reason: t('{0} is in none of the commits looked at ({1}).', dockerfile, comparable) };
  }
  const notes = [note, known < comparable ? t('Commits that have {0}: {1}.', dockerfile, known) : undefined].filter(
    (each) => each !== undefined,
  );
  return {
    kind: 'ok',
    value: {
      ...replay(states.reverse(), { build: question.build, triggers: question.triggers }),
      since: oldest.at,
      ...(notes.length === 0 ? {} : { note: notes.join(' ') }),
    },
  };
}
