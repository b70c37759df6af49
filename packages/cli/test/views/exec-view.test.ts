import { NotFoundError, type TaskState } from '@shiplog/core';
import { describe, expect, it } from 'vitest';
import { execViewIn } from '../../src/views/exec-view.js';

const of = { id: 'shell', task: 'web', namespace: 'default' };
const exit = { pid: 41, exitStatus: 7, exitedAt: '2026-01-31T12:00:00Z', certainty: 'observed' };

function taskWith(exec: unknown): TaskState {
  return { status: 'running', execs: { shell: exec } } as unknown as TaskState;
}

describe('an exec as of a point of the past', () => {
  it.each([
    ['was asked for', { status: 'adding' }, { status: 'adding' }],
    ['was added', { status: 'created' }, { status: 'created' }],
    ['was at work', { status: 'running', pid: 41 }, { status: 'running', pid: 41 }],
    ['had ended', { status: 'stopped', exit }, { status: 'stopped', ...exit }],
  ])('that %s', (_, exec, shown) => {
    expect(execViewIn(taskWith(exec), of)).toEqual({ ...of, ...shown });
  });

  it('that was not there is not found, whatever its name', () => {
    expect(() => execViewIn(taskWith({ status: 'created' }), { ...of, id: 'constructor' })).toThrow(NotFoundError);
    expect(() => execViewIn({ status: 'absent', mounts: {} }, of)).toThrow(NotFoundError);
  });
});
