/**
 * evolve(state, event) -> state: what an event does to the state. Pure and total: an event that does not fit the state
 * (from a damaged or foreign log) leaves it as it was, since a fold must never stop a start (P8).
 */
import { assertNever } from '../kernel/assert-never.js';
import type { Timestamp } from '../kernel/clock.js';
import type { ExecId } from '../kernel/identifiers.js';
import type { ExitRecord, TaskEvent, TaskEventOf } from './events.js';
import { claimed, cleanRequested, closeCleaning } from './evolve-recovery.js';
import {
  type ExecState,
  execOf,
  isPresent,
  type MountSet,
  mountsOn,
  type Pending,
  type PendingCommand,
  type PendingKill,
  type PresentTask,
  type TaskState,
} from './state.js';

/** @param time the time of the event's record */
export function evolve(state: TaskState, event: TaskEvent, time: Timestamp): TaskState {
  switch (event.type) {
    case '/tasks/create-requested':
      return createRequested(state, event, time);
    case '/tasks/create':
      if (state.status !== 'creating') return state;
      return { ...state, status: 'created', pid: event.pid, createdAt: time, pending: null };
    case '/tasks/create-failed':
      return state.status === 'creating' ? { status: 'absent', mounts: state.mounts } : state;

    case '/tasks/start-requested':
      return withPending(state, 'start', event);
    case '/tasks/start':
      if (state.status !== 'created') return state;
      return { ...state, status: 'running', pid: event.pid, startedAt: time, pending: null };

    case '/tasks/exec-requested':
      if (!isPresent(state)) return state;
      return withExec(state, {
        execId: event.execId,
        spec: event.spec,
        io: event.io,
        status: 'adding',
        pending: pendingOf('exec', event),
      });
    case '/tasks/exec-added':
      return mapExec(state, event.execId, (exec) =>
        exec.status === 'adding' ? { ...baseOf(exec), status: 'created', pending: null } : exec,
      );
    case '/tasks/exec-failed':
      return execStatusOf(state, event.execId) === 'adding' ? withoutExec(state, event.execId) : state;
    case '/tasks/exec-start-requested':
      return mapExec(state, event.execId, (exec) => ({ ...exec, pending: pendingOf('exec-start', event) }));
    case '/tasks/exec-started':
      return mapExec(state, event.execId, (exec) =>
        exec.status === 'created'
          ? { ...baseOf(exec), status: 'running', pid: event.pid, startedAt: time, pending: null }
          : exec,
      );
    case '/tasks/exec-start-failed':
      return closeExecPending(state, event.execId, event);

    case '/tasks/kill-requested':
      return killRequested(state, event);
    case '/tasks/signalled':
    case '/tasks/kill-failed':
      return withoutKill(state, event.requestId);

    case '/tasks/pause-requested': {
      const asked = withPending(state, 'pause', event);
      return asked.status === 'running' ? { ...asked, status: 'pausing' } : asked;
    }
    case '/tasks/paused':
      return state.status === 'pausing' ? { ...state, status: 'paused', pending: null } : closePending(state, event);
    case '/tasks/pause-failed':
      return state.status === 'pausing' ? { ...state, status: 'running', pending: null } : closePending(state, event);

    case '/tasks/resume-requested':
      return withPending(state, 'resume', event);
    case '/tasks/resumed':
      return state.status === 'paused' ? { ...state, status: 'running', pending: null } : closePending(state, event);

    case '/tasks/update-requested':
      return withPending(state, 'update', event);
    case '/tasks/checkpoint-requested':
      return withPending(state, 'checkpoint', event);
    case '/tasks/start-failed':
    case '/tasks/resume-failed':
    case '/tasks/update-failed':
    case '/tasks/checkpointed':
    case '/tasks/checkpoint-failed':
      return closePending(state, event);

    case '/tasks/updated': {
      const settled = closePending(state, event);
      return isPresent(settled) && settled !== state ? { ...settled, resources: event.resources } : state;
    }

    case '/tasks/exit':
      return exited(state, event);

    case '/tasks/delete-requested':
      if (event.execId === '') return withPending(state, 'delete', event);
      return mapExec(state, event.execId, (exec) => ({ ...exec, pending: pendingOf('delete', event) }));
    case '/tasks/delete':
      return deleted(state, event, time);
    case '/tasks/delete-failed':
      if (event.execId === '') return closePending(state, event);
      return closeExecPending(state, event.execId, event);

    case '/recovery/claimed':
      return claimed(state, event);

    case '/recovery/clean-requested':
      return cleanRequested(state, event);
    case '/recovery/cleaned':
    case '/recovery/clean-failed':
      return closeCleaning(state, event);

    case '/mounts/activate-requested':
      return withMounts(state, {
        target: event.target,
        mounts: event.mounts,
        status: 'activating',
        requestId: event.requestId,
        owner: event.owner,
      });
    case '/mounts/activated':
      return mapMounts(state, event.target, (set) => ({ ...set, status: 'active' }));
    case '/mounts/deactivate-requested':
      return mapMounts(state, event.target, (set) => ({
        ...set,
        status: 'deactivating',
        requestId: event.requestId,
        owner: event.owner,
      }));
    case '/mounts/deactivate-failed':
      return mapMounts(state, event.target, (set) => ({ ...set, status: 'active' }));
    case '/mounts/activate-failed':
      // What is left of it is as much ours to unmount as what was activated.
      if (!(event.left?.length > 0)) return withoutMounts(state, event.target);
      return mapMounts(state, event.target, (set) => ({ ...set, status: 'active' }));
    case '/mounts/deactivated':
      return withoutMounts(state, event.target);

    case '/tasks/oom':
      return isPresent(state) && state.status !== 'stopped' ? { ...state, oomKilled: true } : state;
    case '/tasks/rejected':
      return state;
    default:
      return assertNever(event);
  }
}

function pendingOf(command: PendingCommand, event: Pick<Pending, 'requestId' | 'owner'>): Pending {
  return { command, requestId: event.requestId, owner: event.owner };
}

function createRequested(state: TaskState, event: TaskEventOf<'/tasks/create-requested'>, time: Timestamp): TaskState {
  if (state.status !== 'absent' && state.status !== 'deleted') return state;
  return {
    status: 'creating',
    id: event.containerId,
    runtime: event.runtime,
    bundle: event.bundle,
    spec: event.spec,
    rootfs: event.rootfs,
    io: event.io,
    checkpoint: event.checkpoint,
    createRequestedAt: time,
    pending: pendingOf('create', event),
    kills: {},
    execs: {},
    oomKilled: false,
    resources: null,
    mounts: state.mounts,
  };
}

function withPending(
  state: TaskState,
  command: PendingCommand,
  event: Pick<Pending, 'requestId' | 'owner'>,
): TaskState {
  return isPresent(state) ? { ...state, pending: pendingOf(command, event) } : state;
}

/** An outcome closes its own request only: a late one, of a request that was settled meanwhile, changes nothing. */
function closePending(state: TaskState, event: { readonly requestId: string }): TaskState {
  return isPresent(state) && state.pending?.requestId === event.requestId ? { ...state, pending: null } : state;
}

function closeExecPending(state: TaskState, execId: ExecId, event: { readonly requestId: string }): TaskState {
  return mapExec(state, execId, (exec) =>
    exec.pending?.requestId === event.requestId ? { ...exec, pending: null } : exec,
  );
}

function killRequested(state: TaskState, event: TaskEventOf<'/tasks/kill-requested'>): TaskState {
  if (!isPresent(state)) return state;
  const { requestId, owner, execId, signal, all } = event;
  const kill: PendingKill = { requestId, owner, execId, signal, all };
  return { ...state, kills: { ...state.kills, [requestId]: kill } };
}

function withoutKill(state: TaskState, requestId: string): TaskState {
  return isPresent(state) ? { ...state, kills: without(state.kills, requestId) } : state;
}

function exitOf(event: ExitRecord): ExitRecord {
  const { pid, exitStatus, exitedAt, certainty, evidence, oomKilled } = event;
  return { pid, exitStatus, exitedAt, certainty, evidence, oomKilled };
}

function exited(state: TaskState, event: TaskEventOf<'/tasks/exit'>): TaskState {
  if (!isPresent(state)) return state;
  if (event.id !== state.id) {
    return mapExec(state, event.id as ExecId, (exec) =>
      exec.status === 'running'
        ? { ...baseOf(exec), status: 'stopped', exit: exitOf(event), pending: exec.pending }
        : exec,
    );
  }
  if (state.status === 'stopped') return state;
  const startedAt = state.status === 'created' ? null : state.startedAt;
  return { ...state, status: 'stopped', startedAt, exit: exitOf(event) };
}

function deleted(state: TaskState, event: TaskEventOf<'/tasks/delete'>, time: Timestamp): TaskState {
  if (!isPresent(state)) return state;
  if (event.id !== state.id) return withoutExec(state, event.id as ExecId);
  return {
    status: 'deleted',
    id: state.id,
    runtime: state.runtime,
    bundle: state.bundle,
    spec: state.spec,
    rootfs: state.rootfs,
    io: state.io,
    checkpoint: state.checkpoint,
    createRequestedAt: state.createRequestedAt,
    exit: exitOf(event),
    deletedAt: time,
    mounts: state.mounts,
  };
}

function baseOf(exec: ExecState): Pick<ExecState, 'execId' | 'spec' | 'io'> {
  return { execId: exec.execId, spec: exec.spec, io: exec.io };
}

function execStatusOf(state: TaskState, execId: ExecId): ExecState['status'] | undefined {
  return isPresent(state) ? execOf(state, execId)?.status : undefined;
}

function withExec(state: PresentTask, exec: ExecState): TaskState {
  return { ...state, execs: { ...state.execs, [exec.execId]: exec } };
}

function mapExec(state: TaskState, execId: ExecId, change: (exec: ExecState) => ExecState): TaskState {
  if (!isPresent(state)) return state;
  const exec = execOf(state, execId);
  return exec ? withExec(state, change(exec)) : state;
}

function withoutExec(state: TaskState, execId: ExecId): TaskState {
  return isPresent(state) ? { ...state, execs: without(state.execs, execId) } : state;
}

function withMounts(state: TaskState, set: MountSet): TaskState {
  return { ...state, mounts: { ...state.mounts, [set.target]: set } };
}

function mapMounts(state: TaskState, target: string, change: (set: MountSet) => MountSet): TaskState {
  const set = mountsOn(state, target);
  return set ? withMounts(state, change(set)) : state;
}

function withoutMounts(state: TaskState, target: string): TaskState {
  return { ...state, mounts: without(state.mounts, target) };
}

function without<V>(record: Readonly<Record<string, V>>, key: string): Readonly<Record<string, V>> {
  const { [key]: _removed, ...rest } = record;
  return rest;
}
