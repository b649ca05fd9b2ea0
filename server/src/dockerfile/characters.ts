/**
 * Character classes as Go sees them; JavaScript's `\s` differs (it has U+FEFF and lacks U+0085).
 * Every character concerned is one UTF-16 code unit.
 */

/** Code unit of a line feed. */
export const LINE_FEED = 10;
/** Code unit of a carriage return. */
export const CARRIAGE_RETURN = 13;

/** True for what Go's `unicode.IsSpace` calls white space. */
export function isSpace(unit: number): boolean {
  if (unit <= 0x20) return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d);
  if (unit < 0x85) return false;
  return (
    unit === 0x85 ||
    unit === 0xa0 ||
    unit === 0x1680 ||
    (unit >= 0x2000 && unit <= 0x200a) ||
    unit === 0x2028 ||
    unit === 0x2029 ||
    unit === 0x202f ||
    unit === 0x205f ||
    unit === 0x3000
  );
}

/** True for the separators of arguments: `reWhitespace` in parser/parser.go, `[\t\v\f\r ]+`. */
export function isBlank(unit: number): boolean {
  return unit === 0x20 || unit === 0x09 || unit === 0x0b || unit === 0x0c || unit === 0x0d;
}

/** First offset in `text[start, end)` that holds no white space; `end` when there is none. */
export function skipSpaces(text: string, start: number, end: number): number {
  let offset = start;
  while (offset < end && isSpace(text.charCodeAt(offset))) offset++;
  return offset;
}

/** Offset after the last character of `text[start, end)` that is no white space; `start` when there is none. */
export function trimEnd(text: string, start: number, end: number): number {
  let offset = end;
  while (offset > start && isSpace(text.charCodeAt(offset - 1))) offset--;
  return offset;
}

/** `text` without white space at both ends, by Go's `strings.TrimSpace`. */
export function trimSpace(text: string): string {
  const start = skipSpaces(text, 0, text.length);
  return text.slice(start, trimEnd(text, start, text.length));
}
