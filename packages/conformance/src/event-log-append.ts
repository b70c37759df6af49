import { ExpectedVersionError, InvalidArgumentError, type NewRecord, NotFoundError, sha256Of } from '@shiplog/core';
import { expect } from 'vitest';
import { type LogRule, record, task, upTo } from './event-log-harness.js';

const bytes = Buffer.from('what it was made from');

export const appendRules: readonly LogRule[] = [
  {
    name: 'A1 a new log is empty and has an origin',
    async check({ log }) {
      expect(log.head()).toBe(0);
      expect(log.version(task('web'))).toBe(0);
      expect([...log.read()]).toEqual([]);
      expect([...log.readStream(task('web'))]).toEqual([]);
      expect(log.origin).not.toBe('');
    },
  },
  {
    name: 'A2 positions are 1, 2, 3, ... and so are the versions of each stream (L1, L2)',
    async check(bench) {
      await bench.append('web', '/a', '/b');
      await bench.append('db', '/a');
      const { records, version } = await bench.append('web', '/c');
      expect(version).toBe(3);
      expect(records).toMatchObject([{ position: 4, namespace: 'default', task: 'web', version: 3, type: '/c' }]);
      expect(bench.log.head()).toBe(4);
      expect([bench.log.version(task('web')), bench.log.version(task('db'))]).toEqual([3, 1]);
    },
  },
  {
    name: 'A3 what an append answers is what is read afterwards',
    async check({ log }) {
      const event = {
        id: 'web',
        list: [1, { deep: null }],
        text: 'größer \u0000 \ud83d\ude80 \ud800',
        big: 2 ** 53 - 1,
      };
      const records = [record('/a', event), record('/b', { gone: undefined, when: new Date(0) })];
      const appended = await log.append({
        stream: { namespace: 'ünïcode', task: 'tâsk' },
        expectedVersion: 'any',
        records,
      });
      expect([...log.read()]).toStrictEqual(appended.records);
      expect(appended.records[0]?.event).toStrictEqual(event);
      expect(appended.records[1]?.event).toStrictEqual({ when: '1970-01-01T00:00:00.000Z' });
    },
  },
  {
    name: 'A4 the expected version, and no other, is let in (L2)',
    async check(bench) {
      const { log } = bench;
      const append = (expectedVersion: number) =>
        log.append({ stream: task('web'), expectedVersion, records: [record('/a')] });
      await append(0);
      await append(1);
      expect(log.version(task('web'))).toBe(2);
      for (const wrong of [0, 1, 3]) {
        const refused = append(wrong);
        await expect(refused).rejects.toThrow(ExpectedVersionError);
        await expect(refused).rejects.toMatchObject({ expected: wrong, actual: 2 });
      }
    },
  },
  {
    name: 'A5 an append that is refused leaves nothing: no record, no blob, nothing projected (L3)',
    async check(bench) {
      const { log } = bench;
      await bench.append('web', '/a');
      const refused = log.append({
        stream: task('web'),
        expectedVersion: 0,
        records: [record('/b')],
        blobs: [bytes],
      });
      await expect(refused).rejects.toThrow(ExpectedVersionError);
      expect(bench.positions()).toEqual([1]);
      expect(bench.count('web')).toBe('1');
      expect(() => log.blob(sha256Of(bytes))).toThrow(NotFoundError);
    },
  },
  {
    name: 'A6 of many who expect the same version one wins, and all others go on undisturbed',
    async check(bench) {
      const { log } = bench;
      const claim = () => log.append({ stream: task('web'), expectedVersion: 0, records: [record('/claim')] });
      const claims = Array.from({ length: 20 }, claim);
      const others = Array.from({ length: 20 }, (_, index) => bench.append(`other${index}`, '/a'));
      const results = await Promise.allSettled(claims);
      await Promise.all(others);
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(bench.positions()).toEqual(upTo(21));
    },
  },
  {
    name: 'A7 appends that come in at once keep their order, and the records of one stay together',
    async check(bench) {
      await Promise.all(Array.from({ length: 50 }, (_, index) => bench.append('web', `/${index}/a`, `/${index}/b`)));
      const types = [...bench.log.read()].map(({ type }) => type);
      expect(types).toEqual(upTo(50).flatMap((n) => [`/${n - 1}/a`, `/${n - 1}/b`]));
      expect(bench.positions()).toEqual(upTo(100));
    },
  },
  {
    name: 'A8 an append without records answers the version, and moves nothing',
    async check(bench) {
      await bench.append('web', '/a');
      expect(await bench.append('web')).toEqual({ records: [], leafHashes: [], version: 1 });
      expect(bench.log.head()).toBe(1);
    },
  },
  {
    name: 'A9 what the caller changes afterwards does not change the log',
    async check({ log }) {
      const event = { status: 'as appended' };
      const appending = log.append({
        stream: task('web'),
        expectedVersion: 'any',
        records: [record('/a', event)],
      });
      event.status = 'changed';
      const { records } = await appending;
      expect(records[0]?.event).toEqual({ status: 'as appended' });
      expect([...log.read()][0]?.event).toEqual({ status: 'as appended' });
    },
  },
  {
    name: 'A10 an append that makes no sense is refused, and leaves nothing',
    async check({ log }) {
      const valid = {
        stream: task('web'),
        expectedVersion: 'any',
        records: [record('/a')],
      } as const;
      const cyclic: Record<string, unknown> = {};
      Object.assign(cyclic, { self: cyclic });
      const wrong = [
        { ...valid, stream: task('we\0b') },
        { ...valid, stream: task('w'.repeat(2000)) },
        { ...valid, expectedVersion: -1 },
        { ...valid, expectedVersion: 0.5 },
        { ...valid, records: [record('/a', { size: 1n })] },
        { ...valid, records: [record('/a', cyclic)] },
        { ...valid, records: [record('/a', new Date() as unknown as NewRecord['event'])] },
        { ...valid, records: [{ ...record('/a'), causation: Number.NaN }] },
        { ...valid, records: [record('/a'), record('')] },
      ];
      for (const append of wrong) await expect(log.append(append)).rejects.toThrow(InvalidArgumentError);
      expect(log.head()).toBe(0);
    },
  },
];
