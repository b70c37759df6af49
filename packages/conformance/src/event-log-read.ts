import { InvalidArgumentError, type RecordedEvent } from '@shiplog/core';
import { type LogRule, record, task, upTo } from './event-log-harness.js';
import { expect } from './expect.js';

/** What is asked for of nine records, the first and the last that come; one less is none. */
const ranges = [
  [{}, 1, 9],
  [{ after: 0 }, 1, 9],
  [{ after: 4 }, 5, 9],
  [{ until: 3 }, 1, 3],
  [{ after: 2, until: 6 }, 3, 6],
  [{ after: 8, until: 100 }, 9, 9],
  [{ after: 9 }, 10, 9],
  [{ after: 100 }, 101, 100],
  [{ after: 5, until: 5 }, 6, 5],
  [{ after: 5, until: 3 }, 6, 5],
] as const;

export const readRules: readonly LogRule[] = [
  {
    id: 'R1',
    text: 'read gives what is behind `after`, up to and with `until`, and nothing where there is nothing',
    async check(bench) {
      await bench.fill('web', 9);
      for (const [options, first, last] of ranges) {
        expect([...bench.log.read(options)].map(({ position }) => position)).toEqual(upTo(last, first - 1));
      }
    },
  },
  {
    id: 'R2',
    text: 'reading ends at the head as it was when it began',
    async check(bench) {
      await bench.fill('web', 3);
      const reading = bench.log.read();
      await bench.append('web', '/later');
      expect([...reading]).toHaveLength(3);
    },
  },
  {
    id: 'R3',
    text: 'a read can be made again, and left in the middle',
    async check(bench) {
      await bench.fill('web', 600);
      for (const { position } of bench.log.read()) if (position === 2) break;
      expect(bench.positions()).toEqual(upTo(600));
      await bench.append('web', '/after');
      expect(bench.positions()).toEqual(upTo(601));
    },
  },
  {
    id: 'R4',
    text: 'a stream has its own records only, in order of version',
    async check(bench) {
      await bench.append('a', '/1');
      await bench.append('ab', '/1');
      await bench.append('b', '/1');
      await bench.append('a', '/2', '/3');
      await bench.log.append({
        stream: { namespace: 'other', task: 'a' },
        expectedVersion: 0,
        records: [record('/other')],
      });
      const read = (name: string, afterVersion?: number) =>
        [...bench.log.readStream(task(name), afterVersion === undefined ? {} : { afterVersion })].map(
          ({ position, version, type }) => [position, version, type],
        );
      expect(read('a')).toEqual([
        [1, 1, '/1'],
        [4, 2, '/2'],
        [5, 3, '/3'],
      ]);
      expect(read('a', 2)).toEqual([[5, 3, '/3']]);
      expect(read('a', 3)).toEqual([]);
      expect(read('ab')).toEqual([[2, 1, '/1']]);
      expect(read('none')).toEqual([]);
    },
  },
  {
    id: 'R5',
    text: 'a long stream is read whole',
    async check(bench) {
      for (let turn = 0; turn < 3; turn += 1) {
        await bench.fill('web', 200);
        await bench.fill('db', 10);
      }
      expect([...bench.log.readStream(task('web'))].map(({ version }) => version)).toEqual(upTo(600));
    },
  },
  {
    id: 'R6',
    text: 'the system has a stream of its own',
    async check({ log }) {
      const stream = { namespace: '', task: '' };
      await log.append({ stream, expectedVersion: 0, records: [record('/plugins/loaded')] });
      expect([...log.readStream(stream)]).toMatchObject([{ position: 1, namespace: '', task: '', version: 1 }]);
    },
  },
  {
    id: 'R7',
    text: 'a name that no stream can have is refused',
    async check({ log }) {
      expect(() => log.version(task('we\0b'))).toThrow(InvalidArgumentError);
      expect(() => [...log.readStream(task('we\0b'))]).toThrow(InvalidArgumentError);
    },
  },
  {
    id: 'R8',
    text: 'names may be long, and are told apart to the last letter',
    async check({ log }) {
      const long = (last: string) => ({ namespace: 'n'.repeat(256), task: `${'ü'.repeat(127)}${last}` });
      for (let turn = 1; turn <= 50; turn += 1) {
        for (const last of ['a', 'b']) {
          await log.append({
            stream: long(last),
            expectedVersion: 'any',
            records: [record(last)],
          });
          expect(log.version(long(last))).toBe(turn);
          expect([...log.readStream(long(last), { afterVersion: turn - 1 })]).toMatchObject([{ type: last }]);
        }
      }
      expect(log.version(long('c'))).toBe(0);
    },
  },
  {
    id: 'R9',
    text: 'the place of a stream at a position is that of its last record up to there',
    async check({ log }) {
      await log.append({ stream: task('b'), expectedVersion: 0, records: [record('/1')] });
      for (let turn = 0; turn < 5; turn += 1) {
        await log.append({ stream: task('a'), expectedVersion: 'any', records: [record('/1'), record('/2')] });
        await log.append({ stream: task('c'), expectedVersion: 'any', records: [record('/1')] });
      }
      const place = (until: number) => Object.values(log.placeOf(task('a'), until));
      expect([0, 1, 2, 3, 4, 5, 15, 16, 100].map(place)).toEqual([
        [0, 0],
        [0, 0],
        [1, 2],
        [2, 3],
        [2, 3],
        [3, 5],
        [10, 15],
        [10, 15],
        [10, 15],
      ]);
      expect(log.placeOf(task('nobody'), 100)).toEqual({ version: 0, position: 0 });
      expect(() => log.placeOf(task('we\0b'), 1)).toThrow(InvalidArgumentError);
    },
  },
  {
    id: 'R10',
    text: 'the stored bytes of a record are its JSON, the same each time; there are none where no record is (P9)',
    async check(bench) {
      await bench.fill('web', 2);
      const [, second] = bench.log.read();
      const bytes = Buffer.from(bench.log.storedBytes(2) ?? []);
      expect(JSON.parse(bytes.toString())).toEqual(second);
      await bench.append('web', '/later');
      expect(Buffer.from(bench.log.storedBytes(2) ?? [])).toEqual(bytes);
      expect(bench.log.storedBytes(0)).toBeUndefined();
      expect(bench.log.storedBytes(4)).toBeUndefined();
    },
  },
  {
    id: 'R11',
    text: 'what happened is what the whole records say, and begins and ends where it is asked for',
    async check(bench) {
      await bench.fill('web', 700);
      await bench.append('we"b', '/later');
      const happened = ({ position, namespace, task: name, version, type, schema, time, event }: RecordedEvent) => {
        return { position, namespace, task: name, version, type, schema, time, event };
      };
      for (const options of [{}, { after: 255, until: 700 }, { after: 700 }, { until: 0 }]) {
        expect(Array.from(bench.log.events(options), happened)).toEqual(Array.from(bench.log.read(options), happened));
      }
    },
  },
];
