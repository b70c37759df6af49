import type { LogRecord } from '@shiplog/core';
import { appendTo, collect, type LogRule, unlessAlone, upTo } from './event-log-harness.js';
import { expect } from './expect.js';

const positionsOf = (records: readonly LogRecord[]): number[] => records.map(({ position }) => position);

export const subscribeRules: readonly LogRule[] = [
  {
    id: 'S1',
    text: 'a subscription from the beginning, the middle or the head gives what is there, then what comes',
    async check(bench) {
      await bench.fill('web', 600);
      const starts = [0, 300, 600];
      const collecting = starts.map((after) => collect(bench.log, 603 - after, { after }));
      await bench.append('web', '/601');
      await bench.append('db', '/602', '/603');
      expect((await Promise.all(collecting)).map(positionsOf)).toEqual(starts.map((after) => upTo(603, after)));
    },
  },
  {
    id: 'S2',
    text: 'a subscription may be ahead of the log, and waits',
    async check(bench) {
      const collecting = collect(bench.log, 1, { after: 2 });
      await bench.fill('web', 3);
      expect(positionsOf(await collecting)).toEqual([3]);
    },
  },
  {
    id: 'S3',
    text: 'the filter says what comes, and costs no place',
    async check(bench) {
      const collecting = collect(bench.log, 2, { filter: ({ task }) => task === 'db' });
      await bench.append('web', '/1');
      await bench.append('db', '/2');
      await bench.append('web', '/3');
      await bench.append('db', '/4');
      expect(positionsOf(await collecting)).toEqual([2, 4]);
    },
  },
  {
    id: 'S4',
    text: 'whoever subscribes wherever and whenever while appends go on sees each record once, in order',
    async check(bench) {
      const total = 400;
      const subscribers: Promise<LogRecord[]>[] = [];
      const starts: number[] = [];
      for (let appended = 0; appended < total; ) {
        const after = Math.floor(appended / 2);
        starts.push(after);
        subscribers.push(collect(bench.log, total - after, { after }));
        const burst = Math.min(1 + (appended % 37), total - appended);
        await Promise.all(Array.from({ length: burst }, () => bench.append('web', '/tick')));
        appended += burst;
      }
      const seen = await Promise.all(subscribers);
      expect(seen.map(positionsOf)).toEqual(starts.map((after) => upTo(total, after)));
    },
  },
  {
    id: 'S5',
    text: 'a slow reader misses nothing',
    async check(bench) {
      const seen: number[] = [];
      await bench.append('web', '/a', '/b', '/c');
      for await (const { position } of bench.log.subscribe()) {
        seen.push(position);
        if (position === 30) break;
        if (position % 3 === 0) await bench.append('web', '/a', '/b', '/c');
      }
      expect(seen).toEqual(upTo(30));
    },
  },
  {
    id: 'S6',
    text: 'the signal ends it without an error, also while it waits',
    async check(bench) {
      const ending = new AbortController();
      const seen: number[] = [];
      const subscription = (async () => {
        for await (const { position } of bench.log.subscribe({ signal: ending.signal })) {
          seen.push(position);
          if (position === 2) setTimeout(() => ending.abort(), 20);
        }
      })();
      await bench.fill('web', 2);
      await subscription;
      expect(seen).toEqual([1, 2]);
    },
  },
  {
    id: 'S7',
    text: 'a signal that has fired already lets nothing through',
    async check(bench) {
      await bench.fill('web', 2);
      expect(await collect(bench.log, 1, { signal: AbortSignal.abort() })).toEqual([]);
    },
  },
  {
    id: 'S8',
    text: 'closing the log ends it without an error',
    async check(bench) {
      await bench.fill('web', 1);
      const seen: number[] = [];
      const subscription = (async () => {
        for await (const { position } of bench.log.subscribe()) {
          seen.push(position);
          setTimeout(() => void bench.log[Symbol.asyncDispose](), 20);
        }
      })();
      await subscription;
      expect(seen).toEqual([1]);
    },
  },
  {
    id: 'S9',
    text: 'a subscription hears of the appends of the other handle',
    unless: unlessAlone,
    async check(bench) {
      await using other = await bench.again();
      const here = collect(bench.log, 60);
      const there = collect(other, 60);
      for (let turn = 0; turn < 20; turn += 1) {
        await appendTo(other, 'web', '/there');
        await bench.append('web', '/here', '/here');
      }
      expect(positionsOf(await here)).toEqual(upTo(60));
      expect(positionsOf(await there)).toEqual(upTo(60));
    },
  },
];
