/** How a Dockerfile lays out long RUN instructions. */

export interface ChainStyle {
  /** `&&` at the end of a line, or at the beginning of the next. */
  readonly operator: 'trailing' | 'leading';
  /** Blanks before a continuation line. */
  readonly indent: string;
}

const standard: ChainStyle = { operator: 'trailing', indent: '    ' };

/**
 * The style of the texts, the first that shows one: usually the RUN instructions in question, then the rest of the file.
 * Four blanks and a trailing `&&` when none does.
 */
export function chainStyle(texts: readonly string[], escapeToken: string): ChainStyle {
  const token = escapeToken === '\\' ? '\\\\' : escapeToken;
  const leading = new RegExp(`${token}[ \\t]*\\r?\\n(?:[ \\t]*(?:#[^\\n]*)?\\r?\\n)*([ \\t]*)&&`);
  const trailing = new RegExp(`&&[ \\t]*${token}[ \\t]*\\r?\\n(?:[ \\t]*(?:#[^\\n]*)?\\r?\\n)*([ \\t]*)\\S`);
  const other = new RegExp(`${token}[ \\t]*\\r?\\n([ \\t]+)\\S`);
  for (const text of texts) {
    const trailingMatch = trailing.exec(text);
    const leadingMatch = leading.exec(text);
    if (leadingMatch && (!trailingMatch || leadingMatch.index < trailingMatch.index)) {
      return { operator: 'leading', indent: leadingMatch[1] || standard.indent };
    }
    if (trailingMatch) return { operator: 'trailing', indent: trailingMatch[1] || standard.indent };
  }
  for (const text of texts) {
    const match = other.exec(text);
    if (match) return { operator: standard.operator, indent: match[1] || standard.indent };
  }
  return standard;
}
