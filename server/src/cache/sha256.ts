/** SHA-256 without Node, so that it runs in a browser worker too. Every module that needs a digest uses this file. */
import { sha256 as hash } from '@noble/hashes/sha2';
import { bytesToHex } from '@noble/hashes/utils';

const encoder = new TextEncoder();

/** The 32 bytes of the digest. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return hash(bytes);
}

/** The digest of a text's UTF-8 bytes, as 64 lower-case hexadecimal digits. */
export function sha256Hex(text: string): string {
  return bytesToHex(hash(encoder.encode(text)));
}
