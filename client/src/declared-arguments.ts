/** Build arguments that a Dockerfile declares, to choose one from; the analysis has its own, exact reading of them. */

/** Names that ARG declares, each with its default: the last one written. */
export function declaredArguments(text: string): ReadonlyMap<string, string | undefined> {
  const found = new Map<string, string | undefined>();
  for (const match of text.matchAll(/^[ \t]*ARG[ \t]+(.+)$/gim)) {
    for (const word of (match[1] ?? '').trim().split(/[ \t]+/)) {
      const [name, ...rest] = word.split('=');
      if (name === undefined || !/^[A-Za-z_]\w*$/.test(name)) continue;
      // `ARG NAME` in a stage takes up what was declared before the first FROM.
      found.set(name, rest.length > 0 ? rest.join('=') : found.get(name));
    }
  }
  return found;
}
