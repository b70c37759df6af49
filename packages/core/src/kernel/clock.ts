import { InvalidArgumentError } from './errors.js';

declare const brand: unique symbol;
/** RFC 3339 in UTC with nanoseconds: `2026-01-31T12:00:00.123456789Z`. Of fixed width, so its text order is its order. */
export type Timestamp = string & { readonly [brand]: 'Timestamp' };

/** Where times come from; a test hands in its own. */
export interface Clock {
  now(): Timestamp;
}

const nanosPerMilli = 1_000_000n;
const nanosPerSecond = 1_000_000_000n;
const rfc3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/;

/** @param nanos nanoseconds since the epoch */
export function timestampFromNanos(nanos: bigint): Timestamp {
  const seconds = nanos / nanosPerSecond;
  const fraction = (nanos % nanosPerSecond).toString().padStart(9, '0');
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.${fraction}Z` as Timestamp;
}

/** @throws InvalidArgumentError unless the text is RFC 3339 in UTC (`Z`), with up to nine digits of fraction. */
export function parseTimestamp(text: string): Timestamp {
  const match = rfc3339.exec(text);
  const millis = match ? Date.parse(text) : Number.NaN;
  // Date.parse takes 24:00 and 30 February for times of the next day; such a text would not sort by its time.
  if (!match || Number.isNaN(millis) || new Date(millis).toISOString().slice(0, 19) !== match[1]) {
    throw new InvalidArgumentError(`${JSON.stringify(text)} is not a time: use RFC 3339 in UTC, 2026-01-31T12:00:00Z`);
  }
  return `${match[1]}.${(match[2] ?? '').padEnd(9, '0')}Z` as Timestamp;
}

/** Nanoseconds since the epoch. */
export function timestampToNanos(timestamp: Timestamp): bigint {
  const seconds = BigInt(Date.parse(`${timestamp.slice(0, 19)}Z`) / 1000);
  return seconds * nanosPerSecond + BigInt(timestamp.slice(20, 29));
}

/** Negative where the second is the earlier one. */
export function millisBetween(first: Timestamp, second: Timestamp): number {
  return Number((timestampToNanos(second) - timestampToNanos(first)) / nanosPerMilli);
}

/**
 * The wall clock in nanoseconds. Node's own stops at milliseconds, so the monotonic clock fills in the rest; when the
 * wall clock was set, the two drift apart and the anchor is taken anew.
 */
export class SystemClock implements Clock {
  #wall = 0n;
  #monotonic = 0n;

  now(): Timestamp {
    const wall = BigInt(Date.now()) * nanosPerMilli;
    const monotonic = process.hrtime.bigint();
    let nanos = this.#wall + (monotonic - this.#monotonic);
    const drift = nanos - wall;
    if (drift < 0n || drift >= 2n * nanosPerMilli) {
      this.#wall = wall;
      this.#monotonic = monotonic;
      nanos = wall;
    }
    return timestampFromNanos(nanos);
  }
}
