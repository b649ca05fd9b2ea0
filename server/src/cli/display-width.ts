/** Text in columns of a terminal: cut and padded by the columns it takes. */
import stringWidth from 'string-width';

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** The text cut to so many columns, an ellipsis where something is left out. */
export function cutTo(text: string, width: number): string {
  // A character takes two columns at most, so a text that long need not be measured as a whole.
  if (text.length <= width * 2 && stringWidth(text) <= width) return text;
  if (width <= 0) return '';
  let kept = '';
  let used = 1;
  for (const { segment } of segmenter.segment(text)) {
    used += stringWidth(segment);
    if (used > width) return `${kept.trimEnd()}…`;
    kept += segment;
  }
  return kept;
}

/** The text with spaces behind it (or before it) up to so many columns. */
export function padTo(text: string, width: number, side: 'left' | 'right' = 'left'): string {
  const padding = ' '.repeat(Math.max(0, width - stringWidth(text)));
  return side === 'left' ? text + padding : padding + text;
}

/** The text in lines of at most so many columns, broken at blanks; a word that is longer has a line of its own. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && stringWidth(last) + 1 + stringWidth(word) <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
