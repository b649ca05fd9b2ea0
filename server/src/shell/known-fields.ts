/** Whether the number of words is known, so that a loop over them can be unrolled. */
import type { Field } from './expand-word';

/** False when a word may be any number of words: a pattern, or an unquoted expansion that is not known. */
export function knownFields(fields: readonly Field[]): boolean {
  return fields.every(({ value, pattern, text }) => {
    if (pattern) return false;
    return !/^\uE000[^\uE001]*\uE001$/.test(value) || text.startsWith('"');
  });
}
