import { describe, expect, it } from 'vitest';
import type { LogRecord } from '../../src/event-log/event-log.js';
import { timestampFromNanos } from '../../src/kernel/clock.js';
import { compareHistories, type HistoryStep, stepsOf } from '../../src/projections/compare-histories.js';
import { newRecord } from '../event-log/new-record.js';

/** Records of one task, a millisecond apart. */
function history(...events: readonly (readonly [type: string, event?: object])[]): readonly LogRecord[] {
  return events.map(([type, event = {}], index) => ({
    ...newRecord(`/tasks/${type}`, { containerId: 'web', ...event }),
    time: timestampFromNanos(1_700_000_000_000_000_000n + BigInt(index) * 1_000_000n),
    position: index + 1,
    namespace: 'default',
    task: 'web',
    version: index + 1,
  }));
}

const words = (steps: readonly HistoryStep[]) =>
  steps.map(({ type, execId, detail }) => [type.slice('/tasks/'.length), execId, detail].filter(Boolean).join(' '));

const exit = (id: string, exitStatus: number) => ['exit', { id, exitStatus, certainty: 'observed' }] as const;

describe('the steps of a history', () => {
  it('are its events without times and pids, with how long each took', () => {
    const steps = stepsOf(
      history(
        ['create-requested', { requestId: 'a', pid: 1 }],
        ['create', { requestId: 'a', pid: 41 }],
        ['start-requested', { requestId: 'b' }],
        ['rejected', { command: 'StartTask' }],
        ['start', { requestId: 'b', pid: 41 }],
        exit('web', 7),
        ['delete-failed', { requestId: 'c', code: 'unavailable' }],
      ),
    );
    expect(words(steps)).toEqual([
      'create-requested',
      'create',
      'start-requested',
      'start',
      'exit exit code 7',
      'delete-failed unavailable',
    ]);
    expect(steps.map(({ durationMs }) => durationMs)).toEqual([undefined, 1, undefined, 2, 1, undefined]);
  });

  it('have a signal before the exit that it led to, and exits in one order, whatever came first', () => {
    const kill = ['kill-requested', { execId: '', signal: 9, all: true, requestId: 'k' }] as const;
    const sent = ['signalled', { execId: '', signal: 9, all: true, requestId: 'k' }] as const;
    const wanted = [
      'kill-requested signal 9 to all',
      'signalled signal 9 to all',
      'exit exit code 137',
      'exit sh exit code 137',
    ];
    expect(words(stepsOf(history(kill, exit('sh', 137), exit('web', 137), sent)))).toEqual(wanted);
    expect(words(stepsOf(history(kill, sent, exit('web', 137), exit('sh', 137))))).toEqual(wanted);
  });

  it('do not take an unknown exit for an exit code', () => {
    expect(words(stepsOf(history(['exit', { id: 'web', exitStatus: 255, certainty: 'unknown' }])))).toEqual([
      'exit exit code unknown',
    ]);
  });
});

describe('two histories', () => {
  const steps = (...types: readonly string[]) => stepsOf(history(...types.map((type) => [type] as const)));
  const told = (one: readonly HistoryStep[], other: readonly HistoryStep[]) =>
    compareHistories(one, other).map(({ recorded, rehearsed, same }) =>
      [recorded?.type.slice(7) ?? '-', rehearsed?.type.slice(7) ?? '-', same ? '' : 'differs'].join(' ').trim(),
    );

  it('are the same where each step is', () => {
    expect(told(steps('create', 'start'), steps('create', 'start'))).toEqual(['create create', 'start start']);
    expect(told([], [])).toEqual([]);
  });

  it('differ in what only one has, and go on together behind it', () => {
    expect(told(steps('create', 'oom', 'exit', 'delete'), steps('create', 'exit', 'delete'))).toEqual([
      'create create',
      'oom - differs',
      'exit exit',
      'delete delete',
    ]);
    expect(told(steps('create', 'delete'), steps('create', 'start-failed', 'delete'))).toEqual([
      'create create',
      '- start-failed differs',
      'delete delete',
    ]);
  });

  it('differ in an exit code', () => {
    const [row] = compareHistories(stepsOf(history(exit('web', 0))), stepsOf(history(exit('web', 1))));
    expect(row).toMatchObject({
      same: false,
      recorded: { detail: 'exit code 0' },
      rehearsed: { detail: 'exit code 1' },
    });
  });
});
