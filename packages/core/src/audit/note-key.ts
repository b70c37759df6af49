/** Ed25519 keys of signed notes (C2SP signed-note): who signs, and who checks. */
import { createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto';
import { errorMessageOf, InvalidArgumentError } from '../kernel/errors.js';
import type { NoteSignature, SignedNote } from './signed-note.js';

/** Ed25519, in front of the public key. */
const algorithm = 0x01;
const publicKeyBytes = 32;
/** What stands before the 32 bytes of an Ed25519 key in its DER (RFC 8410). */
const derPrefix = Buffer.from('302a300506032b6570032100', 'hex');

export interface VerifierKey {
  readonly name: string;
  /** 4 bytes in hexadecimal: the beginning of SHA-256(name || newline || 0x01 || public key). */
  readonly id: string;
  readonly publicKey: KeyObject;
}

/** The public half of a key, under the name of the log that it signs for. */
export function verifierKeyOf(key: KeyObject, name: string): VerifierKey {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return { name, id: keyIdOf(name, rawBytesOf(publicKey)), publicKey };
}

function rawBytesOf(publicKey: KeyObject): Buffer {
  return publicKey.export({ type: 'spki', format: 'der' }).subarray(-publicKeyBytes);
}

function keyIdOf(name: string, publicKey: Uint8Array): string {
  return hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(algorithm), publicKey]), 'hex').slice(0, 8);
}

/** `NAME+ID+KEY`, as every verifier of signed notes takes it. */
export function formatVerifierKey({ name, id, publicKey }: VerifierKey): string {
  return `${name}+${id}+${Buffer.concat([Buffer.of(algorithm), rawBytesOf(publicKey)]).toString('base64')}`;
}

/** @throws InvalidArgumentError */
export function parseVerifierKey(text: string): VerifierKey {
  const [, name = '', id = '', base64 = ''] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(text) ?? [];
  const bytes = Buffer.from(base64, 'base64');
  if (name === '' || bytes.length !== 1 + publicKeyBytes || bytes[0] !== algorithm) {
    throw new InvalidArgumentError(`${JSON.stringify(text)} is not a verifier key: it looks like NAME+ID+KEY`);
  }
  const raw = bytes.subarray(1);
  if (keyIdOf(name, raw) !== id) {
    throw new InvalidArgumentError(
      `the verifier key ${JSON.stringify(text)} has an ID that is not its own: copy it again`,
    );
  }
  try {
    const publicKey = createPublicKey({ key: Buffer.concat([derPrefix, raw]), format: 'der', type: 'spki' });
    return { name, id, publicKey };
  } catch (cause) {
    throw new InvalidArgumentError(`the verifier key of ${name} holds no key: ${errorMessageOf(cause)}`, { cause });
  }
}

export function signText(text: string, key: KeyObject, name: string): NoteSignature {
  return { name, keyId: verifierKeyOf(key, name).id, signature: sign(null, Buffer.from(text), key) };
}

/** The keys among these that have signed the note. A signature that claims to be a key's, and is not, counts for nothing. */
export function signersOf({ text, signatures }: SignedNote, keys: readonly VerifierKey[]): readonly VerifierKey[] {
  const bytes = Buffer.from(text);
  return keys.filter(({ name, id, publicKey }) =>
    signatures.some(
      ({ name: of, keyId, signature }) => of === name && keyId === id && verify(null, bytes, publicKey, signature),
    ),
  );
}
