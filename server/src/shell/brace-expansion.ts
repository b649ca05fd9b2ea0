/** Brace expansion (Bash manual 3.5.1): `a{b,c}` and `{1..5}`, on the word as written, quotes kept. */

const maximum = 500;

/** The words that a word becomes; the word itself when it has no braces to expand. At most five hundred. */
export function expandBraces(word: string): readonly string[] {
  return expand(word, 0);
}

function expand(word: string, depth: number): readonly string[] {
  if (depth > 20 || word.length > 10_000) return [word];
  const found = firstGroup(word);
  if (found === undefined) return [word];
  const { start, end, items } = found;
  const before = word.slice(0, start);
  const rest = expand(word.slice(end), depth + 1);
  const result: string[] = [];
  for (const item of items.flatMap((text) => expand(text, depth + 1))) {
    for (const tail of rest) {
      if (result.length >= maximum) return result;
      result.push(`${before}${item}${tail}`);
    }
  }
  return result;
}

interface Group {
  readonly start: number;
  readonly end: number;
  readonly items: readonly string[];
}

function firstGroup(word: string): Group | undefined {
  for (let index = 0; index < word.length; index += 1) {
    const character = word.charAt(index);
    if (character === '\\') index += 1;
    else if (character === "'" || character === '"') index = closingQuote(word, index);
    else if (character === '$' && word.charAt(index + 1) === '{') index = matching(word, index + 1)?.end ?? index;
    else if (character === '{') {
      const body = matching(word, index);
      const items =
        body &&
        itemsOf(
          word.slice(index + 1, body.end),
          body.commas.map((comma) => comma - index - 1),
        );
      if (body && items) return { start: index, end: body.end + 1, items };
    }
  }
  return undefined;
}

function closingQuote(word: string, start: number): number {
  const quote = word.charAt(start);
  for (let index = start + 1; index < word.length; index += 1) {
    if (word.charAt(index) === '\\' && quote === '"') index += 1;
    else if (word.charAt(index) === quote) return index;
  }
  return word.length;
}

function matching(
  word: string,
  start: number,
): { readonly end: number; readonly commas: readonly number[] } | undefined {
  const commas: number[] = [];
  let depth = 0;
  for (let index = start; index < word.length; index += 1) {
    const character = word.charAt(index);
    if (character === '\\') index += 1;
    else if (character === "'" || character === '"') index = closingQuote(word, index);
    else if (character === '{') depth += 1;
    else if (character === '}') {
      depth -= 1;
      if (depth === 0) return { end: index, commas };
    } else if (character === ',' && depth === 1) commas.push(index);
  }
  return undefined;
}

function itemsOf(body: string, commas: readonly number[]): readonly string[] | undefined {
  if (commas.length > 0) {
    const edges = [-1, ...commas, body.length];
    return edges.slice(1).map((edge, index) => body.slice((edges[index] ?? -1) + 1, edge));
  }
  const numbers = /^(-?\d{1,9})\.\.(-?\d{1,9})(?:\.\.(-?\d{1,9}))?$/.exec(body);
  const letters = /^([A-Za-z])\.\.([A-Za-z])$/.exec(body);
  if (numbers) {
    const width = /^-?0\d/.test(numbers[1] ?? '') ? (numbers[1] ?? '').length : 0;
    return range(Number(numbers[1]), Number(numbers[2]), Number(numbers[3] ?? 1)).map((value) =>
      String(value).padStart(width, '0'),
    );
  }
  if (letters) {
    const [from = 0, to = 0] = [letters[1]?.charCodeAt(0), letters[2]?.charCodeAt(0)];
    return range(from, to, 1).map((code) => String.fromCharCode(code));
  }
  return undefined;
}

function range(from: number, to: number, step: number): readonly number[] {
  const stride = Math.max(1, Math.abs(step));
  const count = Math.min(maximum, Math.floor(Math.abs(to - from) / stride) + 1);
  return Array.from({ length: count }, (_, index) => from + (to < from ? -1 : 1) * stride * index);
}
