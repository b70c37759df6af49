import { InvalidArgumentError } from '@shiplog/core';
import { type LogBench, type LogRule, unlessAlone } from './event-log-harness.js';
import { expect } from './expect.js';

const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString();

function put({ log }: LogBench, series: string, ...positions: readonly number[]): void {
  log.snapshots.put(positions.map((position) => ({ series, position, bytes: Buffer.from(`${series} ${position}`) })));
}

const positionsOf = ({ log }: LogBench, series: string, until?: number) =>
  Array.from(log.snapshots.newestFirst(series, until), ({ position }) => position);

export const snapshotRules: readonly LogRule[] = [
  {
    id: 'N1',
    text: 'those of a series come the newest first, up to and with a position',
    async check(bench) {
      put(bench, 'a', 10, 30, 20);
      put(bench, 'b', 15);
      expect(positionsOf(bench, 'a')).toEqual([30, 20, 10]);
      expect(positionsOf(bench, 'a', 20)).toEqual([20, 10]);
      expect(positionsOf(bench, 'a', 19)).toEqual([10]);
      expect(positionsOf(bench, 'a', 9)).toEqual([]);
      expect(positionsOf(bench, 'nobody')).toEqual([]);
      expect(text([...bench.log.snapshots.newestFirst('a')][0]?.bytes)).toBe('a 30');
    },
  },
  {
    id: 'N2',
    text: 'the next one is at or behind a position',
    async check(bench) {
      put(bench, 'a', 10, 20);
      put(bench, 'b', 15, 25);
      const next = (from: number) => bench.log.snapshots.next('a', from)?.position;
      expect([1, 10, 11, 20, 21].map(next)).toEqual([10, 10, 20, 20, undefined]);
      expect(text(bench.log.snapshots.next('a', 11)?.bytes)).toBe('a 20');
    },
  },
  {
    id: 'N3',
    text: 'many are listed whole',
    async check(bench) {
      const positions = Array.from({ length: 600 }, (_, index) => index + 1);
      put(bench, 'a', ...positions);
      expect(positionsOf(bench, 'a')).toEqual(positions.toReversed());
    },
  },
  {
    id: 'N4',
    text: 'one that is there is replaced, and what a reader does to it changes nothing',
    async check({ log }) {
      for (const bytes of ['old', 'new']) {
        log.snapshots.put([{ series: 'a', position: 1, bytes: Buffer.from(bytes) }]);
      }
      log.snapshots.next('a', 1)?.bytes.fill(0);
      expect(text(log.snapshots.next('a', 1)?.bytes)).toBe('new');
    },
  },
  {
    id: 'N5',
    text: 'a series is dropped whole, and no other',
    async check(bench) {
      put(bench, 'a', 1, 2);
      put(bench, 'ab', 3);
      put(bench, 'b', 4);
      expect(bench.log.snapshots.series()).toEqual(['a', 'ab', 'b']);
      bench.log.snapshots.drop('a');
      bench.log.snapshots.drop('nobody');
      expect(bench.log.snapshots.series()).toEqual(['ab', 'b']);
      expect(positionsOf(bench, 'ab')).toEqual([3]);
    },
  },
  {
    id: 'N6',
    text: 'a series needs a name, and of several nothing is kept if one has none',
    async check(bench) {
      for (const series of ['', 'a\0b', 'x'.repeat(101)]) {
        const both = ['good', series].map((name) => ({ series: name, position: 1, bytes: Buffer.of() }));
        expect(() => bench.log.snapshots.put(both)).toThrow(InvalidArgumentError);
      }
      expect(bench.log.snapshots.series()).toEqual([]);
    },
  },
  {
    id: 'N7',
    text: 'they are nothing of the log: no position is taken, and appends go on',
    async check(bench) {
      await bench.append('web', '/a');
      put(bench, 'a', 1, 7);
      expect((await bench.append('web', '/b')).records).toMatchObject([{ position: 2, version: 2 }]);
      expect(bench.positions()).toEqual([1, 2]);
    },
  },
  {
    id: 'N8',
    text: 'both handles see the same ones',
    unless: unlessAlone,
    async check(bench) {
      await using other = await bench.again();
      put(bench, 'a', 1);
      expect(other.snapshots.next('a', 1)?.position).toBe(1);
      other.snapshots.drop('a');
      expect(bench.log.snapshots.series()).toEqual([]);
    },
  },
];
