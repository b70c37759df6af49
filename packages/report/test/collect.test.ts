import type { Sha256 } from '@shiplog/core';
import { describe, expect, it } from 'vitest';
import { statuses } from '../src/data.js';
import { recordsOf } from './records.js';
import { dataOf } from './report-of.js';

const life = recordsOf(
  { type: '/tasks/create', at: 1 },
  { type: '/tasks/start', at: 2 },
  { type: '/tasks/create', task: 'db', namespace: 'other', at: 3 },
  { type: '/tasks/exit', event: { id: 'web', exitStatus: 3 }, at: 30 },
);

const barsOf = (data: ReturnType<typeof dataOf>) =>
  data.streams.map(({ task, bars }) => [task, ...bars.map(([status]) => statuses[status])]);

describe('the data of a report', () => {
  it('has a column entry for each event', () => {
    const { events } = dataOf(life);
    for (const column of Object.values(events)) expect(column).toHaveLength(4);
    expect(events.position).toEqual([1, 1, 1, 1]);
    expect(events.millis.slice(1)).toEqual([1000, 1000, 27000]);
  });

  it('has the state in which a task enters the span', () => {
    const since = '2026-01-01T00:00:10.000000000Z';
    const data = dataOf(life, { scope: { since }, wanted: ({ time }) => time >= since });
    expect(data.events.position).toEqual([4]);
    expect(barsOf(data)).toEqual([
      ['web', 'running', 'stopped'],
      ['db', 'created'],
    ]);
  });

  it('has no task that was gone before the span, and none that is not asked for', () => {
    const gone = recordsOf(
      { type: '/tasks/create', task: 'old', at: 1 },
      { type: '/tasks/delete', task: 'old', event: { id: 'old' }, at: 2 },
      { type: '/tasks/create', task: 'other', at: 3 },
      { type: '/tasks/create', at: 20 },
    );
    const since = '2026-01-01T00:00:10.000000000Z';
    const options = { scope: { since }, wanted: ({ time }: { time: string }) => time >= since };
    expect(barsOf(dataOf(gone, options)).map(([task]) => task)).toEqual(['web', 'other']);
    expect(barsOf(dataOf(gone, { ...options, shown: () => false })).map(([task]) => task)).toEqual(['web']);
  });

  it('survives a time that is none', () => {
    const data = dataOf(recordsOf({ type: '/tasks/create', at: 1 }, { type: '/tasks/start', time: 'yesterday' }));
    expect(data.events.nanos).toEqual([0, -1]);
    expect(data.events.millis[1]).toBe(0);
  });

  it('is of nothing where nothing is wanted', () => {
    const data = dataOf(life, { wanted: () => false, shown: () => false });
    expect(data.events.position).toEqual([]);
    expect(data.span[0]).toBe(data.span[1]);
  });

  it('tells of each request by which command line, and of each event by whom and why', () => {
    const [first, second] = recordsOf({ type: '/tasks/create' }, { type: '/tasks/start' });
    if (!first || !second) throw new Error('there are two');
    const actor = { ...first.actor, user: 'ada', ticket: 'CHG-7' };
    const argv = ['shiplog', 'run', '--env', 'KEY=***', 'web'];
    const data = dataOf([
      { ...first, actor: { ...actor, argv } },
      { ...second, actor },
    ]);
    expect(data.commandLines).toEqual(['shiplog run --env KEY=*** web']);
    expect(data.events.request).toEqual([0, 0]);
    expect(data.actors).toEqual([expect.objectContaining({ user: 'ada', ticket: 'CHG-7' })]);
  });

  it('tells what became of a payload that was shredded, and not of one that was stored again', () => {
    const secrets = 'ab'.repeat(32) as Sha256;
    const spec = { typeUrl: 'spec', sha256: 'cd'.repeat(32), secrets };
    const records = recordsOf({ type: '/tasks/create-requested', event: { spec } }, { type: '/audit/shredded' });
    const again = recordsOf({ type: 'x' }, { type: 'x' }, { type: '/tasks/create-requested', event: { spec } });
    const [, shredded] = records;
    if (!shredded) throw new Error('there are two');
    const { position, time, actor } = shredded;
    const shredding = { typeUrl: 'spec', sha256: secrets, position, time, actor, reason: 'CHG-7' };
    const options = { shreddings: new Map([[secrets, shredding]]) };
    expect(JSON.parse(dataOf(records, options).events.payload[0] ?? '')).toEqual({
      spec,
      'secrets of spec, shredded': 'on 2026-01-01T00:00:01.000000000Z by uid 0: CHG-7 (position 2)',
    });
    expect(JSON.parse(dataOf(again, options).events.payload[2] ?? '')).toEqual({ spec });
  });

  it('keeps of a payload what stands nowhere else', () => {
    const [record] = recordsOf({ type: '/tasks/exec-added', event: { execId: 'x', requestId: 'r1' } });
    expect(dataOf(record ? [record] : []).events.payload).toEqual(['{"execId":"x"}']);
  });
});
