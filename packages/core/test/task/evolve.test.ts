import { describe, expect, it } from 'vitest';
import { parseTimestamp } from '../../src/kernel/clock.js';
import { evolve } from '../../src/task/evolve.js';
import { initialTaskState, openRequests, requestOf, type TaskState } from '../../src/task/state.js';
import {
  blob,
  done,
  event,
  exited,
  failed,
  oom,
  other,
  owner,
  requested,
  shell,
  shellExit,
  shellExited,
  shellPid,
  target,
  taskExit,
  taskPid,
  time,
} from './fixtures.js';
import { stateAfter } from './given.js';
import { execScenes, openScenes, statusScenes } from './scenes.js';

const later = parseTimestamp('2026-01-31T13:00:00Z');
const { creating, created, running, pausing, paused, stopped, deleted } = statusScenes;

describe('the life of a task', () => {
  it.each(Object.entries(statusScenes))('%s', (scene, events) => {
    expect(stateAfter(events).status).toBe(scene === 'unrestored' ? 'created' : scene);
  });

  it('its times are those of its records', () => {
    const state = evolve(stateAfter([...created, requested.start]), done.start, later);
    expect(state).toMatchObject({ createRequestedAt: time, createdAt: time, startedAt: later });
  });

  it('it has a pid once it is created, and an exit once it has ended', () => {
    expect(stateAfter(creating)).not.toHaveProperty('pid');
    expect(stateAfter(created)).toMatchObject({ pid: taskPid });
    expect(stateAfter(running)).not.toHaveProperty('exit');
    expect(stateAfter(stopped)).toMatchObject({ exit: taskExit });
    expect(stateAfter(deleted)).toMatchObject({ exit: taskExit, deletedAt: time });
  });

  it('one that ended before its start was never started', () => {
    expect(stateAfter([...created, exited])).toMatchObject({ status: 'stopped', startedAt: null });
  });

  it('a create that failed leaves nothing, and its name is free', () => {
    expect(stateAfter([...creating, failed.create])).toEqual(initialTaskState);
  });

  it('one that is created under an old name starts anew', () => {
    const again = stateAfter([...deleted, requested.create]);
    expect(again).toEqual(stateAfter([requested.create]));
  });

  it('a pause that failed runs on, a resume that failed stays paused', () => {
    expect(stateAfter([...pausing, failed.pause])).toEqual(stateAfter(running));
    expect(stateAfter([...openScenes.resume, failed.resume])).toEqual(stateAfter(paused));
  });

  it('a kill for want of memory is kept of what lives, and refusals change nothing', () => {
    const state = stateAfter(running);
    expect(evolve(state, oom, later)).toEqual({ ...state, oomKilled: true });
    expect(evolve(stateAfter([...running, exited]), oom, later)).toMatchObject({ oomKilled: false });
    const rejected = event('/tasks/rejected', { execId: '', command: 'StartTask', code: 'unknown', message: '' });
    expect(evolve(state, rejected, later)).toBe(state);
  });
});

describe('the life of an exec', () => {
  const execIn = (state: TaskState) => ('execs' in state ? state.execs[shell] : undefined);

  it.each(['adding', 'created', 'running', 'stopped'] as const)('%s', (status) => {
    expect(execIn(stateAfter(execScenes[status]))?.status).toBe(status);
  });

  it('it has a pid while it runs, and an exit once it has ended', () => {
    expect(execIn(stateAfter(execScenes.running))).toMatchObject({ pid: shellPid, pending: null });
    expect(execIn(stateAfter(execScenes.stopped))).toMatchObject({ exit: shellExit });
    expect(execIn(stateAfter(execScenes.stopped))).not.toHaveProperty('pid');
  });

  it('one that could not be added, or was deleted, is gone', () => {
    expect(execIn(stateAfter([...openScenes.exec, failed.exec]))).toBeUndefined();
    const gone = event('/tasks/delete', { requestId: 'delete-1', id: shell, ...shellExit });
    expect(execIn(stateAfter([...execScenes.deleting, gone]))).toBeUndefined();
  });

  it('one that could not be started may be started again', () => {
    expect(stateAfter([...openScenes['exec-start'], failed['exec-start']])).toEqual(stateAfter(running));
  });

  it('none outlives its task', () => {
    expect(stateAfter(deleted)).not.toHaveProperty('execs');
  });
});

describe('an open request', () => {
  it.each(Object.entries(openScenes))('%s is open until its outcome', (command, scene) => {
    const name = command as keyof typeof openScenes;
    const ids = (state: TaskState) => openRequests(state).map((open) => requestOf(open).requestId);
    expect(ids(stateAfter(scene))).toEqual([`${name}-1`]);
    expect(ids(stateAfter([...scene, done[name]]))).toEqual([]);
    expect(ids(stateAfter([...scene, failed[name]]))).toEqual([]);
  });

  it.each(Object.entries(openScenes))('%s has a new owner when it was claimed', (command, scene) => {
    const claimed = event('/recovery/claimed', { requestId: `${command}-1`, owner: other });
    expect(openRequests(stateAfter([...scene, claimed])).map(requestOf)).toMatchObject([{ owner: other }]);
  });

  it('to update has its limits in the state once it has its outcome', () => {
    expect(stateAfter(openScenes.update)).toMatchObject({ resources: null });
    expect(stateAfter([...openScenes.update, done.update])).toMatchObject({ resources: blob, pending: null });
    expect(stateAfter([...openScenes.update, failed.update])).toMatchObject({ resources: null });
  });

  it('is not closed by the outcome of another', () => {
    const late = event('/tasks/updated', { requestId: 'update-0', resources: blob });
    expect(stateAfter([...openScenes.update, late])).toEqual(stateAfter(openScenes.update));
  });

  it('kills stand beside each other', () => {
    const second = event('/tasks/kill-requested', { requestId: 'kill-2', owner, execId: '', signal: 9, all: true });
    const state = stateAfter([...openScenes.kill, second]);
    expect(openRequests(state)).toHaveLength(2);
    expect(openRequests(evolve(state, done.kill, time))).toMatchObject([{ kill: { requestId: 'kill-2', signal: 9 } }]);
  });
});

describe('mounts', () => {
  it('are there from the request on, and until the log knows of their end', () => {
    const cause = { code: 'unavailable', message: 'busy' } as const;
    const stuck = event('/mounts/activate-failed', { requestId: 'activate-1', ...cause, target, left: [target] });
    const mounts = (events: Parameters<typeof stateAfter>[0]) => stateAfter(events).mounts[target]?.status;
    expect(mounts([requested.activate])).toBe('activating');
    expect(mounts([requested.activate, done.activate])).toBe('active');
    expect(mounts([requested.activate, failed.activate])).toBeUndefined();
    expect(mounts([requested.activate, stuck])).toBe('active');
    const leaving = [requested.activate, done.activate, requested.deactivate];
    expect(mounts(leaving)).toBe('deactivating');
    expect(mounts([...leaving, failed.deactivate])).toBe('active');
    expect(mounts([...leaving, done.deactivate])).toBeUndefined();
  });

  it('can outlive their task', () => {
    const leaked = stateAfter([requested.activate, done.activate, ...deleted]);
    expect(leaked).toMatchObject({ status: 'deleted', mounts: { [target]: { status: 'active' } } });
    expect(stateAfter([requested.activate, done.activate, ...creating, failed.create])).toMatchObject({
      status: 'absent',
      mounts: { [target]: { status: 'active' } },
    });
  });
});

describe('an event that does not fit leaves the state as it was (P8)', () => {
  it.each([
    ['a task that was created twice', running, requested.create],
    ['a create without its request', [], done.create],
    ['a start of what runs', running, done.start],
    ['a pause of what is not there', deleted, done.pause],
    ['a second exit', stopped, event('/tasks/exit', { ...shellExit, id: 'web' as never, evidence: '' })],
    ['an exec that was added twice', execScenes.running, done.exec],
    ['an exec that failed to be added and yet runs', execScenes.running, failed.exec],
    ['a start of an exec that has ended', execScenes.stopped, done['exec-start']],
    ['a second exit of an exec', execScenes.stopped, event('/tasks/exit', { ...taskExit, id: shell, evidence: '' })],
    ['an exit of an exec that is not there', execScenes.none, shellExited],
    ['mounts that nobody asked for', running, done.activate],
  ] as const)('%s', (_what, scene, unfit) => {
    const state = stateAfter(scene);
    expect(evolve(state, unfit, later)).toEqual(state);
  });
});
