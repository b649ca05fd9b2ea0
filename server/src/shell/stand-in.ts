/**
 * Values that only the running container knows. A mark between two private-use characters stands for an unknown piece of text; the same
 * mark is the same text, so that words made of it can be compared.
 */

const opening = '\uE000';
const closing = '\uE001';
const marks = /\uE000[^\uE001]*\uE001?/g;
const longestName = 40;

/** True when a value has no unknown piece. */
export function isKnown(value: string): boolean {
  return !value.includes(opening);
}

/** A mark for an unknown piece that `name` tells apart from others; it has no character that means something to a shell. */
export function standInFor(name: string): string {
  const plain = name.replace(/[\uE000\uE001]/g, '');
  const readable = plain.slice(0, longestName).replace(/[^\w.-]+/g, '_');
  return `${opening}${readable === plain ? plain : `${readable}-${hash(plain)}`}${closing}`;
}

/** The text with characters that would be taken for marks replaced; offsets stay. */
export function withoutMarks(text: string): string {
  return /[\uE000\uE001]/.test(text) ? text.replace(/[\uE000\uE001]/g, '\uFFFD') : text;
}

/** A value with every unknown piece replaced. */
export function fillMarks(value: string, filling: string): string {
  return value.replace(marks, filling);
}

/** Bernstein's hash: long names are told apart by it, and a collision only makes two unknown values one. */
function hash(text: string): string {
  let value = 5381;
  for (let index = 0; index < text.length; index += 1) value = (value * 33 + text.charCodeAt(index)) % 4294967296;
  return value.toString(36);
}
