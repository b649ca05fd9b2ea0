/** Which ignore file holds for a Dockerfile and its context: its own before the context's, even when that is empty. */
import { lstatSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { ownIgnoreFile } from '../context/ignore-file';
import type { IgnoreFileFacts } from '../context/types';

/** Longer than any real one; what is beyond is not read. */
const sizeLimit = 1 << 20;

/** Absolute paths where an ignore file may lie, the one that wins first (frontend/dockerui/config.go, ReadEntrypoint). */
export function ignoreFileCandidates(contextPath: string, dockerfilePath: string): readonly string[] {
  return [ownIgnoreFile(dockerfilePath), join(contextPath, '.dockerignore')];
}

/** The ignore file that holds. One that can't be read counts as not there. */
export function readIgnoreFile(contextPath: string, dockerfilePath: string): IgnoreFileFacts {
  // An ignore file that would win may have been in the folders of those that are not there.
  let changedAt = 0;
  for (const candidate of ignoreFileCandidates(contextPath, dockerfilePath)) {
    const text = readText(candidate);
    if (text === undefined) changedAt = Math.max(changedAt, changeTime(dirname(candidate)));
    else {
      changedAt = Math.max(changedAt, changeTime(candidate));
      return { path: shownPath(contextPath, candidate), text, changedAt };
    }
  }
  return { text: '', changedAt };
}

/** The same with the text of an editor: since when that holds nobody can tell. */
export function withOtherText(facts: IgnoreFileFacts, text: string | undefined): IgnoreFileFacts {
  if (text === undefined) return facts;
  return facts.path === undefined ? { text } : { path: facts.path, text };
}

/** When a file, and where it leads to when it is a link, was last changed or moved. */
function changeTime(path: string): number {
  try {
    return Math.max(lstatSync(path).ctimeMs, statSync(path).ctimeMs);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

function readText(path: string): string | undefined {
  try {
    const stats = statSync(path);
    if (!stats.isFile()) return undefined;
    return readFileSync(path, 'utf8').slice(0, sizeLimit);
  } catch {
    return undefined;
  }
}

/** Relative to the context, with slashes, when it lies in it; absolute otherwise. */
function shownPath(contextPath: string, path: string): string {
  const below = relative(contextPath, path);
  return below.startsWith('..') || below === path ? path : below.split(sep).join('/');
}
