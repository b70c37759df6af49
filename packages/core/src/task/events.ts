/**
 * Everything that can be said of a task, each event defined once. An event's `type` is its topic. The ten facts that
 * containerd has too (`containerdTopics`) carry containerd's payload in lowerCamelCase; ours stand around them.
 *
 * Events are flat JSON. What they hold is the contract of docs/events.md; a shape that changes gets a new version in
 * `eventVersions` and a step in `upcast.ts`.
 */
import type { Timestamp } from '../kernel/clock.js';
import type { ErrorCode } from '../kernel/errors.js';
import type { ExecId, RuntimeId, Sha256, TaskId } from '../kernel/identifiers.js';
import type { ProcessIdentity } from '../kernel/process-identity.js';

/** Stdio as containerd means it: empty, a path of a fifo, or a `file://` or `binary://` URI; a stdin may be `attach://`. */
export interface Stdio {
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly terminal: boolean;
}

/** A mount as containerd's `types.Mount`. */
export interface MountRecord {
  readonly type: string;
  readonly source: string;
  readonly target: string;
  readonly options: readonly string[];
}

/** A blob in the log's store, with the name of its type. */
export interface BlobRef {
  readonly typeUrl: string;
  readonly sha256: Sha256;
  /** The blob of its secrets, which are masked in the other; absent where it has none. */
  readonly secrets?: Sha256;
}

/** How well an exit, a pid or a time is known (P4). */
export type Certainty = 'observed' | 'inferred' | 'unknown';

/** How a process ended. */
export interface ExitRecord {
  readonly pid: number;
  /** 0-255; 128 + n for signal n; 255 where it is unknown. */
  readonly exitStatus: number;
  readonly exitedAt: Timestamp;
  readonly certainty: Certainty;
  /** What it was inferred from, or why it is unknown; empty where it was observed. */
  readonly evidence: string;
  /** Whether the kernel killed for want of memory in the task's life. */
  readonly oomKilled: boolean;
}

/** What stands for an exit status that nobody knows, as containerd's `UnknownExitStatus`. */
export const unknownExitStatus = 255;

/** Why something failed: the error's class and its words. */
export interface FailureCause {
  readonly code: ErrorCode;
  readonly message: string;
}

/** Who may act on the task until the request's outcome is in the log. */
interface Request {
  readonly requestId: string;
  readonly owner: ProcessIdentity;
}

interface Outcome {
  readonly requestId: string;
}

interface Failure extends Outcome {
  readonly code: ErrorCode;
  readonly message: string;
}

/** P4. */
interface Knowledge {
  readonly certainty: Certainty;
  /** What it was inferred from; empty where it was observed. */
  readonly evidence: string;
}

interface OfTask {
  readonly containerId: TaskId;
}

/** `execId` is empty where the task's own first process is meant. */
interface OfProcess extends OfTask {
  readonly execId: ExecId | '';
}

export interface TaskEventPayloads {
  '/tasks/create-requested': OfTask &
    Request & {
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
    };
  '/tasks/create': OfTask &
    Outcome & {
      readonly bundle: string;
      readonly rootfs: readonly MountRecord[];
      readonly io: Stdio;
      readonly checkpoint: string;
      readonly pid: number;
    } & Knowledge;
  '/tasks/create-failed': OfTask & Failure;

  '/tasks/start-requested': OfTask & Request;
  '/tasks/start': OfTask & Outcome & Knowledge & { readonly pid: number };
  '/tasks/start-failed': OfTask & Failure;

  '/tasks/exec-requested': OfTask & Request & { readonly execId: ExecId; readonly spec: BlobRef; readonly io: Stdio };
  '/tasks/exec-added': OfTask & Outcome & { readonly execId: ExecId };
  '/tasks/exec-failed': OfTask & Failure & { readonly execId: ExecId };

  '/tasks/exec-start-requested': OfTask & Request & { readonly execId: ExecId };
  '/tasks/exec-started': OfTask & Outcome & Knowledge & { readonly execId: ExecId; readonly pid: number };
  '/tasks/exec-start-failed': OfTask & Failure & { readonly execId: ExecId };

  '/tasks/kill-requested': OfProcess & Request & { readonly signal: number; readonly all: boolean };
  '/tasks/signalled': OfProcess & Outcome & { readonly signal: number; readonly all: boolean };
  '/tasks/kill-failed': OfProcess & Failure;

  '/tasks/pause-requested': OfTask & Request;
  '/tasks/paused': OfTask & Outcome;
  '/tasks/pause-failed': OfTask & Failure;

  '/tasks/resume-requested': OfTask & Request;
  '/tasks/resumed': OfTask & Outcome;
  '/tasks/resume-failed': OfTask & Failure;

  '/tasks/update-requested': OfTask & Request & { readonly resources: BlobRef };
  '/tasks/updated': OfTask & Outcome & { readonly resources: BlobRef };
  '/tasks/update-failed': OfTask & Failure;

  '/tasks/checkpoint-requested': OfTask & Request & { readonly checkpoint: string; readonly options: BlobRef | null };
  '/tasks/checkpointed': OfTask & Outcome & { readonly checkpoint: string };
  '/tasks/checkpoint-failed': OfTask & Failure;

  /** The exit of the task's first process (`id` is the task's) or of an exec (`id` is the exec's). */
  '/tasks/exit': OfTask & ExitRecord & { readonly id: TaskId | ExecId };
  /** The kernel killed in the task for want of memory: once in its life, when it is noticed, before its exit. */
  '/tasks/oom': OfTask;

  '/tasks/delete-requested': OfProcess & Request;
  '/tasks/delete': OfTask & Outcome & ExitRecord & { readonly id: TaskId | ExecId };
  '/tasks/delete-failed': OfProcess & Failure;

  /** A command that was refused before anything was asked of the machine. */
  '/tasks/rejected': OfProcess & { readonly command: string; readonly code: ErrorCode; readonly message: string };

  /** The owner of an open request is gone; another process has taken it over, to settle it. */
  '/recovery/claimed': OfTask & Request;
  /** A task that is no more has left something on the host; `found` says what: `cgroup /sys/fs/cgroup/...`. */
  '/recovery/clean-requested': OfTask & Request & { readonly runtime: RuntimeId; readonly found: readonly string[] };
  '/recovery/cleaned': OfTask & Outcome;
  '/recovery/clean-failed': OfTask & Failure;

  '/mounts/activate-requested': OfTask & Request & { readonly target: string; readonly mounts: readonly MountRecord[] };
  '/mounts/activated': OfTask & Outcome & { readonly target: string; readonly mounts: readonly MountRecord[] };
  /** `left` stays mounted: what could not be rolled back. */
  '/mounts/activate-failed': OfTask & Failure & { readonly target: string; readonly left: readonly string[] };
  '/mounts/deactivate-requested': OfTask & Request & { readonly target: string };
  /** `detached` was busy: it is out of sight, and gone with its last user. */
  '/mounts/deactivated': OfTask & Outcome & { readonly target: string; readonly detached: readonly string[] };
  '/mounts/deactivate-failed': OfTask & Failure & { readonly target: string };
}

export type TaskTopic = keyof TaskEventPayloads;

export type TaskEventOf<T extends TaskTopic> = { readonly type: T } & TaskEventPayloads[T];

/** Any event of a task's stream. */
export type TaskEvent = { [T in TaskTopic]: TaskEventOf<T> }[TaskTopic];

/** The present version of each event's shape; it is stored with every record. */
export const eventVersions = {
  '/tasks/create-requested': 2,
  '/tasks/create': 1,
  '/tasks/create-failed': 1,
  '/tasks/start-requested': 1,
  '/tasks/start': 1,
  '/tasks/start-failed': 1,
  '/tasks/exec-requested': 2,
  '/tasks/exec-added': 1,
  '/tasks/exec-failed': 1,
  '/tasks/exec-start-requested': 1,
  '/tasks/exec-started': 1,
  '/tasks/exec-start-failed': 1,
  '/tasks/kill-requested': 1,
  '/tasks/signalled': 1,
  '/tasks/kill-failed': 1,
  '/tasks/pause-requested': 1,
  '/tasks/paused': 1,
  '/tasks/pause-failed': 1,
  '/tasks/resume-requested': 1,
  '/tasks/resumed': 1,
  '/tasks/resume-failed': 1,
  '/tasks/update-requested': 1,
  '/tasks/updated': 1,
  '/tasks/update-failed': 1,
  '/tasks/checkpoint-requested': 1,
  '/tasks/checkpointed': 1,
  '/tasks/checkpoint-failed': 1,
  '/tasks/exit': 1,
  '/tasks/oom': 1,
  '/tasks/delete-requested': 1,
  '/tasks/delete': 1,
  '/tasks/delete-failed': 1,
  '/tasks/rejected': 1,
  '/recovery/claimed': 1,
  '/recovery/clean-requested': 1,
  '/recovery/cleaned': 1,
  '/recovery/clean-failed': 1,
  '/mounts/activate-requested': 1,
  '/mounts/activated': 1,
  '/mounts/activate-failed': 2,
  '/mounts/deactivate-requested': 1,
  '/mounts/deactivated': 2,
  '/mounts/deactivate-failed': 1,
} as const satisfies Record<TaskTopic, number>;

export const taskTopics = Object.keys(eventVersions) as TaskTopic[];

/** The ten facts whose topics and payloads are containerd's. */
export const containerdTopics = [
  '/tasks/create',
  '/tasks/start',
  '/tasks/exit',
  '/tasks/delete',
  '/tasks/oom',
  '/tasks/exec-added',
  '/tasks/exec-started',
  '/tasks/paused',
  '/tasks/resumed',
  '/tasks/checkpointed',
] as const satisfies readonly TaskTopic[];
