/** containerd's view of a process, made from the log's. */
import { assertNever } from '../kernel/assert-never.js';
import { FailedPreconditionError } from '../kernel/errors.js';
import type { ExecId } from '../kernel/identifiers.js';
import type { ExitRecord } from '../task/events.js';
import { type ExecState, execOf, isPresent, type TaskState } from '../task/state.js';
import { ExecNotFoundError, TaskNotFoundError, TaskTransitionError } from '../task/task-errors.js';
import type { Call } from './call.js';
import type { Exit, ProcessState } from './platform-runtime.js';

export function exitOf({ exitStatus, exitedAt, pid, certainty, evidence, oomKilled }: ExitRecord): Exit {
  return {
    pid,
    status: exitStatus,
    timestamp: exitedAt,
    certainty,
    ...(evidence !== '' && { evidence }),
    ...(oomKilled && { oomKilled }),
  };
}

/** @throws NotFoundError if the task is not there (any more) */
export function taskStateOf(state: TaskState, { stream }: Call): ProcessState {
  if (state.status === 'absent' || state.status === 'deleted') throw new TaskNotFoundError(stream.task);
  // containerd has no status for what its runtime is still making.
  if (state.status === 'creating') return { ...state.io, status: 'created', pid: 0 };
  const { status, pid, io } = state;
  const known = { ...io, status, pid, ...(state.oomKilled && { oomKilled: true }) };
  return state.status === 'stopped' ? { ...known, exit: exitOf(state.exit) } : known;
}

/** @throws NotFoundError if the task or the exec is not there (any more) */
export function findExec(state: TaskState, { stream }: Call, execId: ExecId): ExecState {
  if (!isPresent(state)) throw new TaskNotFoundError(stream.task);
  const exec = execOf(state, execId);
  if (!exec) throw new ExecNotFoundError(stream.task, execId);
  return exec;
}

export function execStateOf(exec: ExecState): ProcessState {
  switch (exec.status) {
    case 'adding':
    case 'created':
      return { ...exec.io, status: 'created', pid: 0 };
    case 'running':
      return { ...exec.io, status: 'running', pid: exec.pid };
    case 'stopped':
      return { ...exec.io, status: 'stopped', pid: exec.exit.pid, exit: exitOf(exec.exit) };
    default:
      return assertNever(exec);
  }
}

/**
 * The exit that the log has of a process; undefined while it has none.
 *
 * @throws NotFoundError if there is, and was, no such process
 */
export function exitFromLog(state: TaskState, call: Call, execId: ExecId | ''): Exit | undefined {
  if (execId !== '') {
    const exec = findExec(state, call, execId);
    return exec.status === 'stopped' ? exitOf(exec.exit) : undefined;
  }
  if (state.status === 'absent') throw new TaskNotFoundError(call.stream.task);
  return state.status === 'stopped' || state.status === 'deleted' ? exitOf(state.exit) : undefined;
}

/**
 * For what concerns a process's input and output alone, and so leaves no trace in the log.
 *
 * @throws NotFoundError if there is no such process
 * @throws FailedPreconditionError if it is not there yet, or has ended
 */
export function assertReachable(state: TaskState, call: Call, execId: ExecId | '', action: string): void {
  const { task } = call.stream;
  if (state.status === 'creating')
    throw new TaskTransitionError(task, state.status, action, 'wait until it is created');
  if (execId === '') {
    if (taskStateOf(state, call).status !== 'stopped') return;
    throw new TaskTransitionError(task, 'stopped', action, 'it has ended: shiplog logs shows what it wrote');
  }
  const exec = findExec(state, call, execId);
  if (exec.status === 'created' || exec.status === 'running') return;
  throw new FailedPreconditionError(`cannot ${action} exec ${execId} in task ${task}: it is ${exec.status}`, {
    details: { task, exec: execId, status: exec.status },
  });
}
