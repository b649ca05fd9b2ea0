/**
 * Patterns of paths as a row of parts. A regular expression of a few of them is the quickest; one with many repetitions can take for ever
 * to fail, and whoever writes a Dockerfile or an ignore file must not be able to have that. Those are followed part by part: time grows with
 * the length of the pattern times that of the path.
 */

export type PatternPart =
  /** One character of a class, by its source as a regular expression. */
  | { readonly kind: 'one'; readonly source: string }
  /** Any number of such characters. */
  | { readonly kind: 'many'; readonly source: string }
  /** Nothing, or anything that ends in a slash: `(.*\/)?`. */
  | { readonly kind: 'directories' }
  /** A place between characters. */
  | { readonly kind: 'place'; readonly source: string };

/** With more repetitions than this a regular expression is not used. */
const fewRepetitions = 3;
const directories = '(?:[^\\n]*\\u{2f})?';

/** Whether a whole text matches the parts. */
export function partsMatcher(parts: readonly PatternPart[]): (text: string) => boolean {
  const repetitions = parts.filter(({ kind }) => kind === 'many' || kind === 'directories').length;
  return repetitions > fewRepetitions ? followed(parts) : expressionOf(parts);
}

/** One regular expression. */
export function expressionOf(parts: readonly PatternPart[]): (text: string) => boolean {
  const sources = parts.map((part) => {
    if (part.kind === 'directories') return directories;
    return part.kind === 'many' ? `${part.source}*` : part.source;
  });
  const expression = new RegExp(`^(?:${sources.join('')})$`, 'us');
  return (text) => expression.test(text);
}

/** The same part by part: all that the text so far can have led to is gone through at once. */
export function followed(parts: readonly PatternPart[]): (text: string) => boolean {
  const tests = parts.map((part) => {
    if (part.kind === 'directories') return /[^\n]/u;
    return part.kind === 'place' ? new RegExp(part.source, 'usy') : new RegExp(`^${part.source}$`, 'us');
  });
  const end = parts.length;
  return (text) => {
    /** Parts that may come next. */
    let open = new Uint8Array(end + 1);
    /** `directories` that have begun. */
    let inside = new Uint8Array(end);
    const isPlace = (index: number, at: number): boolean => {
      const test = tests[index];
      if (test === undefined) return false;
      test.lastIndex = at;
      return test.test(text);
    };
    const reach = (states: Uint8Array, index: number, at: number): void => {
      for (let next = index; next <= end && states[next] === 0; next++) {
        states[next] = 1;
        const kind = parts[next]?.kind;
        if (kind === undefined || kind === 'one' || (kind === 'place' && !isPlace(next, at))) return;
      }
    };
    reach(open, 0, 0);
    let at = 0;
    for (const character of text) {
      at += character.length;
      const nextOpen = new Uint8Array(end + 1);
      const nextInside = new Uint8Array(end);
      for (const [index, part] of parts.entries()) {
        const isInside = part.kind === 'directories' && inside[index] === 1;
        if (open[index] === 0 && !isInside) continue;
        if (part.kind === 'place' || tests[index]?.test(character) !== true) continue;
        if (part.kind === 'one') reach(nextOpen, index + 1, at);
        else if (part.kind === 'many') reach(nextOpen, index, at);
        else {
          nextInside[index] = 1;
          if (character === '/') reach(nextOpen, index + 1, at);
        }
      }
      open = nextOpen;
      inside = nextInside;
    }
    return open[end] === 1;
  };
}
