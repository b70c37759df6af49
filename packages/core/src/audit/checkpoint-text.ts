/** What a checkpoint says (C2SP tlog-checkpoint): which log, how many records, and the root of their tree. */
import { InvalidArgumentError } from '../kernel/errors.js';
import type { Sha256 } from '../kernel/identifiers.js';
import { hashBytes } from '../merkle/hash.js';
import { parseNote, type SignedNote } from './signed-note.js';

export interface Checkpoint {
  /** `shiplog/` and the origin of the log; the name of its keys, too. */
  readonly name: string;
  readonly size: number;
  readonly root: Sha256;
}

export interface SignedCheckpoint extends Checkpoint {
  readonly note: SignedNote;
}

/** A log's name among all logs. */
export function logNameOf(origin: string): string {
  return `shiplog/${origin}`;
}

export function formatCheckpoint({ name, size, root }: Checkpoint): string {
  return `${name}\n${size}\n${Buffer.from(root, 'hex').toString('base64')}\n`;
}

/**
 * Lines behind the third are somebody's extensions: they are signed, and mean nothing here.
 *
 * @throws InvalidArgumentError
 */
export function parseCheckpoint(text: string): SignedCheckpoint {
  const note = parseNote(text);
  const [name = '', size = '', base64 = ''] = note.text.split('\n');
  const root = Buffer.from(base64, 'base64');
  const isWhole = name !== '' && /^(0|[1-9][0-9]{0,15})$/.test(size) && Number.isSafeInteger(Number(size));
  if (!isWhole || root.length !== hashBytes || root.toString('base64') !== base64) {
    throw new InvalidArgumentError('this note is no checkpoint: its lines are a name, a size, and a root in base64');
  }
  return { name, size: Number(size), root: root.toString('hex') as Sha256, note };
}
