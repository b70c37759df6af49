import { describe, expect, it } from 'vitest';
import { statuses } from '../src/data.js';
import { Lifecycle } from '../src/lifecycle.js';

type Input = readonly [type: string, at: number, event?: Record<string, unknown>];

const task = { containerId: 'web', id: 'web' };
const exec = { containerId: 'web', execId: 'x' };

function barsOf(...inputs: readonly Input[]) {
  const life = new Lifecycle();
  for (const [type, at, event = {}] of inputs) {
    life.add({ type: `/tasks/${type}`, at, event: { containerId: 'web', ...event } });
  }
  const { bars, execs } = life.end();
  return { bars: bars.map(([status, since, until]) => [statuses[status], since, until]), execs };
}

describe('the bars of a task', () => {
  it('are its statuses, one behind the other', () => {
    const { bars } = barsOf(
      ['create-requested', 0],
      ['create', 1],
      ['start-requested', 2],
      ['start', 3],
      ['pause-requested', 4],
      ['paused', 5],
      ['resumed', 6],
      ['exit', 7, task],
      ['delete', 8, task],
    );
    expect(bars).toEqual([
      ['creating', 0, 1],
      ['created', 1, 3],
      ['running', 3, 4],
      ['pausing', 4, 5],
      ['paused', 5, 6],
      ['running', 6, 7],
      ['stopped', 7, 8],
    ]);
  });

  it('have no end where they go on', () => {
    expect(barsOf(['create', 1], ['start', 2]).bars.at(-1)).toEqual(['running', 2, null]);
  });

  it.each<[string, readonly Input[], readonly unknown[]]>([
    [
      'that could not be made',
      [
        ['create-requested', 0],
        ['create-failed', 1],
      ],
      [['creating', 0, 1]],
    ],
    [
      'that could not be paused',
      [
        ['start', 0],
        ['pause-requested', 1],
        ['pause-failed', 2],
      ],
      [
        ['running', 0, 1],
        ['pausing', 1, 2],
        ['running', 2, null],
      ],
    ],
    [
      'that ended while it was to be paused',
      [
        ['start', 0],
        ['pause-requested', 1],
        ['exit', 2, task],
        ['pause-failed', 3],
      ],
      [
        ['running', 0, 1],
        ['pausing', 1, 2],
        ['stopped', 2, null],
      ],
    ],
    [
      'of that name, made anew',
      [
        ['start', 0],
        ['exit', 1, task],
        ['delete', 2, task],
        ['create', 3],
      ],
      [
        ['running', 0, 1],
        ['stopped', 1, 2],
        ['created', 3, null],
      ],
    ],
  ])('of a task %s', (_, inputs, bars) => {
    expect(barsOf(...inputs).bars).toEqual(bars);
  });

  it('end when the process did, not when it was noticed', () => {
    const exitedAt = '1970-01-01T00:00:05.000000000Z';
    expect(barsOf(['start', 0], ['exit', 9000, { ...task, exitedAt, certainty: 'inferred' }]).bars[0]).toEqual([
      'running',
      0,
      5000,
    ]);
  });

  it('end when it was noticed, where nobody knows when the process did', () => {
    const exitedAt = '1970-01-01T00:00:05.000000000Z';
    expect(barsOf(['start', 0], ['exit', 9000, { ...task, exitedAt, certainty: 'unknown' }]).bars[0]).toEqual([
      'running',
      0,
      9000,
    ]);
  });

  it('never end before they began, whatever a clock says', () => {
    expect(barsOf(['start', 9], ['exit', 3, task]).bars[0]).toEqual(['running', 9, 9]);
  });
});

describe('the execs of a task', () => {
  it('run from their start to their exit, and change nothing of the task', () => {
    const { bars, execs } = barsOf(
      ['start', 0],
      ['exec-added', 1, exec],
      ['exec-started', 2, exec],
      ['exit', 3, { id: 'x' }],
      ['delete', 4, { id: 'x' }],
    );
    expect(bars).toEqual([['running', 0, null]]);
    expect(execs).toEqual([['x', 2, 3]]);
  });

  it('end with the task at the latest', () => {
    expect(barsOf(['start', 0], ['exec-started', 1, exec], ['delete', 5, task]).execs).toEqual([['x', 1, 5]]);
  });

  it('that were refused a kill or a deletion leave the task as it is', () => {
    expect(barsOf(['start', 0], ['delete-failed', 1, exec], ['kill-failed', 2, exec]).bars).toEqual([
      ['running', 0, null],
    ]);
  });
});
