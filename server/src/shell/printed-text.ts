/** Escapes of `echo` and the formats of `printf` (POSIX echo, printf). */

const letters: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  e: '\x1b',
  '\\': '\\',
};

/** Text after `echo -e` or dash's `echo`; `ends`: `\c` ended the output, no line end follows. */
export function unescapeEcho(text: string): { readonly text: string; readonly ends: boolean } {
  const stop = /(^|[^\\])((?:\\\\)*)\\c/.exec(text);
  const shown = stop ? text.slice(0, stop.index + (stop[1]?.length ?? 0) + (stop[2]?.length ?? 0)) : text;
  return {
    text: replaceEscapes(shown, /\\(?:0([0-7]{0,3})|x([0-9a-fA-F]{1,2})|([abfnrtve\\]))/g),
    ends: stop !== null,
  };
}

function replaceEscapes(text: string, escapes: RegExp): string {
  return text.replace(escapes, (whole, octal?: string, hexadecimal?: string, letter?: string) => {
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal === '' ? '0' : octal, 8) % 256);
    if (hexadecimal !== undefined) return String.fromCharCode(Number.parseInt(hexadecimal, 16));
    return letter === undefined ? whole : (letters[letter] ?? whole);
  });
}

/** Output of `printf FORMAT ARGUMENT…`; undefined for conversions that are not followed. */
export function quotedPrintf(words: readonly string[]): string | undefined {
  const [format, ...given] = words;
  if (format === undefined || format.length > 100_000) return undefined;
  let result = '';
  let rest = given;
  do {
    const round = formatOnce(format, rest);
    if (round === undefined) return undefined;
    result += round.text;
    if (round.used === 0 || result.length > 1_000_000) return result;
    rest = rest.slice(round.used);
  } while (rest.length > 0);
  return result;
}

function formatOnce(
  format: string,
  given: readonly string[],
): { readonly text: string; readonly used: number } | undefined {
  let used = 0;
  let failed = false;
  const next = (): string => {
    const value = given[used] ?? '';
    used += 1;
    return value;
  };
  const pieces = format.split(/(%(?:%|[-0+ #]*\d{0,3}(?:\.\d{1,3})?[A-Za-z]))/);
  const text = pieces.map((piece, index) => {
    if (index % 2 === 0)
      return replaceEscapes(piece, /\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|([abfnrtve\\]))/g).replace(/\\(["'])/g, '$1');
    if (piece === '%%') return '%';
    const [, flags = '', width = '', precision, kind = ''] =
      /^%([-0+ #]*)(\d*)(?:\.(\d+))?([A-Za-z])$/.exec(piece) ?? [];
    const converted = convert(kind, next(), precision);
    if (converted === undefined) {
      failed = true;
      return '';
    }
    const size = Number(width);
    if (flags.includes('-')) return converted.padEnd(size);
    return flags.includes('0') && kind === 'd' ? converted.padStart(size, '0') : converted.padStart(size);
  });
  return failed ? undefined : { text: text.join(''), used };
}

function convert(kind: string, value: string, precision: string | undefined): string | undefined {
  switch (kind) {
    case 's':
      return precision === undefined ? value : value.slice(0, Number(precision));
    case 'b':
      return unescapeEcho(value).text;
    case 'd':
    case 'i':
      return /^-?\d{0,15}$/.test(value) && precision === undefined ? String(Number(value)) : undefined;
    case 'c':
      return value.slice(0, 1);
    default:
      return undefined;
  }
}
