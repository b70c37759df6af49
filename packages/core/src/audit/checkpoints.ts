/** Checkpoints of a log: made, kept, and given back with more signatures. */
import type { KeyObject } from 'node:crypto';
import type { EventLog } from '../event-log/event-log.js';
import { FailedPreconditionError, InvalidArgumentError } from '../kernel/errors.js';
import { rootOf } from '../merkle/tree.js';
import { formatCheckpoint, logNameOf, parseCheckpoint, type SignedCheckpoint } from './checkpoint-text.js';
import { formatVerifierKey, parseVerifierKey, signersOf, signText, verifierKeyOf } from './note-key.js';
import { formatNote, mergeSignatures } from './signed-note.js';

/**
 * Signs what the log is now, and keeps the note in the log. Where there is a note of the same size, its signatures stay.
 *
 * @returns the note, to be kept elsewhere
 * @throws UnavailableError if it cannot be kept
 */
export async function makeCheckpoint(log: EventLog, key: KeyObject): Promise<string> {
  const name = logNameOf(log.origin);
  const size = log.head();
  const text = formatCheckpoint({ name, size, root: rootOf(log.tree, size) });
  const known = noteOfSize(log, size);
  const signatures = mergeSignatures(known?.note.text === text ? known.note.signatures : [], [
    signText(text, key, name),
  ]);
  const note = formatNote({ text, signatures });
  await log.keepCheckpoint({ size, note }, formatVerifierKey(verifierKeyOf(key, name)));
  return note;
}

/**
 * Takes a checkpoint of this log back, with the signatures that others have given it: they are kept beside our own.
 *
 * @returns the note with all signatures
 * @throws InvalidArgumentError if it is no checkpoint
 * @throws FailedPreconditionError if it is another log's, says something else than this log, or has no signature of ours
 */
export async function addSignatures(log: EventLog, text: string): Promise<string> {
  const given = parseCheckpoint(text);
  const { name, size, root, note } = given;
  if (name !== logNameOf(log.origin)) {
    throw new FailedPreconditionError(`this is a checkpoint of ${name}, and this log is ${logNameOf(log.origin)}`);
  }
  if (size > log.head() || rootOf(log.tree, size) !== root) {
    throw new FailedPreconditionError(
      'the checkpoint does not fit this log: `shiplog audit verify --against` says more',
    );
  }
  const [signer] = signersOf(note, log.stored().keys().flatMap(tryParseKey));
  if (!signer)
    throw new FailedPreconditionError('the checkpoint has no signature of this log: give back one of its own');
  const known = noteOfSize(log, size);
  if (known && known.note.text !== note.text) {
    throw new InvalidArgumentError('the checkpoint has lines that this log did not sign');
  }
  const whole = formatNote({ ...note, signatures: mergeSignatures(known?.note.signatures ?? [], note.signatures) });
  await log.keepCheckpoint({ size, note: whole }, formatVerifierKey(signer));
  return whole;
}

/** Undefined where there is none, or none that can be read. */
function noteOfSize(log: EventLog, size: number): SignedCheckpoint | undefined {
  for (const { size: at, note } of log.stored().checkpoints()) {
    if (at !== size) continue;
    try {
      return parseCheckpoint(note);
    } catch {
      return undefined;
    }
  }
  return undefined;
}

/** Empty for one that was damaged. */
export function tryParseKey(text: string): ReturnType<typeof parseVerifierKey>[] {
  try {
    return [parseVerifierKey(text)];
  } catch {
    return [];
  }
}
