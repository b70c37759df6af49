import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTimestamp, SystemClock, timestampFromNanos, timestampToNanos } from '../../src/kernel/clock.js';
import { InvalidArgumentError } from '../../src/kernel/errors.js';

/** 1970 to 9999. */
const nanos = fc.bigInt({ min: 0n, max: 253_402_300_799_999_999_999n });

describe('a time', () => {
  it.each([
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000000000Z'],
    ['2026-01-31T12:00:00.5Z', '2026-01-31T12:00:00.500000000Z'],
    ['2026-01-31T12:00:00.123456789Z', '2026-01-31T12:00:00.123456789Z'],
    ['2024-02-29T23:59:59Z', '2024-02-29T23:59:59.000000000Z'],
  ])('%s is %s', (text, timestamp) => {
    expect(parseTimestamp(text)).toBe(timestamp);
  });

  it.each([
    '',
    'now',
    '2026-01-31',
    '2026-01-31T12:00:00',
    '2026-01-31T12:00:00+01:00',
    '2026-01-31 12:00:00Z',
    '2026-01-31T12:00:00.1234567890Z',
    '2026-13-01T12:00:00Z',
    '2026-02-30T12:00:00Z',
    '2025-02-29T12:00:00Z',
    '2026-01-31T24:00:00Z',
    '2026-01-31T12:00:60Z',
  ])('%j is none', (text) => {
    expect(() => parseTimestamp(text)).toThrow(InvalidArgumentError);
    expect(() => parseTimestamp(text)).toThrow(/use RFC 3339 in UTC/);
  });

  it('is exact to the nanosecond, there and back', () => {
    fc.assert(
      fc.property(nanos, (instant) => {
        const timestamp = timestampFromNanos(instant);
        expect(timestampToNanos(timestamp)).toBe(instant);
        expect(parseTimestamp(timestamp)).toBe(timestamp);
      }),
    );
  });

  it('sorts as text as it does in time', () => {
    fc.assert(
      fc.property(nanos, nanos, (one, other) => {
        expect(timestampFromNanos(one) < timestampFromNanos(other)).toBe(one < other);
      }),
    );
  });
});

describe('the system clock', () => {
  it('tells the time of the day', () => {
    const clock = new SystemClock();
    const before = BigInt(Date.now()) * 1_000_000n;
    const now = timestampToNanos(clock.now());
    const after = BigInt(Date.now() + 1) * 1_000_000n;
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(after + 2_000_000n);
  });

  it('tells times apart that are less than a millisecond apart', () => {
    const clock = new SystemClock();
    const times = new Set(Array.from({ length: 100 }, () => clock.now()));
    expect(times.size).toBeGreaterThan(10);
  });
});
