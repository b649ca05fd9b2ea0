/** Bytes as hexadecimal digits, and back. */

const hexadecimal = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Bytes as lower-case hexadecimal digits. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += hexadecimal[byte];
  return text;
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
