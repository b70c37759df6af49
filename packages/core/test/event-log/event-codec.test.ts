import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeEvent } from '../../src/event-log/event-codec.js';
import type { Damage, NewRecord, RecordedEvent } from '../../src/event-log/event-log.js';
import { decodeRecord, encodeBody, encodeRecord, isDamage } from '../../src/event-log/record-codec.js';
import { newRecord } from './new-record.js';

const position = 7;
const written = (record: NewRecord, task = 'web') =>
  encodeRecord(encodeBody(record), { namespace: 'default', task }, 3, position);

const plain = newRecord('/tasks/kill-requested', { containerId: 'web', owner: { pid: 1, all: [true, null] } });
const { actor } = plain;
const texts = [
  written(plain),
  written({
    ...plain,
    runtimeConfig: 'ab',
    actor: { ...actor, argv: ['sh', '-c', 'a b'], ticket: 'CHG-7', loginUid: 1000 },
  }),
  written({ ...plain, actor: { ...actor, argv: [], command: 'say "hello"\n', loginUid: null } }),
  written(newRecord('/a', { event: { position: 1 }, actor: {} }), 'caf\u00e9 \u{1f600}'),
];

/** The same of a whole record. */
function eventOf(decoded: ReturnType<typeof decodeRecord>): RecordedEvent | Damage {
  if (isDamage(decoded)) return decoded;
  const { namespace, task, version, type, schema, time, event } = decoded;
  return { position: decoded.position, namespace, task, version, type, schema, time, event };
}

function partOf(decoded: RecordedEvent | Damage): RecordedEvent | Damage {
  return isDamage(decoded) ? decoded : eventOf(decoded as Parameters<typeof eventOf>[0]);
}

const same = (text: string) =>
  expect(partOf(decodeEvent(position, text))).toEqual(eventOf(decodeRecord(position, text)));

/** What may make another record, or none, of a text that looks like one. */
const snippets = [
  ...[
    '',
    '"',
    '\\',
    '\\"',
    ',',
    ':',
    '{',
    '}',
    '[',
    ']',
    '0',
    '1',
    '-',
    '.5',
    'e9',
    '9999999999999999',
    'null',
    ' ',
    '\n',
    '\u0000',
  ],
  ...[
    '"event":{',
    '"event":{},',
    '"actor":{',
    '"position":7,',
    '"version":0,',
    ',"x":1',
    '"type":"",',
    '{"a":1},',
    '\ufffd',
  ],
];

describe('what happened, read of a record', () => {
  it.each(texts)('is what the whole record says: %s', (text) => {
    expect(isDamage(decodeEvent(position, text))).toBe(false);
    same(text);
  });

  it('has its verdict on every text that was changed anywhere', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...texts),
        fc.array(fc.tuple(fc.nat(), fc.nat(12), fc.constantFrom(...snippets)), { minLength: 1, maxLength: 3 }),
        (text, changes) => {
          let changed = text;
          for (const [at, length, put] of changes) {
            const start = at % (changed.length + 1);
            changed = changed.slice(0, start) + put + changed.slice(start + length);
          }
          same(changed);
        },
      ),
      { numRuns: 20_000 },
    );
  });

  it('has its verdict on every text of which a part was put elsewhere', () => {
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.nat(), fc.nat(), fc.nat(), (text, from, length, to) => {
        const start = from % text.length;
        const part = text.slice(start, start + (length % 200));
        const rest = text.slice(0, start) + text.slice(start + part.length);
        const target = to % (rest.length + 1);
        same(rest.slice(0, target) + part + rest.slice(target));
      }),
      { numRuns: 5_000 },
    );
  });

  it('holds on to no record by what a state keeps of it', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const text = written({ ...plain, actor: { ...actor, command: 'x'.repeat(20_000) } });
    const heap = () => {
      collect();
      return process.memoryUsage().heapUsed;
    };
    const before = heap();
    const kept = Array.from({ length: 2_000 }, () => {
      const decoded = decodeEvent(position, Buffer.from(text).toString());
      return isDamage(decoded) ? undefined : [decoded.time, decoded.event];
    });
    expect((heap() - before) / 2 ** 20).toBeLessThan(10);
    expect(kept).toHaveLength(2_000);
  });
});
