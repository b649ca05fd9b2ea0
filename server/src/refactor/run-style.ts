/** How a Dockerfile lays out long RUN instructions. */

export interface ChainStyle {
  /** `&&` at the end of a line, or at the beginning of the next. */
  readonly operator: 'trailing' | 'leading';
  /** Blanks before a continuation line. */
  readonly indent: string;
}

/** Four blanks and a trailing `&&`. */
export const standardStyle: ChainStyle = { operator: 'trailing', indent: '    ' };

/** The style of the first text that shows one; undefined when none does. */
export function chainStyle(texts: readonly string[], escapeToken: string): ChainStyle | undefined {
  const token = escapeToken === '\\' ? '\\\\' : escapeToken;
  const leading = new RegExp(`${token}[ \\t]*\\r?\\n(?:[ \\t]*(?:#[^\\n]*)?\\r?\\n)*([ \\t]*)&&`);
  const trailing = new RegExp(`&&[ \\t]*${token}[ \\t]*\\r?\\n(?:[ \\t]*(?:#[^\\n]*)?\\r?\\n)*([ \\t]*)\\S`);
  const other = new RegExp(`${token}[ \\t]*\\r?\\n([ \\t]+)\\S`);
  for (const text of texts) {
    const trailingMatch = trailing.exec(text);
    const leadingMatch = leading.exec(text);
    if (leadingMatch && (!trailingMatch || leadingMatch.index < trailingMatch.index)) {
      return { operator: 'leading', indent: leadingMatch[1] || standardStyle.indent };
    }
    if (trailingMatch) return { operator: 'trailing', indent: trailingMatch[1] || standardStyle.indent };
  }
  for (const text of texts) {
    const match = other.exec(text);
    if (match) return { operator: standardStyle.operator, indent: match[1] || standardStyle.indent };
  }
  return undefined;
}
