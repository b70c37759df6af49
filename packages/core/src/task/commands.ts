/**
 * What can be asked of a task. Commands that touch the machine come in two halves: the request (`StartTask`), and the
 * outcome that its owner records (`RecordStarted`, `RecordFailed`). Time and owner come in with the command, so that
 * `decide` is pure.
 */
import type { ExecId, RuntimeId, TaskId } from '../kernel/identifiers.js';
import type { ProcessIdentity } from '../kernel/process-identity.js';
import type { BlobRef, Certainty, ExitRecord, FailureCause, MountRecord, Stdio } from './events.js';

interface Request {
  readonly containerId: TaskId;
  readonly requestId: string;
  readonly owner: ProcessIdentity;
}

export interface CreateTask extends Request {
  readonly type: 'CreateTask';
  readonly runtime: RuntimeId;
  readonly bundle: string;
  readonly spec: BlobRef;
  readonly rootfs: readonly MountRecord[];
  readonly io: Stdio;
  readonly checkpoint: string;
  readonly restoreFromPath: boolean;
  readonly runtimeOptions: BlobRef | null;
  readonly taskOptions: BlobRef | null;
  readonly sandboxId: string;
  readonly address: string;
  readonly version: number;
}
export interface StartTask extends Request {
  readonly type: 'StartTask';
}
export interface AddExec extends Request {
  readonly type: 'AddExec';
  readonly execId: ExecId;
  readonly spec: BlobRef;
  readonly io: Stdio;
}
export interface StartExec extends Request {
  readonly type: 'StartExec';
  readonly execId: ExecId;
}
export interface KillProcess extends Request {
  readonly type: 'KillProcess';
  readonly execId: ExecId | '';
  readonly signal: number;
  readonly all: boolean;
}
export interface PauseTask extends Request {
  readonly type: 'PauseTask';
}
export interface ResumeTask extends Request {
  readonly type: 'ResumeTask';
}
export interface UpdateTask extends Request {
  readonly type: 'UpdateTask';
  readonly resources: BlobRef;
}
export interface CheckpointTask extends Request {
  readonly type: 'CheckpointTask';
  readonly checkpoint: string;
  readonly options: BlobRef | null;
}
export interface DeleteProcess extends Request {
  readonly type: 'DeleteProcess';
  readonly execId: ExecId | '';
}
export interface ActivateMounts extends Request {
  readonly type: 'ActivateMounts';
  readonly target: string;
  readonly mounts: readonly MountRecord[];
}
export interface DeactivateMounts extends Request {
  readonly type: 'DeactivateMounts';
  readonly target: string;
}
/** Takes away what a task that is no more has left on the host. */
export interface CleanUp extends Request {
  readonly type: 'CleanUp';
  /** On whose ground it was found. */
  readonly runtime: RuntimeId;
  readonly found: readonly string[];
}

interface Outcome {
  readonly containerId: TaskId;
  readonly requestId: string;
}

export interface RecordCreated extends Outcome {
  readonly type: 'RecordCreated';
  readonly pid: number;
  readonly certainty: Certainty;
  /** What it was inferred from; empty where it was observed. */
  readonly evidence: string;
}
/** The outcome of `StartTask` and of `StartExec`. */
export interface RecordStarted extends Outcome {
  readonly type: 'RecordStarted';
  readonly pid: number;
  readonly certainty: Certainty;
  /** What it was inferred from; empty where it was observed. */
  readonly evidence: string;
}
export interface RecordUpdated extends Outcome {
  readonly type: 'RecordUpdated';
  readonly resources: BlobRef;
}
export interface RecordCheckpointed extends Outcome {
  readonly type: 'RecordCheckpointed';
  readonly checkpoint: string;
}
/** The outcome of a request that brings nothing but its success. */
export interface RecordDone extends Outcome {
  readonly type: 'RecordDone';
  /** Of `DeactivateMounts`: the mount points that were busy, and were detached. */
  readonly detached?: readonly string[];
}
/** The outcome of `DeleteProcess`; the exit is recorded before it where nobody had seen it (P2). */
export interface RecordDeleted extends Outcome {
  readonly type: 'RecordDeleted';
  readonly exit: ExitRecord;
}
/** The outcome of any request that failed. */
export interface RecordFailed extends Outcome {
  readonly type: 'RecordFailed';
  /** Of `ActivateMounts`: the mount points that stay mounted, since they could not be rolled back. */
  readonly left?: readonly string[];
  readonly cause: FailureCause;
}

export interface RecordExit {
  readonly type: 'RecordExit';
  readonly containerId: TaskId;
  readonly execId: ExecId | '';
  readonly exit: ExitRecord;
}

/** The kernel killed for want of memory in a task that may live on. */
export interface RecordOom {
  readonly type: 'RecordOom';
  readonly containerId: TaskId;
}

/** Somebody asked for what `decide` refused. */
export interface RecordRejected {
  readonly type: 'RecordRejected';
  readonly containerId: TaskId;
  readonly execId: ExecId | '';
  readonly command: RequestCommand['type'];
  readonly cause: FailureCause;
}

/** Takes over an open request whose owner is gone. */
export interface ClaimRequest extends Request {
  readonly type: 'ClaimRequest';
  /** Who was seen to own it: if it is somebody else by now, the claim comes too late. */
  readonly from: ProcessIdentity;
}

export type RequestCommand =
  | CreateTask
  | StartTask
  | AddExec
  | StartExec
  | KillProcess
  | PauseTask
  | ResumeTask
  | UpdateTask
  | CheckpointTask
  | DeleteProcess
  | ActivateMounts
  | DeactivateMounts
  | CleanUp;

export type OutcomeCommand =
  | RecordCreated
  | RecordStarted
  | RecordUpdated
  | RecordCheckpointed
  | RecordDone
  | RecordDeleted
  | RecordFailed;

export type NoticeCommand = RecordExit | RecordOom | RecordRejected;

export type TaskCommand = RequestCommand | ClaimRequest | OutcomeCommand | NoticeCommand;
