import { describe, expect, it } from 'vitest';
import { Model } from '../../page/model.js';
import { recordsOf } from '../records.js';
import { dataOf } from '../report-of.js';

describe('the model', () => {
  it('has each stream’s events by time, also where the clock was set back', () => {
    const model = new Model(
      dataOf(
        recordsOf(
          { type: '/tasks/create', at: 30 },
          { type: '/tasks/start', at: 10 },
          { type: '/tasks/paused', at: 20 },
        ),
      ),
    );
    expect([...(model.byStream[0] ?? [])].map((event) => model.position[event])).toEqual([2, 3, 1]);
    expect(model.timeTextOf(0)).toBe('2026-01-01 00:00:30.000000000');
  });

  it('keeps nanoseconds', () => {
    const model = new Model(dataOf(recordsOf({ type: '/tasks/create', time: '2026-01-01T00:00:01.123456789Z' })));
    expect(model.timeTextOf(0)).toBe('2026-01-01 00:00:01.123456789');
  });

  it('tells the exit of a task from that of an exec', () => {
    const exit = (id: string) => ({ type: '/tasks/exit', event: { id, exitStatus: 3, certainty: 'inferred' } });
    const model = new Model(dataOf(recordsOf(exit('probe'), exit('web'))));
    expect([...model.exits]).toEqual([[1, { status: 3, certainty: 'inferred' }]]);
  });

  it('says who it was as well as it is known', () => {
    const model = new Model(
      dataOf(recordsOf({ type: 'a', user: 'ada', uid: 1000 }, { type: 'b', user: '\u202eada' }, { type: 'c' })),
    );
    expect(model.actorNames).toEqual(['ada, uid 1000', '\\u202eada, uid 0', 'uid 0']);
  });
});
