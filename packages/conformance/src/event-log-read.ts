import { InvalidArgumentError } from '@shiplog/core';
import { expect } from 'vitest';
import { type LogRule, record, task, upTo } from './event-log-harness.js';

export const readRules: readonly LogRule[] = [
  ...(
    [
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
    ] as const
  ).map(
    ([options, first, last]): LogRule => ({
      name: `R1 read(${JSON.stringify(options)}) of nine records gives ${last < first ? 'none' : `${first} to ${last}`}`,
      async check(bench) {
        await bench.fill('web', 9);
        expect([...bench.log.read(options)].map(({ position }) => position)).toEqual(upTo(last, first - 1));
      },
    }),
  ),
  {
    name: 'R2 reading ends at the head as it was when it began',
    async check(bench) {
      await bench.fill('web', 3);
      const reading = bench.log.read();
      await bench.append('web', '/later');
      expect([...reading]).toHaveLength(3);
    },
  },
  {
    name: 'R3 a read can be made again, and left in the middle',
    async check(bench) {
      await bench.fill('web', 600);
      for (const { position } of bench.log.read()) if (position === 2) break;
      expect(bench.positions()).toEqual(upTo(600));
      await bench.append('web', '/after');
      expect(bench.positions()).toEqual(upTo(601));
    },
  },
  {
    name: 'R4 a stream has its own records only, in order of version',
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
    name: 'R5 a long stream is read whole',
    async check(bench) {
      for (let turn = 0; turn < 3; turn += 1) {
        await bench.fill('web', 200);
        await bench.fill('db', 10);
      }
      expect([...bench.log.readStream(task('web'))].map(({ version }) => version)).toEqual(upTo(600));
    },
  },
  {
    name: 'R6 the system has a stream of its own',
    async check({ log }) {
      const stream = { namespace: '', task: '' };
      await log.append({ stream, expectedVersion: 0, records: [record('/plugins/loaded')] });
      expect([...log.readStream(stream)]).toMatchObject([{ position: 1, namespace: '', task: '', version: 1 }]);
    },
  },
  {
    name: 'R7 a name that no stream can have is refused',
    async check({ log }) {
      expect(() => log.version(task('we\0b'))).toThrow(InvalidArgumentError);
      expect(() => [...log.readStream(task('we\0b'))]).toThrow(InvalidArgumentError);
    },
  },
  {
    name: 'R8 names may be long, and are told apart to the last letter',
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
    name: 'R9 the place of a stream at a position is that of its last record up to there',
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
    name: 'R10 the stored bytes of a record are its JSON, the same each time; there are none where no record is (P9)',
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
];
