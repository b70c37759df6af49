import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogRecord, NewRecord, Position } from '../../src/event-log/event-log.js';
import { decodeRecord, encodeBody, encodeRecord, isDamage, placeRecord } from '../../src/event-log/record-codec.js';
import type { Timestamp } from '../../src/kernel/clock.js';
import { newRecord } from './new-record.js';

const name = fc.string({ unit: 'binary' });
const count = fc.maxSafeNat();
const event = fc.dictionary(name, fc.jsonValue()).filter((value) => !Object.hasOwn(value, '__proto__'));

const anyRecord: fc.Arbitrary<NewRecord> = fc.record({
  type: fc.string({ unit: 'binary', minLength: 1 }),
  schema: count,
  time: fc.constant('2026-01-31T12:00:00.000000001Z' as Timestamp),
  actor: fc.record(
    {
      uid: count,
      gid: count,
      pid: count,
      loginUid: fc.option(count),
      command: name,
      argv: fc.array(name),
      user: name,
      ticket: name,
      requestId: name,
    },
    { requiredKeys: ['uid', 'gid', 'pid', 'loginUid', 'command', 'user', 'requestId'] },
  ),
  runtime: name,
  runtimeVersion: name,
  correlationId: name,
  causation: count,
  event,
});

/** Such as older programs wrote none. */
const anyConfig = fc.option(fc.record({ runtimeConfig: name }), { nil: {} });

const anyPlace = fc.record({ namespace: name, task: name, version: fc.integer({ min: 1 }), position: count });

function encode(record: NewRecord, { namespace, task, version, position }: Omit<LogRecord, keyof NewRecord>): string {
  return encodeRecord(encodeBody(record), { namespace, task }, version, position);
}

const valid = encode(newRecord('/a', { id: 'web' }), { namespace: 'n', task: 't', version: 2, position: 7 });
const reasonOf = (position: Position, text: string) => {
  const decoded = decodeRecord(position, text);
  return isDamage(decoded) ? decoded : undefined;
};

describe('a record in bytes', () => {
  it('is read as it was written, and as its append answered, also after a way through UTF-8', () => {
    fc.assert(
      fc.property(anyRecord, anyConfig, anyPlace, (body, config, place) => {
        const record = { ...body, ...config };
        const text = encode(record, place);
        const stored = Buffer.from(text).toString();
        const decoded = decodeRecord(place.position, stored);
        expect(decoded).toEqual(placeRecord(encodeBody(record), place, place.version, place.position));
        expect(decoded).toEqual(JSON.parse(JSON.stringify({ ...record, ...place })));
      }),
    );
  });

  it('has its members in one order, whatever the order they came in', () => {
    const { event, type, ...rest } = newRecord('/a', { id: 'web' });
    const place = { namespace: 'n', task: 't', version: 2, position: 7 };
    expect(encode({ event, ...rest, type }, place)).toBe(valid);
    expect(Object.keys(JSON.parse(valid)).slice(0, 5)).toEqual(['position', 'namespace', 'task', 'version', 'type']);
  });

  it('holds nothing that no record has', () => {
    const strange = { ...newRecord('/a', { id: 'web' }), secret: 'x' };
    expect(encode(strange, { namespace: 'n', task: 't', version: 2, position: 7 })).toBe(valid);
  });
});

describe('decoding is total', () => {
  it('whatever the text is: a record of that position, or damage with a reason', () => {
    const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.json());
    fc.assert(
      fc.property(anyText, count, (text, position) => {
        expect(reasonOf(position, text)).toMatchObject({ position, reason: expect.stringMatching(/./) });
      }),
    );
  });

  it('whatever one character of a record becomes', () => {
    fc.assert(
      fc.property(fc.nat(valid.length - 1), fc.string({ unit: 'binary', maxLength: 2 }), (at, other) => {
        const decoded = decodeRecord(7, valid.slice(0, at) + other + valid.slice(at + 1));
        expect(decoded.position).toBe(7);
      }),
    );
  });

  it.each<[string, Record<string, unknown>]>([
    ['its position is 8', { position: 8 }],
    ['its namespace is no text', { namespace: 1 }],
    ['its task is no text', { task: null }],
    ['its version is no number', { version: 0 }],
    ['its type is no text', { type: '' }],
    ['its schema is no number', { schema: -1 }],
    ['its time is no text', { time: 12 }],
    ['its actor is incomplete', { actor: { uid: 0 } }],
    ['its actor is incomplete', { actor: { ...newRecord('/a').actor, argv: ['a', 1] } }],
    ['its actor is incomplete', { actor: { ...newRecord('/a').actor, ticket: 7 } }],
    ['its runtimeConfig is no text', { runtimeConfig: 7 }],
    ['its runtime is no text', { runtime: undefined }],
    ['its runtimeVersion is no text', { runtimeVersion: undefined }],
    ['its correlationId is no text', { correlationId: undefined }],
    ['its causation is no position', { causation: 0.5 }],
    ['its event is no object', { event: [] }],
  ])('says that %s', (reason, change) => {
    const text = JSON.stringify({ ...JSON.parse(valid), ...change });
    expect(reasonOf(7, text)?.reason).toContain(reason);
  });

  it('lets through what a newer version added', () => {
    expect(reasonOf(7, JSON.stringify({ ...JSON.parse(valid), signature: 'x' }))).toBeUndefined();
  });
});
