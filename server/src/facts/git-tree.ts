/** A commit's tree as the entries of a build context: what the builder's client would send of a checkout. */
import { parseIgnoreFile } from '../context/ignore-file';
import type { MatchState } from '../context/pattern-matcher';
import type { ListedEntry } from '../context/snapshot';
import type { GitTreeEntry } from './ports';

export interface KeptEntries {
  readonly entries: readonly ListedEntry[];
  /** A path inside each submodule, among the entries, whose contents can't be known. */
  readonly unknown: readonly string[];
}

/** What is left of a commit's tree after the ignore file. A submodule is a directory whose contents can't be known. */
export function keptOfTree(tree: readonly GitTreeEntry[], ignoreText: string): KeptEntries {
  const { matcher } = parseIgnoreFile(ignoreText);
  const directories = new Map<string, DirectoryVerdict>();
  const entries: ListedEntry[] = [];
  const unknown: string[] = [];

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
      unknown.push(inside);
    } else if (!matcher.match(entry.path, above.state)) {
      entries.push(listed(entry));
    }
  }
  return { entries, unknown };
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
