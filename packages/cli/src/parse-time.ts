import { InvalidArgumentError, parseTimestamp, type Timestamp, timestampFromNanos } from '@shiplog/core';

/** In nanoseconds, as Go's durations have them. */
const units = new Map<string, bigint>([
  ['ns', 1n],
  ['us', 1_000n],
  ['µs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);

const duration = /^(?:\d{1,12}(?:\.\d{1,9})?(?:ns|us|µs|ms|s|m|h))+$/;
const durationPart = /(\d+)(?:\.(\d+))?(ns|us|µs|ms|s|m|h)/g;
const unixTime = /^(\d{1,11})(?:\.(\d{1,9}))?$/;
const date = /^(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d)(:\d\d)?(?:\.(\d{1,9}))?)?([Zz]|[+-]\d\d:\d\d)?$/;

/**
 * A time as docker's and podman's `--since` takes it: RFC 3339, a date, seconds since 1970, or how long ago. What has no
 * zone is UTC, as the tables print it.
 *
 * @param now milliseconds since the epoch
 * @throws InvalidArgumentError
 */
export function parseTime(text: string, now = Date.now()): Timestamp {
  if (duration.test(text)) return ago(text, BigInt(now) * 1_000_000n);
  const unix = unixTime.exec(text);
  if (unix) return timestampFromNanos(BigInt(unix[1] ?? 0) * 1_000_000_000n + fraction(unix[2]));
  const match = date.exec(text);
  if (!match) throw invalid(text);
  const [, day = '', time = '00:00', seconds = ':00', rest, zone = 'Z'] = match;
  try {
    // Refuses 30 February and 24:00, which the zone's arithmetic would pass over.
    parseTimestamp(`${day}T${time}${seconds}Z`);
  } catch (cause) {
    throw invalid(text, cause);
  }
  const millis = Date.parse(`${day}T${time}${seconds}${zone.toUpperCase()}`);
  if (Number.isNaN(millis) || millis < 0) throw invalid(text);
  return timestampFromNanos(BigInt(millis) * 1_000_000n + fraction(rest));
}

function ago(text: string, now: bigint): Timestamp {
  let nanos = 0n;
  for (const [, whole = '0', rest = '', unit = ''] of text.matchAll(durationPart)) {
    const scale = units.get(unit) ?? 0n;
    nanos += BigInt(whole) * scale + (BigInt(rest.padEnd(9, '0')) * scale) / 1_000_000_000n;
  }
  return timestampFromNanos(nanos > now ? 0n : now - nanos);
}

/** Nanoseconds of the digits behind the point. */
function fraction(digits = ''): bigint {
  return BigInt(digits.padEnd(9, '0'));
}

function invalid(text: string, cause?: unknown): InvalidArgumentError {
  return new InvalidArgumentError(
    `${JSON.stringify(text)} is no time: give 2026-01-31T12:00:00Z, 2026-01-31, seconds since 1970, or how long ago: 10m, 1h30m`,
    { cause },
  );
}
