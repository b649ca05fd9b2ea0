/** Names in regular expressions: ARG and ENV take any text for a name, `a(` too. */

/** The text as part of a regular expression that matches just it. */
export function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}
