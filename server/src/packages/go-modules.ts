/** `go.sum`, `go.mod` and `vendor/modules.txt`: which modules a build downloads. */

/** Larger files are not read; those of Kubernetes have 300,000 characters. */
const mostCharacters = 8_000_000;

/** Number of modules whose archive `go mod download` fetches: lines of `go.sum` that are not of a `go.mod` alone; undefined when it is none. */
export function modulesOfSum(text: string): number | undefined {
  if (text.length > mostCharacters) return undefined;
  const modules = new Map<string, string>();
  let lines = 0;
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const match = /^(\S+) (v\S+) h1:[A-Za-z0-9+/=]+\s*$/.exec(line);
    if (match === null) return undefined;
    lines += 1;
    const [, path = '', version = ''] = match;
    // Older versions of a module stand there too; one of each is downloaded.
    if (!version.endsWith('/go.mod')) modules.set(path, version);
  }
  return lines === 0 ? 0 : modules.size;
}

/** Number of modules that `go.mod` requires, with those that are needed indirectly. */
export function modulesOfMod(text: string): number | undefined {
  if (text.length > mostCharacters || !/^module\s/m.test(text)) return undefined;
  let inside = false;
  let count = 0;
  for (const line of text.split('\n')) {
    const trimmed = line.trim();
    if (inside && trimmed === ')') inside = false;
    else if (inside || trimmed.startsWith('require ')) {
      if (/^require\s*\($/.test(trimmed)) inside = true;
      else if (/^(?:require\s+)?[\w.-]+\S* v\S+/.test(trimmed)) count += 1;
    } else if (trimmed === 'require(') inside = true;
  }
  return count;
}
