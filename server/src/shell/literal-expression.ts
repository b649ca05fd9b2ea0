/** Texts of a Dockerfile in regular expressions: a name may be `a(`. */

/** The text as part of a regular expression that matches just it. */
export function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}
