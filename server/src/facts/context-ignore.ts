/** Which ignore file holds for a Dockerfile and its context: its own before the context's, even when that is empty. */
import { readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
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
  for (const candidate of ignoreFileCandidates(contextPath, dockerfilePath)) {
    const text = readText(candidate);
    if (text !== undefined) return { path: shownPath(contextPath, candidate), text };
  }
  return { text: '' };
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
