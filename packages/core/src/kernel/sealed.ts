/**
 * Secrets as one blob that nothing can be told from without its first bytes:
 *
 *     "sealed1\0"   8 bytes
 *     key           32 random bytes
 *     the rest      AES-256-CTR under that key, counter 0, of {"JSON POINTER": VALUE, ...}
 *
 * It hides nothing from whoever has the blob. What it is for: the key salts the blob's hash, so that a short secret cannot
 * be guessed from the log; and once the key's 32 bytes are overwritten, whatever copies of the rest a file system or a
 * database still has are noise.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { UnavailableError } from './errors.js';
import { parseExactJson } from './exact-json.js';

const mark = Buffer.from('sealed1\0');
const keyLength = 32;
const cipher = 'aes-256-ctr';
const counter = Buffer.alloc(16);

export type SealedValues = Readonly<Record<string, unknown>>;

export function seal(values: SealedValues): Buffer {
  const key = randomBytes(keyLength);
  const sealing = createCipheriv(cipher, key, counter);
  return Buffer.concat([mark, key, sealing.update(JSON.stringify(values)), sealing.final()]);
}

/** @throws UnavailableError if it is damaged */
export function unseal(blob: Uint8Array): SealedValues {
  const key = keyOfSealed(blob);
  if (!key) throw new UnavailableError('the secrets are damaged: they are not sealed as they should be');
  const unsealing = createDecipheriv(cipher, key, counter);
  const text = Buffer.concat([unsealing.update(blob.subarray(mark.length + keyLength)), unsealing.final()]);
  return parseExactJson(text.toString()) as SealedValues;
}

/** Undefined for a blob that is not sealed. */
export function keyOfSealed(blob: Uint8Array): Buffer | undefined {
  const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength);
  if (!bytes.subarray(0, mark.length).equals(mark)) return undefined;
  return bytes.subarray(mark.length, mark.length + keyLength);
}
