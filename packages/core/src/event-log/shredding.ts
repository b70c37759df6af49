/**
 * Payloads that were destroyed on purpose. Records refer to a payload by its hash and stay as they are, so the log
 * proves itself as before; that the bytes are gone, since when, by whom and why, is an event of the system's stream.
 */
import { FailedPreconditionError, NotFoundError, UnavailableError } from '../kernel/errors.js';
import type { Sha256 } from '../kernel/identifiers.js';
import { sha256Of } from '../kernel/typed-any.js';
import type { EventLog, LogRecord, Position, StreamId } from './event-log.js';
import { atOneBase, type LogBase } from './log-base.js';
import type { Projection } from './projection.js';

export const shredTopics = ['/audit/shred-requested', '/audit/shredded', '/audit/shred-failed'] as const;

export const systemStream: StreamId = { namespace: '', task: '' };

/** A blob, and what it was. */
export interface ShreddedPayload {
  readonly typeUrl: string;
  readonly sha256: Sha256;
}

/** Who destroyed a payload, when and why. */
export interface Shredding extends ShreddedPayload {
  /** Of the `/audit/shredded`. */
  readonly position: Position;
  readonly time: string;
  readonly actor: LogRecord['actor'];
  readonly reason: string;
}

/** It was there, and was destroyed on purpose. */
export class PayloadShreddedError extends FailedPreconditionError {
  override readonly name = 'PayloadShreddedError';
  readonly shredding: Shredding;

  constructor(shredding: Shredding) {
    const { sha256, time, reason, position, actor } = shredding;
    super(`the payload ${sha256} was shredded on ${time} by ${whoOf(actor)}: ${reason}`, {
      details: { sha256, position },
    });
    this.shredding = shredding;
  }
}

function whoOf({ user, uid, loginUid }: LogRecord['actor']): string {
  return user || `uid ${loginUid ?? uid}`;
}

/** What an `/audit/shredded` says, in a sentence. */
export function toldShredding({ time, actor, event }: LogRecord): string {
  const count = Array.isArray(event.payloads) ? event.payloads.length : 0;
  const what = count === 1 ? 'a payload was' : `${count} payloads were`;
  return `${what} shredded on ${time} by ${whoOf(actor)}: ${String(event.reason)}`;
}

/** All that these records say were shredded, by hash; of one that was stored and shredded again, the last. */
function shreddingsIn(records: Iterable<LogRecord>): ReadonlyMap<Sha256, Shredding> {
  const found = new Map<Sha256, Shredding>();
  for (const { type, event, position, time, actor } of records) {
    if (type !== '/audit/shredded' || !Array.isArray(event.payloads)) continue;
    for (const { sha256, typeUrl } of event.payloads as readonly ShreddedPayload[]) {
      found.set(sha256, { sha256, typeUrl, position, time, actor, reason: String(event.reason) });
    }
  }
  return found;
}

/** Carried on by archiving: under the hash of each payload that was shredded, who, when and why. */
export const shreddingFold: Projection = {
  name: 'shreddings',
  version: 1,
  apply(record, store) {
    for (const [sha256, shredding] of shreddingsIn([record])) store.put(sha256, Buffer.from(JSON.stringify(shredding)));
  },
};

/** Of a log, what was archived of it included. */
export function shreddingsOf(log: Pick<EventLog, 'base' | 'readStream'>): ReadonlyMap<Sha256, Shredding> {
  return atOneBase(log, (base) => {
    return new Map([...archivedShreddings(base), ...shreddingsIn(log.readStream(systemStream))]);
  });
}

/** One that is damaged is passed over: `audit verify` finds it. */
export function* archivedShreddings(base: LogBase): Generator<readonly [sha256: Sha256, Shredding]> {
  for (const [sha256, bytes] of base.foldedEntries(shreddingFold.name)) {
    try {
      yield [sha256 as Sha256, JSON.parse(Buffer.from(bytes).toString()) as Shredding];
    } catch {}
  }
}

/**
 * What `EventLog.blob` gives for what is stored under a hash.
 *
 * @throws NotFoundError, PayloadShreddedError, UnavailableError
 */
export function checkedBlob(
  sha256: Sha256,
  stored: Uint8Array | undefined,
  log: Pick<EventLog, 'base' | 'readStream'>,
): Uint8Array {
  if (stored && sha256Of(stored) === sha256) return stored;
  if (stored) {
    // Also what a shredding leaves that was cut short between overwriting and removing.
    const message = `the bytes of the payload ${sha256} are damaged; \`shiplog events --type 'shred*'\` tells whether somebody was shredding it`;
    throw new UnavailableError(message, { details: { sha256 } });
  }
  const shredding = shreddingsOf(log).get(sha256);
  if (shredding) throw new PayloadShreddedError(shredding);
  throw new NotFoundError(`the log has no blob ${sha256}`, { details: { sha256 } });
}
