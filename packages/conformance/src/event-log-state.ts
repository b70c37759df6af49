import {
  NotFoundError,
  PayloadShreddedError,
  type Sha256,
  sha256Of,
  systemStream as system,
  UnavailableError,
} from '@shiplog/core';
import { appendTo, counts, type LogRule, record, task, unlessAlone, upTo } from './event-log-harness.js';
import { expect } from './expect.js';

const spec = Buffer.from('{"ociVersion":"1.2.0"}');

export const blobRules: readonly LogRule[] = [
  {
    id: 'B1',
    text: 'a blob is found by its SHA-256, however often it was stored',
    async check({ log }) {
      for (const name of ['a', 'b']) {
        await log.append({
          stream: task(name),
          expectedVersion: 0,
          records: [record('/a')],
          blobs: [spec, Buffer.of(), spec],
        });
      }
      expect(Buffer.from(log.blob(sha256Of(spec)))).toEqual(spec);
      expect(log.blob(sha256Of(Buffer.of()))).toHaveLength(0);
    },
  },
  {
    id: 'B2',
    text: 'a blob that is not there is not found',
    async check({ log }) {
      expect(() => log.blob(sha256Of(spec))).toThrow(NotFoundError);
      expect(() => log.blob('no hash' as Sha256)).toThrow(NotFoundError);
    },
  },
  {
    id: 'B3',
    text: 'what the reader does to a blob does not change the log',
    async check({ log }) {
      const large = Buffer.alloc(100_000, 'x');
      await log.append({ stream: task('web'), expectedVersion: 0, records: [], blobs: [large] });
      log.blob(sha256Of(large)).fill(0);
      expect(sha256Of(log.blob(sha256Of(large)))).toBe(sha256Of(large));
    },
  },
];

/** Sealed secrets are wiped by their key, a short payload beside its hash, a long one by itself. */
const payloads = [
  Buffer.concat([Buffer.from('sealed1\0'), Buffer.alloc(32, 'key'), Buffer.from('noise')]),
  Buffer.from('{"args":["--password","hush"]}'),
  Buffer.from(JSON.stringify({ args: Array.from({ length: 2_000 }, (_, index) => `hush ${index}`) })),
];

export const shredRules: readonly LogRule[] = [
  {
    id: 'X1',
    text: 'a payload that is shredded is gone, its records stay, and reading it says when, by whom and why',
    async check({ log }) {
      const kept = Buffer.from('kept');
      await log.append({
        stream: task('web'),
        expectedVersion: 0,
        records: [record('/a')],
        blobs: [...payloads, kept],
      });
      for (const payload of payloads) {
        const sha256 = sha256Of(payload);
        const said = record('/audit/shredded', { payloads: [{ typeUrl: 'x', sha256 }], reason: 'CHG-7' });
        await log.append({ stream: system, expectedVersion: 'any', records: [said], shred: [sha256] });
        expect(() => log.blob(sha256)).toThrow(`the payload ${sha256} was shredded on ${said.time} by uid 0: CHG-7`);
        expect(() => log.blob(sha256)).toThrow(PayloadShreddedError);
      }
      expect(Buffer.from(log.blob(sha256Of(kept)))).toEqual(kept);
      expect([...log.readStream(task('web'))]).toHaveLength(1);
      expect(log.head()).toBe(4);
    },
  },
  {
    id: 'X2',
    text: 'one that is not there is passed over, and one that is stored again is there again',
    async check({ log }) {
      const [payload = Buffer.of()] = payloads;
      const sha256 = sha256Of(payload);
      await log.append({ stream: system, expectedVersion: 'any', records: [record('/a')], shred: [sha256] });
      expect(() => log.blob(sha256)).toThrow(NotFoundError);
      await log.append({ stream: task('web'), expectedVersion: 'any', records: [], blobs: [payload] });
      await log.append({ stream: system, expectedVersion: 'any', records: [record('/a')], shred: [sha256] });
      await log.append({ stream: task('web'), expectedVersion: 'any', records: [], blobs: [payload] });
      expect(Buffer.from(log.blob(sha256))).toEqual(payload);
    },
  },
];

export const projectionRules: readonly LogRule[] = [
  {
    id: 'P1',
    text: 'a projection has seen each record when its append resolves, and sees its own changes',
    async check(bench) {
      await bench.append('web', '/a', '/b');
      expect(bench.count('web')).toBe('2');
      await bench.append('web', '/c');
      expect(bench.count('web')).toBe('3');
      await bench.append('web', '/forget');
      expect(bench.count('web')).toBeUndefined();
      await bench.append('web', '/forget', '/d');
      expect(bench.count('web')).toBe('1');
    },
  },
  {
    id: 'P2',
    text: 'an append that a projection throws at leaves nothing, and the others are made (L3)',
    async check(bench) {
      const before = bench.append('web', '/a');
      const poisoned = bench.log.append({
        stream: task('web'),
        expectedVersion: 'any',
        records: [record('/b'), record('/poison')],
        blobs: [spec],
      });
      const after = bench.append('web', '/c');
      await expect(poisoned).rejects.toMatchObject({
        message: 'projection counts cannot take a record of type /poison: poisoned',
      });
      expect((await before).records).toMatchObject([{ position: 1, version: 1 }]);
      expect((await after).records).toMatchObject([{ position: 2, version: 2 }]);
      expect([...bench.log.read()].map(({ type }) => type)).toEqual(['/a', '/c']);
      expect(bench.count('web')).toBe('2');
      expect(() => bench.log.blob(sha256Of(spec))).toThrow(NotFoundError);
    },
  },
  {
    id: 'P3',
    text: 'entries come by prefix, in the order of their keys',
    async check(bench) {
      for (const name of ['b', 'a', 'ä', 'aa']) await bench.append(name, '/a');
      await bench.log.append({
        stream: { namespace: 'defaults', task: 'x' },
        expectedVersion: 0,
        records: [record('/a')],
      });
      const keys = (prefix?: string) => [...bench.log.projectedEntries(counts.name, prefix)].map(([key]) => key);
      expect(keys('default/')).toEqual(['default/a', 'default/aa', 'default/b', 'default/ä']);
      expect(keys('default/a')).toEqual(['default/a', 'default/aa']);
      expect(keys()).toEqual(['default/a', 'default/aa', 'default/b', 'default/ä', 'defaults/x']);
      expect(keys('nobody')).toEqual([]);
    },
  },
  {
    id: 'P4',
    text: 'many entries are listed whole',
    async check(bench) {
      const names = Array.from({ length: 600 }, (_, index) => `t${String(index).padStart(3, '0')}`);
      await Promise.all(names.map((name) => bench.append(name, '/a')));
      const entries = [...bench.log.projectedEntries(counts.name)];
      expect(entries.map(([key]) => key)).toEqual(names.map((name) => `default/${name}`));
      expect(entries.every(([, value]) => Buffer.from(value).toString() === '1')).toBe(true);
    },
  },
  {
    id: 'P5',
    text: 'a projection that nobody gave holds nothing',
    async check({ log }) {
      expect(log.projected('nothing', 'web')).toBeUndefined();
      expect([...log.projectedEntries('nothing')]).toEqual([]);
    },
  },
];

export const handleRules: readonly LogRule[] = [
  {
    id: 'H1',
    text: 'closing twice is harmless, and finishes what was begun',
    async check(bench) {
      const appending = bench.append('web', '/a');
      await Promise.all([bench.log[Symbol.asyncDispose](), bench.log[Symbol.asyncDispose]()]);
      await bench.log[Symbol.asyncDispose]();
      expect((await appending).version).toBe(1);
    },
  },
  {
    id: 'H2',
    text: 'a closed log refuses everything',
    async check(bench) {
      await bench.append('web', '/a');
      const reading = bench.log.read()[Symbol.iterator]();
      await bench.log[Symbol.asyncDispose]();
      await expect(bench.append('web', '/a')).rejects.toThrow(UnavailableError);
      expect(() => bench.log.head()).toThrow(UnavailableError);
      expect(() => bench.log.version(task('web'))).toThrow(UnavailableError);
      expect(() => bench.log.placeOf(task('web'), 1)).toThrow(UnavailableError);
      expect(() => bench.log.snapshots.next('a', 1)).toThrow(UnavailableError);
      expect(() => bench.log.cursors.get('a')).toThrow(UnavailableError);
      expect(() => [...bench.log.read()]).toThrow(UnavailableError);
      expect(() => reading.next()).toThrow(UnavailableError);
      expect(() => bench.log.subscribe()).toThrow(UnavailableError);
    },
  },
  {
    id: 'H3',
    text: 'both handles see the same log at once',
    unless: unlessAlone,
    async check(bench) {
      await using other = await bench.again();
      expect(other.origin).toBe(bench.log.origin);
      await bench.append('web', '/a');
      expect([other.head(), other.version(task('web')), [...other.read()].length]).toEqual([1, 1, 1]);
      await appendTo(other, 'web', '/b');
      expect([bench.log.head(), bench.log.version(task('web')), bench.count('web')]).toEqual([2, 2, '2']);
    },
  },
  {
    id: 'H4',
    text: 'the expected version decides between the handles (P6)',
    unless: unlessAlone,
    async check(bench) {
      await using other = await bench.again();
      for (let version = 0; version < 20; version += 1) {
        const both = [bench.log, other].map((log) =>
          log.append({
            stream: task('web'),
            expectedVersion: version,
            records: [record('/a')],
          }),
        );
        const results = await Promise.allSettled(both);
        expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      }
      expect(bench.positions()).toEqual(upTo(20));
      expect(bench.count('web')).toBe('20');
    },
  },
  {
    id: 'H5',
    text: 'closing one handle leaves the other open',
    unless: unlessAlone,
    async check(bench) {
      const other = await bench.again();
      const appending = appendTo(other, 'web', '/a');
      await other[Symbol.asyncDispose]();
      await appending;
      await bench.append('web', '/b');
      expect(bench.positions()).toEqual([1, 2]);
      expect(() => other.head()).toThrow(UnavailableError);
    },
  },
];
