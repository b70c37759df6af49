import { type Cursor, InvalidArgumentError, type Position, parseTimestamp } from '@shiplog/core';
import { type LogRule, unlessAlone } from './event-log-harness.js';
import { expect } from './expect.js';

function cursor(name: string, position: Position): Cursor {
  return {
    name,
    position,
    createdAt: parseTimestamp('2026-01-31T12:00:00Z'),
    acknowledgedAt: null,
    holder: {
      process: { pid: 1, startTime: 2, bootId: 'boot' },
      token: 't',
      since: parseTimestamp('2026-01-31T12:00:00Z'),
    },
    failure: null,
    skipped: 0,
  };
}

export const cursorRules: readonly LogRule[] = [
  {
    id: 'C1',
    text: 'a cursor is what the last change made of it',
    async check({ log: { cursors } }) {
      expect(cursors.get('a')).toBeUndefined();
      expect(cursors.change('a', (before) => before ?? cursor('a', 1))).toEqual(cursor('a', 1));
      expect(cursors.change('a', (before) => before && { ...before, position: 7 })).toEqual(cursor('a', 7));
      expect(cursors.get('a')).toEqual(cursor('a', 7));
      expect(cursors.change('a', () => undefined)).toBeUndefined();
      expect(cursors.get('a')).toBeUndefined();
    },
  },
  {
    id: 'C2',
    text: 'a change that throws changes nothing, and is told',
    async check({ log: { cursors } }) {
      cursors.change('a', () => cursor('a', 1));
      const refusal = new InvalidArgumentError('no');
      const refused = () => {
        throw refusal;
      };
      expect(() => cursors.change('a', refused)).toThrow(refusal);
      expect(() => cursors.change('b', refused)).toThrow(refusal);
      expect(cursors.all()).toEqual([cursor('a', 1)]);
    },
  },
  {
    id: 'C3',
    text: 'all come in the order of their names',
    async check({ log: { cursors } }) {
      for (const name of ['b', 'a', 'ab']) cursors.change(name, () => cursor(name, 1));
      expect(cursors.all().map(({ name }) => name)).toEqual(['a', 'ab', 'b']);
    },
  },
  {
    id: 'C4',
    text: 'one that is dropped is gone, and no other',
    async check({ log: { cursors } }) {
      for (const name of ['a', 'ab']) cursors.change(name, () => cursor(name, 1));
      expect(cursors.drop('a')).toBe(true);
      expect(cursors.drop('a')).toBe(false);
      expect(cursors.all().map(({ name }) => name)).toEqual(['ab']);
    },
  },
  {
    id: 'C5',
    text: 'one whose bytes are no cursor is told of, stepped around, and can be dropped',
    async check({ log: { cursors } }) {
      cursors.change('a', () => ({ ...cursor('a', 1), position: -1 }));
      cursors.change('b', () => cursor('b', 1));
      const damaged: string[] = [];
      expect(cursors.all((name) => damaged.push(name)).map(({ name }) => name)).toEqual(['b']);
      expect(damaged).toEqual(['a']);
      expect(() => cursors.get('a')).toThrow('how far the subscription a has got cannot be read');
      expect(() => cursors.change('a', () => undefined)).toThrow('cannot be read');
      expect(cursors.drop('a')).toBe(true);
    },
  },
  {
    id: 'C6',
    text: 'they are nothing of the log: no position is taken, and appends go on',
    async check(bench) {
      await bench.append('web', '/a');
      bench.log.cursors.change('a', () => cursor('a', 1));
      expect((await bench.append('web', '/b')).records).toMatchObject([{ position: 2, version: 2 }]);
    },
  },
  {
    id: 'C7',
    text: 'both handles change the same ones, one after the other',
    unless: unlessAlone,
    async check(bench) {
      await using other = await bench.again();
      bench.log.cursors.change('a', () => cursor('a', 0));
      for (let turn = 0; turn < 10; turn += 1) {
        for (const { cursors } of [bench.log, other]) {
          cursors.change('a', (before) => before && { ...before, position: before.position + 1 });
        }
      }
      expect(bench.log.cursors.get('a')?.position).toBe(20);
    },
  },
];
