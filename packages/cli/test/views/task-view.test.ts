import { parseTimestamp, type StreamState, type TaskState } from '@shiplog/core';
import { describe, expect, it } from 'vitest';
import { paintNothing } from '../../src/output/style.js';
import { renderTable } from '../../src/output/table.js';
import { taskColumns, taskView } from '../../src/views/task-view.js';

const time = parseTimestamp('2026-11-23T14:06:11.5Z');

/** What the log holds of a task, as far as the view looks at it. */
function stream(state: Readonly<Record<string, unknown>>): StreamState {
  const io = { stdin: '', stdout: '', stderr: '', terminal: false };
  const whole = { runtime: 'io.containerd.runc.v2', io, mounts: {}, ...state };
  return { namespace: 'default', task: 'web', version: 4, state: whole as unknown as TaskState };
}

const exit = { pid: 41, exitStatus: 137, exitedAt: time, certainty: 'observed' };
const common = { id: 'web', namespace: 'default', runtime: 'io.containerd.runc.v2' };
const io = { stdin: '', stdout: '', stderr: '', terminal: false };

describe('taskView', () => {
  it('of a running task has a pid and no exit', () => {
    expect(taskView(stream({ status: 'running', pid: 41 }))).toEqual({ ...common, status: 'running', pid: 41, ...io });
  });

  it('of one that has ended has its exit, and how well it is known', () => {
    expect(taskView(stream({ status: 'stopped', pid: 41, exit }))).toEqual({
      ...common,
      status: 'stopped',
      pid: 41,
      exitStatus: 137,
      exitedAt: time,
      certainty: 'observed',
      ...io,
    });
  });

  it('of one that is being created has no pid', () => {
    expect(taskView(stream({ status: 'creating' }))).toEqual({ ...common, status: 'creating', ...io });
  });
});

describe('the table of tasks', () => {
  it.each([
    ['observed', '137'],
    ['inferred', '137?'],
    ['unknown', 'unknown'],
  ])('marks an exit code that is %s', async (certainty, text) => {
    const view = taskView(stream({ status: 'stopped', pid: 41, exit: { ...exit, certainty } }));
    const [, line = ''] = await renderTable(taskColumns, [view], { paint: paintNothing });
    expect(line.split(/ +/)).toEqual(['web', 'stopped', '41', text, 'io.containerd.runc.v2']);
  });
});
