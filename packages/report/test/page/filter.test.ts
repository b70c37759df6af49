import { describe, expect, it } from 'vitest';
import { applyFilter, everything, type Filter } from '../../page/filter.js';
import { Model } from '../../page/model.js';
import { rowsOf } from '../../page/rows.js';
import { recordsOf } from '../records.js';
import { dataOf } from '../report-of.js';

const model = new Model(
  dataOf(
    recordsOf(
      { type: '/tasks/create', task: 'web', user: 'ada' },
      { type: '/tasks/create', task: 'db', namespace: 'other' },
      { type: '/tasks/exec-started', task: 'web', event: { execId: 'probe' } },
      { type: '/tasks/kill-failed', task: 'web-2', user: 'ada', event: { message: 'No Such process' } },
    ),
  ),
);

function passing(filter: Partial<Filter>) {
  const { events, streams } = applyFilter(model, { ...everything, ...filter });
  return {
    positions: [...events].map((event) => model.position[event]),
    tasks: streams.map((stream) => model.data.streams[stream]?.task),
  };
}

describe('the filter', () => {
  it.each<[string, Partial<Filter>, readonly number[], readonly string[]]>([
    ['nothing', {}, [1, 2, 3, 4], ['web', 'db', 'web-2']],
    ['a namespace', { namespace: 'other' }, [2], ['db']],
    ['a part of a task’s name', { task: 'WEB' }, [1, 3, 4], ['web', 'web-2']],
    ['a user', { user: 'ada, uid 0' }, [1, 4], ['web', 'web-2']],
    ['a type', { type: '/tasks/create' }, [1, 2], ['web', 'db']],
    ['kinds', { kinds: new Set(['failure', 'exec'] as const) }, [3, 4], ['web', 'web-2']],
    ['words, all of which are somewhere', { text: 'web  no such' }, [4], ['web-2']],
    ['a user and a kind', { user: 'ada, uid 0', kinds: new Set(['exec'] as const) }, [], []],
  ])('by %s', (_, filter, positions, tasks) => {
    expect(passing(filter)).toEqual({ positions, tasks });
  });
});

describe('the rows', () => {
  it('are tasks under their namespaces, in the order in which they came', () => {
    const rows = rowsOf(model, [2, 1, 0]);
    const names = rows.map((row) => (row.kind === 'namespace' ? row.name : model.data.streams[row.stream]?.task));
    expect(names).toEqual(['default', 'web', 'web-2', 'other', 'db']);
  });
});
