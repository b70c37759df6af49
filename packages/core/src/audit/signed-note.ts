/**
 * Signed notes, as C2SP's signed-note has them: text, an empty line, and a signature a line.
 *
 *     shiplog/2f0c...
 *     73
 *     base64 of the root
 *
 *     — shiplog/2f0c... base64(key ID, 4 bytes || signature)
 */
import { InvalidArgumentError } from '../kernel/errors.js';

export interface NoteSignature {
  /** Of its key. */
  readonly name: string;
  /** Of its key: 4 bytes in hexadecimal. */
  readonly keyId: string;
  readonly signature: Uint8Array;
}

export interface SignedNote {
  /** Ends with a newline. It is what is signed. */
  readonly text: string;
  /** Those of keys that nobody here knows among them. */
  readonly signatures: readonly NoteSignature[];
}

/** As large as a note with 100 signatures can be. */
const maxLength = 64 * 1024;
const maxSignatures = 100;
const keyIdBytes = 4;
const signatureLine = /^\u2014 ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/;

/** @throws InvalidArgumentError */
export function parseNote(note: string): SignedNote {
  const split = note.lastIndexOf('\n\n');
  if (note.length > maxLength) throw malformed(`it has more than ${maxLength} characters`);
  if (split < 1 || !note.endsWith('\n')) throw malformed('there is no empty line before its signatures');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: which a note may not have
  if (/[\0-\x09\x0b-\x1f\ufffd]/.test(note)) throw malformed('it has characters that no note has');
  const lines = note.slice(split + 2, -1).split('\n');
  if (lines.length > maxSignatures) throw malformed(`it has more than ${maxSignatures} signatures`);
  return { text: note.slice(0, split + 1), signatures: lines.map(parseSignature) };
}

function parseSignature(line: string): NoteSignature {
  const [, name, base64] = signatureLine.exec(line) ?? [];
  const bytes = Buffer.from(base64 ?? '', 'base64');
  if (name === undefined || bytes.length <= keyIdBytes || bytes.toString('base64') !== base64) {
    throw malformed('a line below its empty line is no signature');
  }
  return { name, keyId: bytes.toString('hex', 0, keyIdBytes), signature: bytes.subarray(keyIdBytes) };
}

export function formatNote({ text, signatures }: SignedNote): string {
  return `${text}\n${signatures.map(formatSignature).join('\n')}\n`;
}

/** The signatures of both, each once: those of the first come first. */
export function mergeSignatures(
  first: readonly NoteSignature[],
  second: readonly NoteSignature[],
): readonly NoteSignature[] {
  const byLine = new Map([...first, ...second].map((signature) => [formatSignature(signature), signature]));
  return [...byLine.values()];
}

function formatSignature({ name, keyId, signature }: NoteSignature): string {
  return `\u2014 ${name} ${Buffer.concat([Buffer.from(keyId, 'hex'), signature]).toString('base64')}`;
}

function malformed(reason: string): InvalidArgumentError {
  return new InvalidArgumentError(`this is no signed note: ${reason}`);
}
