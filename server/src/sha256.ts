/** SHA-256 for digests and cache keys. A library, because pure modules also run where Node's crypto is not. */
import { sha256 as digest } from '@noble/hashes/sha2';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils';

/** The digest of bytes or of a text in UTF-8: 32 bytes. */
export function sha256(data: Uint8Array | string): Uint8Array {
  return digest(typeof data === 'string' ? utf8ToBytes(data) : data);
}

/** The digest as 64 hexadecimal digits. */
export function sha256Hex(data: Uint8Array | string): string {
  return bytesToHex(sha256(data));
}
