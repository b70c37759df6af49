/** P2 and P4: facts come in their order, once, and of the process that they are of. */
import { describe, it } from 'vitest';
import { unknownExitStatus } from '../../src/task/events.js';
import {
  changed,
  commandOf,
  containerId,
  done,
  event,
  exited,
  failed,
  oom,
  owner,
  requested,
  shell,
  shellExit,
  shellPid,
  taskExit,
} from './fixtures.js';
import { given } from './given.js';
import { execScenes, openScenes, statusScenes } from './scenes.js';

const { created, running, pausing, deleted, stopped } = statusScenes;
const shellRuns = execScenes.running;
const answer = (type: Parameters<typeof commandOf>[0], requestId: string, members: object = {}) =>
  changed(commandOf(type, requestId), members);

describe('create, start, exit and delete come in this order (P2)', () => {
  it('an exit that is seen during a start waits for its outcome', () => {
    given(openScenes.start).when(commandOf('RecordExit')).thenWaits('start-1');
    given([...openScenes.start, done.start])
      .when(commandOf('RecordExit'))
      .then([exited]);
  });

  it('an exit of a task that was never started is one all the same', () => {
    given(created).when(commandOf('RecordExit')).then([exited]);
  });

  it('what the kernel killed for comes in front of the exit that it led to', () => {
    given(running)
      .when(changed(commandOf('RecordExit'), { exit: { ...taskExit, oomKilled: true } }))
      .then([oom, event('/tasks/exit', { id: containerId, ...taskExit, oomKilled: true })]);
    given(stopped)
      .when(changed(commandOf('RecordExit'), { exit: { ...taskExit, oomKilled: true } }))
      .thenUnchanged();
  });

  it('what the kernel killed for is noticed once, while the task lives', () => {
    given(running).when(commandOf('RecordOom')).then([oom]);
    given([...running, oom])
      .when(commandOf('RecordOom'))
      .thenUnchanged();
    given([...running, oom])
      .when(changed(commandOf('RecordExit'), { exit: { ...taskExit, oomKilled: true } }))
      .then([event('/tasks/exit', { id: containerId, ...taskExit, oomKilled: true })]);
  });

  it('an exit while a pause is open ends the task, and the pause fails', () => {
    given([...pausing, exited])
      .when(answer('RecordFailed', 'pause-1'))
      .then([failed.pause]);
    given([...pausing, exited])
      .when(answer('RecordDone', 'pause-1'))
      .thenAppends('/tasks/pause-failed');
  });

  it('an exit while a resume is open ends the task, and the resume fails', () => {
    given([...openScenes.resume, exited])
      .when(answer('RecordDone', 'resume-1'))
      .thenAppends('/tasks/resume-failed');
  });

  it('an exit is recorded once', () => {
    given(stopped).when(commandOf('RecordExit')).thenUnchanged();
    given(execScenes.stopped)
      .when(changed(commandOf('RecordExit'), { execId: shell, exit: shellExit }))
      .thenUnchanged();
  });

  it('a delete brings an exit that nobody saw in front of itself', () => {
    given([...created, requested.delete])
      .when(answer('RecordDeleted', 'delete-1', { exit: { ...taskExit, evidence: 'deleted' } }))
      .then([
        event('/tasks/exit', { id: containerId, ...taskExit, evidence: 'deleted' }),
        event('/tasks/delete', { requestId: 'delete-1', id: containerId, ...taskExit, evidence: 'deleted' }),
      ]);
  });

  it('a delete tells the exit that was recorded, not the one it was told', () => {
    given(openScenes.delete)
      .when(answer('RecordDeleted', 'delete-1', { exit: { ...taskExit, exitStatus: unknownExitStatus } }))
      .then([done.delete]);
  });

  it('a delete ends the execs that still ran, with an exit that nobody knows (P4)', () => {
    given([...shellRuns, exited, requested.delete])
      .when(answer('RecordDeleted', 'delete-1'))
      .then([
        event('/tasks/exit', {
          id: shell,
          pid: shellPid,
          exitStatus: unknownExitStatus,
          exitedAt: taskExit.exitedAt,
          certainty: 'unknown',
          evidence: 'its task was deleted',
          oomKilled: false,
        }),
        done.delete,
      ]);
  });

  it('a delete of an exec that was never started has no exit in front of it', () => {
    const asked = event('/tasks/delete-requested', { requestId: 'delete-1', owner, execId: shell });
    given([...running, asked])
      .when(answer('RecordDeleted', 'delete-1', { exit: { ...shellExit, pid: 0 } }))
      .then([event('/tasks/delete', { requestId: 'delete-1', id: shell, ...shellExit, pid: 0 })]);
  });
});

describe('an exit is of that very process (P4)', () => {
  it('not of a forerunner of the same name', () => {
    const late = changed(commandOf('RecordExit'), { exit: { ...taskExit, pid: 99 } });
    given([...deleted, ...running])
      .when(late)
      .thenUnchanged();
    const lateShell = changed(commandOf('RecordExit'), { execId: shell, exit: { ...shellExit, pid: 99 } });
    given(shellRuns).when(lateShell).thenUnchanged();
  });

  it('whose pid is not known may be that of the present one', () => {
    given(running)
      .when(changed(commandOf('RecordExit'), { exit: { ...taskExit, pid: 0 } }))
      .thenAppends('/tasks/exit');
  });
});
