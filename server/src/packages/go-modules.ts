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
  const blocks = [...text.matchAll(/^require\s*\(([^)]*)\)/gms)].map((match) => match[1] ?? '');
  const lines = blocks.flatMap((block) => block.split('\n')).filter((line) => /^\s*[\w.-]+\S*\s+v\S+/.test(line));
  const single = text.match(/^require\s+[\w.-]+\S*\s+v\S+/gm) ?? [];
  return lines.length + single.length;
}
