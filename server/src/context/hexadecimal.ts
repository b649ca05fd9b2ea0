/** Bytes as hexadecimal digits, and back. */

/** Character codes of the digits. */
export const hexDigits: readonly number[] = Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));

/**
 * Bytes as lower-case hexadecimal digits. Made at once: a text put together byte by byte stays a chain of its parts, which
 * takes five times the memory, and records keep hundreds of thousands of them.
 */
export function toHex(bytes: Uint8Array): string {
  const units: number[] = [];
  for (const byte of bytes) units.push(hexDigits[byte >> 4] ?? 0, hexDigits[byte & 0x0f] ?? 0);
  return String.fromCharCode(...units);
}

/** So many bytes of hexadecimal digits; what is missing is 0. */
export function fromHex(text: string, width: number): Uint8Array {
  const bytes = new Uint8Array(width);
  for (let index = 0; index < width; index++) {
    bytes[index] = (hexDigit(text.charCodeAt(index * 2)) << 4) | hexDigit(text.charCodeAt(index * 2 + 1));
  }
  return bytes;
}

/** The value of a hexadecimal digit by its character code; letters have the bit 0x40. */
function hexDigit(code: number): number {
  return (code & 0x0f) + (code & 0x40 ? 9 : 0);
}
