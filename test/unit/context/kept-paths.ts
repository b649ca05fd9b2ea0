/** What is left of a list of files after an ignore file: the walk of the builder's client, done in memory. */
import type { MatchState, PatternMatcher } from '../../../server/src/context/pattern-matcher';

export function keptPaths(
  files: readonly string[],
  matcher: PatternMatcher,
): { readonly files: string[]; readonly directories: string[] } {
  const kept = { files: [] as string[], directories: [] as string[] };
  const walk = (directory: string, state: MatchState): boolean => {
    const prefix = directory === '' ? '' : `${directory}/`;
    const below = files.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
    const names = [...new Set(below.map((path) => path.split('/')[0] ?? ''))].sort();
    let any = false;
    for (const name of names) {
      const path = prefix + name;
      const isDirectory = !files.includes(path);
      const record = new Uint8Array(matcher.patterns.length);
      const ignored = matcher.match(path, state, record);
      if (!isDirectory) {
        if (!ignored) kept.files.push(path);
        any ||= !ignored;
        continue;
      }
      if (ignored && !matcher.mayKeepBelow(path)) continue;
      const anyBelow = walk(path, record);
      if (!ignored || anyBelow) kept.directories.push(path);
      any ||= !ignored || anyBelow;
    }
    return any;
  };
  walk('', undefined);
  return kept;
}
