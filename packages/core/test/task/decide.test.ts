import { describe, expect, it } from 'vitest';
import { parseExecId } from '../../src/kernel/identifiers.js';
import { decide } from '../../src/task/decide.js';
import type { TaskEvent } from '../../src/task/events.js';
import {
  blob,
  cause,
  changed,
  commandOf,
  containerId,
  done,
  event,
  exited,
  failed,
  io,
  other,
  owner,
  requested,
  shell,
  shellExited,
  shellPid,
  target,
  taskPid,
} from './fixtures.js';
import { given, stateAfter } from './given.js';
import { execScenes, openScenes, statusScenes } from './scenes.js';

const { created, running, pausing, paused, stopped, deleted } = statusScenes;
const shellRuns = execScenes.running;
const answer = (type: Parameters<typeof commandOf>[0], requestId: string, members: object = {}) =>
  changed(commandOf(type, requestId), members);
const killShell = event('/tasks/kill-requested', { requestId: 'kill-1', owner, execId: shell, signal: 9, all: false });

describe('a request carries who asked, what, and with which options (P3)', () => {
  it('a create, its whole CreateOpts', () => {
    given([])
      .when(commandOf('CreateTask', 'create-1'))
      .then([{ ...requested.create, owner: other } as TaskEvent]);
  });

  it('an exec, its process and stdio', () => {
    given(running)
      .when(commandOf('AddExec', 'exec-2'))
      .then([
        event('/tasks/exec-requested', {
          requestId: 'exec-2',
          owner: other,
          execId: parseExecId('another'),
          spec: blob,
          io,
        }),
      ]);
  });

  it('a kill, its signal and its reach', () => {
    given(running)
      .when(answer('KillProcess', 'kill-2', { signal: 9, all: true }))
      .then([event('/tasks/kill-requested', { requestId: 'kill-2', owner: other, execId: '', signal: 9, all: true })]);
  });
});

describe('an outcome', () => {
  it('of a create says where the task is and how it was made', () => {
    given([requested.create]).when(answer('RecordCreated', 'create-1')).then([done.create]);
  });

  it('of a start says its pid, and how well it is known (P4)', () => {
    given(openScenes.start)
      .when(answer('RecordStarted', 'start-1', { certainty: 'inferred', evidence: 'asked' }))
      .then([event('/tasks/start', { requestId: 'start-1', pid: taskPid, certainty: 'inferred', evidence: 'asked' })]);
  });

  it('of an exec start is that of the exec', () => {
    given(openScenes['exec-start'])
      .when(answer('RecordStarted', 'exec-start-1', { pid: shellPid }))
      .then([done['exec-start']]);
  });

  it('repeats what was asked for where that is what was done', () => {
    given(openScenes.kill).when(answer('RecordDone', 'kill-1')).then([done.kill]);
    given(openScenes.activate).when(answer('RecordDone', 'activate-1')).then([done.activate]);
    given(openScenes.deactivate).when(answer('RecordDone', 'deactivate-1')).then([done.deactivate]);
  });

  it('that failed keeps the cause', () => {
    for (const [open, scene] of Object.entries(openScenes)) {
      given(scene)
        .when(answer('RecordFailed', `${open}-1`, { cause }))
        .then([failed[open as keyof typeof failed]]);
    }
  });

  it('counts once: the first settles the request (D3)', () => {
    given([...openScenes.start, done.start])
      .when(answer('RecordStarted', 'start-1'))
      .thenUnchanged();
    given([...openScenes.start, failed.start])
      .when(answer('RecordStarted', 'start-1'))
      .thenUnchanged();
    given([...openScenes.start, done.start])
      .when(answer('RecordFailed', 'start-1'))
      .thenUnchanged();
    given(deleted).when(answer('RecordDeleted', 'delete-1')).thenUnchanged();
  });
});

describe('who comes second waits for the open request (D1)', () => {
  it('a create waits for a delete: then the name is free', () => {
    given(openScenes.delete).when(commandOf('CreateTask')).thenWaits('delete-1');
    given(deleted).when(commandOf('CreateTask')).thenAppends('/tasks/create-requested');
  });

  it('a delete of the task waits for its execs and for kills', () => {
    given([...stopped, requested.kill])
      .when(commandOf('DeleteProcess'))
      .thenWaits('kill-1');
    given([...created, requested['exec-start']])
      .when(commandOf('DeleteProcess'))
      .thenWaits('exec-start-1');
    given([...shellRuns, killShell, exited])
      .when(commandOf('DeleteProcess'))
      .thenWaits('kill-1');
  });

  it('a delete of an exec waits for kills of that exec alone', () => {
    const deleteShell = changed(commandOf('DeleteProcess'), { execId: shell });
    given([...shellRuns, killShell, shellExited])
      .when(deleteShell)
      .thenWaits('kill-1');
    given([...shellRuns, requested.kill, shellExited])
      .when(deleteShell)
      .then([event('/tasks/delete-requested', { requestId: 'request-2', owner: other, execId: shell })]);
  });

  it('a kill waits for nobody', () => {
    given([...openScenes.kill])
      .when(commandOf('KillProcess'))
      .thenAppends('/tasks/kill-requested');
    given(pausing).when(commandOf('KillProcess')).thenAppends('/tasks/kill-requested');
  });

  it('a kill comes too late for what is being deleted: its outcome would find nothing (P3)', () => {
    given([...created, requested.delete])
      .when(commandOf('KillProcess'))
      .thenRejects('failed-precondition', /its delete is under way/);
    given([...shellRuns, exited, requested.delete])
      .when(changed(commandOf('KillProcess'), { execId: shell }))
      .thenRejects('failed-precondition', /its delete is under way/);
  });

  it('an exec does not wait for what is done to another exec', () => {
    given(openScenes['exec-start']).when(commandOf('AddExec')).thenAppends('/tasks/exec-requested');
  });
});

describe('refusals say what to do', () => {
  it.each([
    ['StartTask', running, 'failed-precondition', /cannot start task web: it is running; it was started before/],
    ['PauseTask', created, 'failed-precondition', /cannot pause task web: it is created; start it first/],
    ['ResumeTask', running, 'failed-precondition', /only a paused task can be resumed/],
    ['AddExec', paused, 'failed-precondition', /cannot exec in task web: it is paused; resume it first/],
    ['UpdateTask', stopped, 'failed-precondition', /cannot update task web: .* delete it, then create it again/],
    ['CheckpointTask', created, 'failed-precondition', /cannot checkpoint task web: .* start it first/],
    ['DeleteProcess', running, 'failed-precondition', /kill it and wait for its end first, or use --force/],
    ['CreateTask', stopped, 'already-exists', /task web already exists and is stopped; delete it first/],
    ['StartTask', [], 'not-found', /`shiplog tasks` lists those that do/],
    ['KillProcess', stopped, 'not-found', /has already finished; `shiplog delete web` removes it/],
    [
      'ActivateMounts',
      [requested.activate, done.activate],
      'already-exists',
      /is mounted already; deactivate it first/,
    ],
  ] as const)('%s', (type, scene, code, message) => {
    given(scene).when(commandOf(type)).thenRejects(code, message);
  });

  it('are part of the story', () => {
    given([])
      .when(commandOf('RecordRejected'))
      .then([event('/tasks/rejected', { execId: '', command: 'StartTask', ...cause })]);
  });
});

describe('names that JavaScript knows, too', () => {
  it.each(['constructor', 'toString', 'hasOwnProperty'])('%s is an exec like any other', (name) => {
    const execId = parseExecId(name);
    given(running)
      .when(changed(commandOf('StartExec'), { execId }))
      .thenRejects('not-found');
    given(running)
      .when(changed(commandOf('RecordExit'), { execId }))
      .thenUnchanged();
    given(running)
      .when(changed(commandOf('AddExec'), { execId }))
      .thenAppends('/tasks/exec-requested');
  });

  it.each(['constructor', '__proto__'])('%s is a target like any other', (name) => {
    given(running)
      .when(changed(commandOf('DeactivateMounts'), { target: name }))
      .thenUnchanged();
    given(running)
      .when(changed(commandOf('ActivateMounts'), { target: name }))
      .thenAppends('/mounts/activate-requested');
    const asked = event('/mounts/activate-requested', { requestId: 'activate-1', owner, target: name, mounts: [] });
    given([asked]).when(commandOf('RecordDone', 'activate-1')).thenAppends('/mounts/activated');
  });

  it('an exec cannot have the ID of its task: their exits could not be told apart', () => {
    given(running)
      .when(changed(commandOf('AddExec'), { execId: containerId }))
      .thenRejects('already-exists', /use another ID/);
  });
});

describe('a claim takes over the request of a process that is gone', () => {
  it('for every kind of request, and its new owner is waited for', () => {
    for (const [open, scene] of Object.entries(openScenes)) {
      given(scene)
        .when(commandOf('ClaimRequest', `${open}-1`))
        .then([event('/recovery/claimed', { requestId: `${open}-1`, owner: other })]);
    }
    const claimed = event('/recovery/claimed', { requestId: 'start-1', owner: other });
    expect(decide(commandOf('StartTask'), stateAfter([...openScenes.start, claimed]))).toMatchObject({
      kind: 'wait',
      pending: { requestId: 'start-1', owner: other },
    });
  });

  it('comes too late for one that was claimed or settled meanwhile', () => {
    const claimed = event('/recovery/claimed', { requestId: 'start-1', owner: other });
    given([...openScenes.start, claimed])
      .when(commandOf('ClaimRequest', 'start-1'))
      .thenUnchanged();
    given([...openScenes.start, done.start])
      .when(commandOf('ClaimRequest', 'start-1'))
      .thenUnchanged();
  });
});

it('mounts on another target are none of this one', () => {
  given([requested.activate, done.activate])
    .when(changed(commandOf('ActivateMounts'), { target: `${target}-2` }))
    .thenAppends('/mounts/activate-requested');
});
