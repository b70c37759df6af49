/**
 * decide(command, state) -> decision. Pure: whatever it needs of the world came in with the command.
 *
 * Rules, cited below:
 *  D1  One open request for each process; whoever comes second waits for its outcome. A kill waits for nobody, and
 *      only a delete waits for a kill; once a delete is open, there is no kill any more. So the outcome of every kill
 *      finds its process still in the log (P3).
 *  D2  Create precedes start precedes exit precedes delete (P2): an exit that is seen while a create or start is open
 *      waits for that outcome, and so behind a checkpoint, which may have ended the task; a delete brings every exit that
 *      nobody saw in front of itself. An exec that was not started has no process, hence no exit.
 *  D3  An outcome counts only while its request is open: the first one settles it.
 *  D4  Which status allows what is containerd's (cmd/containerd-shim-runc-v2/process/init_state.go).
 */
import { assertNever } from '../kernel/assert-never.js';
import { AlreadyExistsError, FailedPreconditionError } from '../kernel/errors.js';
import type { ExecId } from '../kernel/identifiers.js';
import type { ProcessIdentity } from '../kernel/process-identity.js';
import type {
  AddExec,
  CheckpointTask,
  ClaimRequest,
  CleanUp,
  CreateTask,
  DeleteProcess,
  KillProcess,
  PauseTask,
  RequestCommand,
  ResumeTask,
  StartExec,
  StartTask,
  TaskCommand,
  UpdateTask,
} from './commands.js';
import { activateMounts, deactivateMounts } from './decide-mounts.js';
import { decideNotice } from './decide-notice.js';
import { decideOutcome } from './decide-outcome.js';
import { append, type Decision, reject, requestOf, unchanged, waitFor } from './decision.js';
import {
  awaitsRestore,
  type ExecState,
  execOf,
  isGone,
  isPresent,
  requestOf as openRequestOf,
  openRequests,
  type PendingKill,
  type PresentTask,
  type TaskState,
} from './state.js';
import { ExecNotFoundError, ProcessFinishedError, TaskNotFoundError, TaskTransitionError } from './task-errors.js';

export function decide(command: TaskCommand, state: TaskState): Decision {
  switch (command.type) {
    case 'CreateTask':
      return create(command, state);
    case 'StartTask':
      return onTask(command, state, start);
    case 'AddExec':
      return onTask(command, state, addExec);
    case 'StartExec':
      return onTask(command, state, startExec);
    case 'KillProcess':
      return kill(command, state);
    case 'PauseTask':
      return onTask(command, state, pause);
    case 'ResumeTask':
      return onTask(command, state, resume);
    case 'UpdateTask':
      return onTask(command, state, update);
    case 'CheckpointTask':
      return onTask(command, state, checkpoint);
    case 'DeleteProcess':
      return onTask(command, state, command.execId === '' ? deleteTask : deleteExec);
    case 'ActivateMounts':
      return activateMounts(command, state);
    case 'DeactivateMounts':
      return deactivateMounts(command, state);
    case 'CleanUp':
      return cleanUp(command, state);
    case 'ClaimRequest':
      return claim(command, state);
    case 'RecordCreated':
    case 'RecordStarted':
    case 'RecordUpdated':
    case 'RecordCheckpointed':
    case 'RecordDone':
    case 'RecordDeleted':
    case 'RecordFailed':
      return decideOutcome(command, state);
    case 'RecordExit':
    case 'RecordOom':
    case 'RecordRejected':
      return decideNotice(command, state);
    default:
      return assertNever(command);
  }
}

/** For commands that need a task, and that wait while another's request is open (D1). */
function onTask<C extends RequestCommand>(
  command: C,
  state: TaskState,
  rule: (command: C, task: PresentTask) => Decision,
): Decision {
  if (state.status === 'creating') return waitFor(state.pending);
  if (!isPresent(state)) return reject(new TaskNotFoundError(command.containerId));
  return state.pending ? waitFor(state.pending) : rule(command, state);
}

function refuse(task: PresentTask, action: string, hint: string): Decision {
  const status = task.status;
  const ended = status === 'stopped' ? 'it has ended: delete it, then create it again' : hint;
  return reject(new TaskTransitionError(task.id, status, action, ended));
}

function create(command: CreateTask, state: TaskState): Decision {
  if (state.status === 'creating') return waitFor(state.pending);
  if (isPresent(state)) {
    if (state.pending?.command === 'delete') return waitFor(state.pending);
    return reject(
      new AlreadyExistsError(
        `task ${command.containerId} already exists and is ${state.status}; delete it first, or use another ID`,
        { details: { task: command.containerId, status: state.status } },
      ),
    );
  }
  if (state.cleaning) return waitFor(state.cleaning);
  const { type: _type, ...payload } = command;
  return append({ type: '/tasks/create-requested', ...payload });
}

/** What is on the host under the name of a task is that task's. */
function cleanUp(command: CleanUp, state: TaskState): Decision {
  const { containerId, runtime, found } = command;
  if (!isGone(state)) return reject(new TaskTransitionError(containerId, state.status, 'clean up', 'delete it first'));
  if (state.cleaning) return waitFor(state.cleaning);
  return append({ type: '/recovery/clean-requested', ...requestOf(command), runtime, found });
}

const untilRestored = 'it has no process before its start has restored it';

function start(command: StartTask, task: PresentTask): Decision {
  if (task.status !== 'created') return refuse(task, 'start', 'it was started before');
  return append({ type: '/tasks/start-requested', ...requestOf(command) });
}

function addExec(command: AddExec, task: PresentTask): Decision {
  if (awaitsRestore(task)) return refuse(task, 'exec in', untilRestored);
  if (task.status !== 'created' && task.status !== 'running') return refuse(task, 'exec in', 'resume it first');
  const { execId, spec, io } = command;
  // Its exit and its delete carry that ID, and would be read as the task's own.
  if ((execId as string) === task.id) {
    return reject(
      new AlreadyExistsError(`${execId} is the ID of the task's own process; use another ID for the exec`, {
        details: { task: task.id, exec: execId },
      }),
    );
  }
  const namesake = execOf(task, execId);
  if (namesake?.pending && namesake.pending.command !== 'exec-start') return waitFor(namesake.pending);
  if (namesake) {
    return reject(
      new AlreadyExistsError(`exec ${execId} already exists in task ${task.id}; delete it first, or use another ID`, {
        details: { task: task.id, exec: execId },
      }),
    );
  }
  return append({ type: '/tasks/exec-requested', ...requestOf(command), execId, spec, io });
}

/** For commands on one exec: its own open request is waited for, too (D1). */
function onExec(task: PresentTask, execId: ExecId, rule: (exec: ExecState) => Decision): Decision {
  const exec = execOf(task, execId);
  if (!exec) return reject(new ExecNotFoundError(task.id, execId));
  return exec.pending ? waitFor(exec.pending) : rule(exec);
}

function startExec(command: StartExec, task: PresentTask): Decision {
  return onExec(task, command.execId, (exec) => {
    if (task.status !== 'created' && task.status !== 'running') return refuse(task, 'exec in', 'resume it first');
    if (exec.status !== 'created') {
      return reject(
        new FailedPreconditionError(`cannot start exec ${exec.execId} in task ${task.id}: it is ${exec.status}`, {
          details: { task: task.id, exec: exec.execId, status: exec.status },
        }),
      );
    }
    return append({ type: '/tasks/exec-start-requested', ...requestOf(command), execId: exec.execId });
  });
}

function kill(command: KillProcess, state: TaskState): Decision {
  const { containerId, execId, signal, all } = command;
  if (state.status === 'creating') {
    return reject(new TaskTransitionError(containerId, state.status, 'kill', 'wait until it is created'));
  }
  if (!isPresent(state)) return reject(new TaskNotFoundError(containerId));
  const exec = execId === '' ? undefined : execOf(state, execId);
  if (execId !== '' && !exec) return reject(new ExecNotFoundError(containerId, execId));
  if (exec && exec.status !== 'running' && exec.status !== 'stopped') {
    return reject(
      new FailedPreconditionError(`cannot kill exec ${exec.execId} in task ${containerId}: it was not started`, {
        details: { task: containerId, exec: exec.execId, status: exec.status },
      }),
    );
  }
  if ((exec ?? state).status === 'stopped') return reject(new ProcessFinishedError(containerId, execId));
  if (awaitsRestore(state)) return refuse(state, 'kill', untilRestored);
  if (state.pending?.command === 'delete') {
    return reject(new TaskTransitionError(containerId, state.status, 'kill', 'its delete is under way'));
  }
  return append({ type: '/tasks/kill-requested', ...requestOf(command), execId, signal, all });
}

function pause(command: PauseTask, task: PresentTask): Decision {
  if (task.status !== 'running') {
    return refuse(task, 'pause', task.status === 'created' ? 'start it first' : 'there is nothing left to do');
  }
  return append({ type: '/tasks/pause-requested', ...requestOf(command) });
}

function resume(command: ResumeTask, task: PresentTask): Decision {
  if (task.status !== 'paused') return refuse(task, 'resume', 'only a paused task can be resumed');
  return append({ type: '/tasks/resume-requested', ...requestOf(command) });
}

function update(command: UpdateTask, task: PresentTask): Decision {
  if (task.status === 'stopped') return refuse(task, 'update', '');
  if (awaitsRestore(task)) return refuse(task, 'update', untilRestored);
  return append({ type: '/tasks/update-requested', ...requestOf(command), resources: command.resources });
}

function checkpoint(command: CheckpointTask, task: PresentTask): Decision {
  if (task.status !== 'running' && task.status !== 'paused') return refuse(task, 'checkpoint', 'start it first');
  return append({
    type: '/tasks/checkpoint-requested',
    ...requestOf(command),
    checkpoint: command.checkpoint,
    options: command.options,
  });
}

function deleteTask(command: DeleteProcess, task: PresentTask): Decision {
  if (task.status !== 'created' && task.status !== 'stopped') {
    return refuse(task, 'delete', 'kill it and wait for its end first, or use --force');
  }
  const busy = Object.values(task.execs).find((exec) => exec.pending);
  if (busy?.pending) return waitFor(busy.pending);
  const [kill] = Object.values(task.kills);
  if (kill) return waitForKill(kill);
  return append({ type: '/tasks/delete-requested', ...requestOf(command), execId: '' });
}

function deleteExec(command: DeleteProcess, task: PresentTask): Decision {
  return onExec(task, command.execId as ExecId, (exec) => {
    if (exec.status !== 'created' && exec.status !== 'stopped') {
      return reject(
        new FailedPreconditionError(
          `cannot delete exec ${exec.execId} in task ${task.id}: it is ${exec.status}; kill it and wait for its end first`,
          { details: { task: task.id, exec: exec.execId, status: exec.status } },
        ),
      );
    }
    const kill = Object.values(task.kills).find(({ execId }) => execId === exec.execId);
    if (kill) return waitForKill(kill);
    return append({ type: '/tasks/delete-requested', ...requestOf(command), execId: exec.execId });
  });
}

function waitForKill({ requestId, owner }: PendingKill): Decision {
  return waitFor({ command: 'kill', requestId, owner });
}

function claim(command: ClaimRequest, state: TaskState): Decision {
  const open = openRequests(state)
    .map(openRequestOf)
    .find(({ requestId }) => requestId === command.requestId);
  if (!open || !isSameProcess(open.owner, command.from)) return unchanged; // D3
  const { containerId, requestId, owner } = command;
  return append({ type: '/recovery/claimed', containerId, requestId, owner });
}

function isSameProcess(one: ProcessIdentity, other: ProcessIdentity): boolean {
  return one.pid === other.pid && one.startTime === other.startTime && one.bootId === other.bootId;
}
