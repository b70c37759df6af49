/**
 * The state of one stream: what its events add up to (P5). A stream is a task's name in its namespace; tasks that are
 * created later under that name go on in it.
 *
 * Invariants:
 *  S1  What a status does not have, its type does not have: an exit exists only in `stopped` and `deleted`.
 *  S2  At most one request is open for each process (`pending`); kills are apart, since they wait for nobody.
 *  S3  The state is plain JSON without undefined members, so that its canonical text is one and the same (P5).
 */
import { assertNever } from '../kernel/assert-never.js';
import type { Timestamp } from '../kernel/clock.js';
import type { ExecId, RuntimeId, TaskId } from '../kernel/identifiers.js';
import type { ProcessIdentity } from '../kernel/process-identity.js';
import type { BlobRef, ExitRecord, MountRecord, Stdio } from './events.js';

/** containerd's statuses of a process. */
export type Status = 'created' | 'running' | 'stopped' | 'deleted' | 'paused' | 'pausing';

/** A request whose outcome is not in the log yet. */
export interface Pending {
  readonly command: PendingCommand;
  readonly requestId: string;
  readonly owner: ProcessIdentity;
}

export type PendingCommand =
  | 'create'
  | 'start'
  | 'exec'
  | 'exec-start'
  | 'pause'
  | 'resume'
  | 'update'
  | 'checkpoint'
  | 'delete'
  | 'kill'
  | 'activate'
  | 'deactivate'
  | 'clean';

export interface PendingKill {
  readonly requestId: string;
  readonly owner: ProcessIdentity;
  readonly execId: ExecId | '';
  readonly signal: number;
  readonly all: boolean;
}

export type ExecState = {
  readonly execId: ExecId;
  readonly spec: BlobRef;
  readonly io: Stdio;
  readonly pending: Pending | null;
} & (
  | { readonly status: 'adding' }
  | { readonly status: 'created' }
  | { readonly status: 'running'; readonly pid: number; readonly startedAt: Timestamp }
  | { readonly status: 'stopped'; readonly exit: ExitRecord }
);

/** Mounts on the host that the log knows of, until it knows of their end. */
export interface MountSet {
  readonly target: string;
  readonly mounts: readonly MountRecord[];
  readonly status: 'activating' | 'active' | 'deactivating';
  readonly requestId: string;
  readonly owner: ProcessIdentity;
}

/** What a task was created with. */
export interface TaskOrigin {
  readonly id: TaskId;
  readonly runtime: RuntimeId;
  readonly bundle: string;
  readonly spec: BlobRef;
  readonly rootfs: readonly MountRecord[];
  readonly io: Stdio;
  /** The checkpoint it was restored from; empty for none. */
  readonly checkpoint: string;
  readonly createRequestedAt: Timestamp;
}

interface Anything {
  /** By target. They can outlive their task: that is a leak which recovery finds here. */
  readonly mounts: Readonly<Record<string, MountSet>>;
}

interface Existing extends Anything, TaskOrigin {
  readonly pending: Pending | null;
  readonly kills: Readonly<Record<string, PendingKill>>;
  readonly execs: Readonly<Record<string, ExecState>>;
  /** Whether the kernel killed for want of memory in the task's life. */
  readonly oomKilled: boolean;
  /** What its last update asked for; null where its limits are those that it was created with. */
  readonly resources: BlobRef | null;
}

interface Living extends Existing {
  readonly pid: number;
  readonly createdAt: Timestamp;
}

interface Started extends Living {
  readonly startedAt: Timestamp;
}

/** What was left behind is taken away. */
export interface Cleaning extends Pending {
  /** On whose ground it is. */
  readonly runtime: RuntimeId;
}

/** Nothing is there, or should be. */
interface Gone extends Anything {
  /** The name is nobody else's until then. */
  readonly cleaning?: Cleaning;
}

export type AbsentTask = Gone & { readonly status: 'absent' };
/** Asked for; the backend has not answered. */
export type CreatingTask = Existing & { readonly status: 'creating'; readonly pending: Pending };
export type CreatedTask = Living & { readonly status: 'created' };
export type RunningTask = Started & { readonly status: 'running' | 'pausing' | 'paused' };
export type StoppedTask = Living & {
  readonly status: 'stopped';
  readonly startedAt: Timestamp | null;
  readonly exit: ExitRecord;
};
export type DeletedTask = Gone &
  TaskOrigin & { readonly status: 'deleted'; readonly exit: ExitRecord; readonly deletedAt: Timestamp };

export type TaskState = AbsentTask | CreatingTask | CreatedTask | RunningTask | StoppedTask | DeletedTask;

/** A task that its backend has. */
export type PresentTask = CreatedTask | RunningTask | StoppedTask;

export const initialTaskState: AbsentTask = { status: 'absent', mounts: {} };

export function isPresent(state: TaskState): state is PresentTask {
  return state.status !== 'absent' && state.status !== 'creating' && state.status !== 'deleted';
}

/** There is no task of that name, and none is being created. */
export function isGone(state: TaskState): state is AbsentTask | DeletedTask {
  return state.status === 'absent' || state.status === 'deleted';
}

/** Whether nothing is left of it on the machine, as far as the log knows: no task, no open request, no mount. */
export function isOver(state: TaskState): boolean {
  return isGone(state) && !state.cleaning && Object.keys(state.mounts).length === 0;
}

/** Created from a checkpoint, and not started: as containerd's, it can be started and deleted, and nothing else. */
export function awaitsRestore(task: PresentTask): boolean {
  return task.status === 'created' && task.checkpoint !== '';
}

/** The exec of that name. (An ID may be `constructor`: a plain index would find Object's.) */
export function execOf(state: PresentTask, execId: ExecId): ExecState | undefined {
  return Object.hasOwn(state.execs, execId) ? state.execs[execId] : undefined;
}

/** The mounts on that target. (A target may be any text, `constructor` too.) */
export function mountsOn(state: TaskState, target: string): MountSet | undefined {
  return Object.hasOwn(state.mounts, target) ? state.mounts[target] : undefined;
}

/** An open request of any kind, by its ID. */
export type OpenRequest =
  | { readonly scope: 'task'; readonly pending: Pending }
  | { readonly scope: 'exec'; readonly pending: Pending; readonly exec: ExecState }
  | { readonly scope: 'kill'; readonly kill: PendingKill }
  | { readonly scope: 'mounts'; readonly set: MountSet }
  | { readonly scope: 'leftovers'; readonly pending: Cleaning };

/** Every open request of a stream: what recovery has to settle when their owners are gone. */
export function openRequests(state: TaskState): readonly OpenRequest[] {
  const open: OpenRequest[] = [];
  for (const set of Object.values(state.mounts)) if (set.status !== 'active') open.push({ scope: 'mounts', set });
  if (isGone(state)) {
    if (state.cleaning) open.push({ scope: 'leftovers', pending: state.cleaning });
    return open;
  }
  for (const kill of Object.values(state.kills)) open.push({ scope: 'kill', kill });
  for (const exec of Object.values(state.execs)) {
    if (exec.pending) open.push({ scope: 'exec', pending: exec.pending, exec });
  }
  if (state.pending) open.push({ scope: 'task', pending: state.pending });
  return open;
}

export function requestOf(open: OpenRequest): Pick<Pending, 'requestId' | 'owner'> {
  switch (open.scope) {
    case 'task':
    case 'exec':
    case 'leftovers':
      return open.pending;
    case 'kill':
      return open.kill;
    case 'mounts':
      return open.set;
    default:
      return assertNever(open);
  }
}

/** What an open request asked for. */
export function commandOf(open: OpenRequest): PendingCommand {
  switch (open.scope) {
    case 'task':
    case 'exec':
    case 'leftovers':
      return open.pending.command;
    case 'kill':
      return 'kill';
    case 'mounts':
      return open.set.status === 'activating' ? 'activate' : 'deactivate';
    default:
      return assertNever(open);
  }
}
