/** Where sources of cp, mv, ln and install go, and what patterns mean. */
import { baseName, cleanPath } from '../../build/paths';
import type { SizeRange } from '../../packages/types';
import { matchesPattern } from '../../shell/pattern-match';
import type { RunCommand, RunWord } from '../../shell/types';
import { pathOf, within, wordValue } from './options';
import type { StageFileAccess } from './types';

/** A path that is copied, moved or linked. */
export interface Placed {
  readonly from: string;
  readonly to: string;
}

const folderNames =
  /(?:^|\/)(?:bin|sbin|lib|lib64|libexec|share|include|src|etc|opt|tmp|home|srv|www|html|keyrings|fonts|themes|plugins|extensions|[\w.-]+\.d)$/;

/** True when a destination is a folder, as far as that is known; names that are folders everywhere count as such. */
export function isFolder(written: string, path: string, files: StageFileAccess): boolean {
  if (/\/\.?$/.test(written) || written === '.' || written === '..') return true;
  return files.isDirectory(path) ?? folderNames.test(path);
}

/** Folders in which a system's own files lie beside others. */
const shared = /^\/(?:|bin|boot|etc|lib|lib64|opt|sbin|usr|usr\/\w+|usr\/local|usr\/local\/\w+|var|var\/\w+)$/;

/**
 * Bytes of something within a folder whose files are not told apart (a clone, results of make, an unpacked archive): anything up to all of
 * it, and seldom most; undefined when the path lies in no such folder, or it has an entry of its own.
 */
export function insideTree(path: string, files: StageFileAccess): SizeRange | undefined {
  for (let folder = cleanPath(`${path}/..`); folder !== '/'; folder = cleanPath(`${folder}/..`)) {
    if (shared.test(folder)) return undefined;
    const entry = files.entryAt(folder);
    if (entry?.kind !== 'tree') continue;
    const { bytes, high } = entry.size;
    if (bytes === null || high === null) return undefined;
    return { bytes: Math.round(0.3 * bytes), low: 0, high, basis: 'estimated' };
  }
  return undefined;
}

/** The paths that a word means: itself, or what is known to match its pattern; the pattern itself when nothing is known to. */
export function matching(path: string, pattern: boolean, files: StageFileAccess): readonly string[] {
  if (!pattern) return [path];
  let found: readonly string[] = [''];
  for (const segment of path.split('/').slice(1)) {
    found = found.flatMap((folder) => {
      if (!/[*?[]/.test(segment)) return [`${folder}/${segment}`];
      const names = files.list(folder === '' ? '/' : folder);
      return names
        .filter((name) => (!name.startsWith('.') || segment.startsWith('.')) && matchesPattern(segment, name) === true)
        .map((name) => `${folder}/${name}`);
    });
    if (found.length > 5_000) return found.slice(0, 5_000);
  }
  return found;
}

/** Pairs of source and final path for `SOURCE… DESTINATION`; `target`: the folder of `-t`. */
export function placements(
  operands: readonly RunWord[],
  target: RunWord | undefined,
  command: RunCommand,
  files: StageFileAccess,
): readonly Placed[] {
  const sources = target === undefined ? operands.slice(0, -1) : operands;
  const destination = target ?? operands.at(-1);
  const to = pathOf(destination, command);
  if (destination === undefined || to === undefined || sources.length === 0) return [];
  const given = sources.flatMap((word) => {
    const path = pathOf(word, command);
    if (path === undefined) return [];
    const contents = /(?:^|\/)\.$/.test(wordValue(word));
    return matching(path, word.pattern === true, files).map((from) => ({ from, contents }));
  });
  const folder =
    target !== undefined || given.length > 1 || sources.length > 1 || isFolder(wordValue(destination), to, files);
  return given.map(({ from, contents }) => ({ from, to: contents || !folder ? to : within(to, baseName(from)) }));
}
