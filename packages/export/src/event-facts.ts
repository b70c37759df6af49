/** What every format needs of a record, read with care: an event may be of a type, or a shape, that is not known here. */
import type { LogRecord } from '@shiplog/core';

/** Names the log: its tree's, its notes' and its events' origin. */
export interface Origin {
  /** The log's own UUID. */
  readonly origin: string;
}

/** A record, and its bytes as they are stored (P9). */
export interface StoredRecord {
  readonly record: LogRecord;
  readonly bytes: Uint8Array;
}

export type Payload = LogRecord['event'];

export function textOf(event: Payload, name: string): string | undefined {
  const value = Object.hasOwn(event, name) ? event[name] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function countOf(event: Payload, name: string): number | undefined {
  const value = Object.hasOwn(event, name) ? event[name] : undefined;
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** The exec that an event is about; undefined where it is about the task itself. */
export function execOf({ task, event }: LogRecord): string | undefined {
  const id = textOf(event, 'id');
  return textOf(event, 'execId') ?? (id === task ? undefined : id);
}

/** Unique among all logs. */
export function eventId({ origin }: Origin, position: number): string {
  return `${origin}/${position}`;
}

/** Milliseconds since 1970; undefined for what is no time. */
export function millisOf(time: string | undefined): number | undefined {
  const millis = time === undefined ? Number.NaN : Date.parse(time);
  return Number.isNaN(millis) ? undefined : millis;
}
