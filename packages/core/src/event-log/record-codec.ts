/**
 * A record's stored text: JSON, the members in the order of `LogRecord`. Its bytes in UTF-8 are the evidence (P9):
 * whoever hashes or ships a record takes those, and nobody encodes a decoded record again.
 *
 * `{"position":7,"namespace":"default","task":"web","version":3,"type":"/tasks/start", ...}`
 */
import { errorMessageOf, InvalidArgumentError } from '../kernel/errors.js';
import type { Actor, Damage, LogRecord, NewRecord, Position, RecordedEvent, StreamId } from './event-log.js';
import { plainCopy } from './plain-copy.js';

/** All of a record but its place in the log, which only the write transaction knows. */
export interface EncodedBody {
  /** The JSON of the members, without the braces. */
  readonly members: string;
  /** What a reader will see: free of whatever JSON cannot hold, and no longer shared with the caller. */
  readonly record: NewRecord;
}

/** @throws InvalidArgumentError if a member is missing, or the event is no JSON object (a bigint, a cycle). */
export function encodeBody(input: NewRecord): EncodedBody {
  const { type, schema, time, runtime, runtimeVersion, correlationId, causation } = input;
  const wrong = wrongMember(input);
  if (wrong) throw new InvalidArgumentError(`a record of type ${type} is not valid: ${wrong}`, { details: { type } });
  const actor = storedActor(input.actor);
  const config = configOf(input);
  const event = storedEvent(input);
  const record = { type, schema, time, actor, runtime, runtimeVersion, ...config, correlationId, causation, event };
  return { members: JSON.stringify(record).slice(1, -1), record };
}

function storedActor({ uid, gid, pid, loginUid, command, argv, user, ticket, requestId }: Actor): Actor {
  return {
    ...{ uid, gid, pid, loginUid, command },
    ...(argv && { argv: [...argv] }),
    user,
    ...(ticket !== undefined && { ticket }),
    requestId,
  };
}

function configOf({ runtimeConfig }: NewRecord): Pick<NewRecord, 'runtimeConfig'> {
  return runtimeConfig === undefined ? {} : { runtimeConfig };
}

/** The event as a reader will see it. */
function storedEvent({ type, event }: NewRecord): NewRecord['event'] {
  try {
    const stored: unknown = plainCopy(event) ?? JSON.parse(JSON.stringify(event));
    if (isObject(stored)) return stored;
  } catch (cause) {
    throw new InvalidArgumentError(`an event of type ${type} cannot be written as JSON: ${errorMessageOf(cause)}`, {
      cause,
      details: { type },
    });
  }
  throw new InvalidArgumentError(`an event of type ${type} is no JSON object`, { details: { type } });
}

export function encodeRecord(body: EncodedBody, stream: StreamId, version: number, position: Position): string {
  const namespace = JSON.stringify(stream.namespace);
  const task = JSON.stringify(stream.task);
  return `{"position":${position},"namespace":${namespace},"task":${task},"version":${version},${body.members}}`;
}

export function placeRecord(body: EncodedBody, stream: StreamId, version: number, position: Position): LogRecord {
  const { type, schema, time, actor, runtime, runtimeVersion, correlationId, causation, event } = body.record;
  return {
    position,
    namespace: stream.namespace,
    task: stream.task,
    version,
    type,
    schema,
    time,
    actor,
    runtime,
    runtimeVersion,
    ...configOf(body.record),
    correlationId,
    causation,
    event,
  };
}

/** Total: whatever the text is, the answer is a record or what is wrong with it (P8). */
export function decodeRecord(position: Position, text: string): LogRecord | Damage {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    return { position, reason: `its bytes are not JSON: ${errorMessageOf(cause)}` };
  }
  if (!isObject(value)) return { position, reason: 'it is no JSON object' };
  const record: Partial<LogRecord> = value;
  const wrong = wrongPlace(record, position) ?? wrongMember(record);
  return wrong ? { position, reason: wrong } : (record as LogRecord);
}

export function isDamage(decoded: RecordedEvent | Damage): decoded is Damage {
  return 'reason' in decoded;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function wrongPlace(record: Partial<LogRecord>, position: Position): string | undefined {
  if (record.position !== position) return `it says that its position is ${JSON.stringify(record.position)}`;
  if (typeof record.namespace !== 'string') return 'its namespace is no text';
  if (typeof record.task !== 'string') return 'its task is no text';
  if (!isCount(record.version) || record.version === 0) return 'its version is no number from 1';
  return undefined;
}

function wrongMember(record: Partial<NewRecord>): string | undefined {
  if (typeof record.type !== 'string' || record.type === '') return 'its type is no text';
  if (!isCount(record.schema)) return 'its schema is no number from 0';
  if (typeof record.time !== 'string') return 'its time is no text';
  if (!isActor(record.actor)) return 'its actor is incomplete';
  if (typeof record.runtime !== 'string') return 'its runtime is no text';
  if (typeof record.runtimeVersion !== 'string') return 'its runtimeVersion is no text';
  if (!isTextOrAbsent(record.runtimeConfig)) return 'its runtimeConfig is no text';
  if (typeof record.correlationId !== 'string') return 'its correlationId is no text';
  if (!isCount(record.causation)) return 'its causation is no position';
  if (!isObject(record.event)) return 'its event is no object';
  return undefined;
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

function isArgv(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.every((word) => typeof word === 'string'));
}

function isActor(actor: Partial<Actor> | undefined): boolean {
  return (
    isObject(actor) &&
    Number.isSafeInteger(actor.uid) &&
    Number.isSafeInteger(actor.gid) &&
    Number.isSafeInteger(actor.pid) &&
    (actor.loginUid === null || Number.isSafeInteger(actor.loginUid)) &&
    typeof actor.command === 'string' &&
    isArgv(actor.argv) &&
    typeof actor.user === 'string' &&
    isTextOrAbsent(actor.ticket) &&
    typeof actor.requestId === 'string'
  );
}
