/**
 * The contract, as containerd's `core/runtime/{runtime,task}.go`. Backends implement it plainly, and `TaskManager`
 * implements it with the log around whichever backend a task runs on.
 *
 * Every call may throw any ShiplogError; a doc comment names those that a caller will want to tell apart.
 */
import type { CallContext } from '../kernel/call-context.js';
import type { Timestamp } from '../kernel/clock.js';
import type { TypedAny } from '../kernel/typed-any.js';
import type { Mount } from '../mount/mount.js';
import type { Certainty, Stdio } from '../task/events.js';
import type { Status } from '../task/state.js';
import type { Attachment, AttachOpts } from './attachment.js';
import type { HealthFinding } from './health.js';
import type { Trace, TraceOpts } from './traces.js';

export interface CreateOpts {
  /** An OCI runtime spec (1.x): `marshalAny(typeUrls.spec, spec)`. */
  readonly spec: TypedAny;
  /**
   * What of the spec is secret, beside the values of environment variables: JSON pointers (RFC 6901), such as
   * `/process/args/2`. Secrets are stored apart and never shown, and can be shredded. The spec's annotation
   * `io.shiplog.secrets` may name more of them, with white space in between. For the log alone: a backend ignores it.
   */
  readonly secrets?: readonly string[];
  /** Mounted in order on the bundle's `rootfs`; empty when the spec's root is an absolute path that is there. */
  readonly rootfs?: readonly Mount[];
  /** `terminal` as the spec's process has it. */
  readonly io?: Partial<Stdio>;
  /**
   * The path of a checkpoint to restore from: the task has no process until its `start` restores it. Of a task that
   * `Task.checkpoint` was asked for, or of a folder of images that another program made.
   */
  readonly checkpoint?: string;
  /** As containerd's. A checkpoint is always a path here, so it says nothing more, and goes with one only. */
  readonly restoreFromPath?: boolean;
  /** How the runtime is configured. */
  readonly runtimeOptions?: TypedAny;
  /** The same for this task; wins over `runtimeOptions`. */
  readonly taskOptions?: TypedAny;
  /** `io.containerd.NAME.VERSION`, or an absolute path; the configured default when absent. */
  readonly runtime?: string;
  /** Tasks with the same one share a shim, where their runtime groups tasks. */
  readonly sandboxId?: string;
  /** Of a server of containerd's Task API that already runs: a path, or `unix:///PATH`. */
  readonly address?: string;
  /** Of that server's Task API: 2 or 3; asked of the server when absent. */
  readonly version?: number;
}

/** How a process ended. */
export interface Exit {
  readonly pid: number;
  /** 0-255; 128 + n for signal n; 255 where `certainty` is `unknown`. */
  readonly status: number;
  readonly timestamp: Timestamp;
  readonly certainty: Certainty;
  /** What an inferred exit was inferred from, or why it is unknown. */
  readonly evidence?: string;
  /** Whether the kernel killed for want of memory in this task's life. */
  readonly oomKilled?: boolean;
}

/** As containerd's `runtime.State`. */
export interface ProcessState extends Stdio {
  readonly status: Status;
  /** 0 before there is one. */
  readonly pid: number;
  /** Once it has ended. */
  readonly exit?: Exit;
  /** Whether the kernel killed for want of memory in it; absent where it did not. */
  readonly oomKilled?: boolean;
}

export interface KillOpts {
  /** Every process of the task, not the first alone. */
  readonly all?: boolean;
}

/** In character cells. */
export interface ConsoleSize {
  readonly width: number;
  readonly height: number;
}

export interface Process {
  readonly id: string;
  state(context?: CallContext): Promise<ProcessState>;
  /**
   * @param signal its number
   * @throws NotFoundError if the process has finished already
   */
  kill(signal: number, opts?: KillOpts, context?: CallContext): Promise<void>;
  /**
   * Attached before the start, nothing of its output is missed.
   *
   * @param context its signal and deadline are for the attaching; what ends the attachment is its disposal
   * @throws FailedPreconditionError if it has ended, or has no such stdin, or its output goes elsewhere
   * @throws NotImplementedError where the runtime cannot
   */
  attach(opts?: AttachOpts, context?: CallContext): Promise<Attachment>;
  /** @throws FailedPreconditionError if it has no terminal, or has ended */
  resizePty(size: ConsoleSize, context?: CallContext): Promise<void>;
  /**
   * Closes the process's stdin: it reads what this process of ours wrote to it, and then the end. A terminal's is never
   * closed, as in containerd, and one that is not open needs no closing.
   *
   * @throws FailedPreconditionError if it has ended, or its stdin is to stay open
   */
  closeIO(context?: CallContext): Promise<void>;
  /** @throws FailedPreconditionError if it was started before */
  start(context?: CallContext): Promise<void>;
  /**
   * For a backend that notices it while the task lives on: resolves with true once the kernel has killed in it for want of
   * memory, or with false when it has ended without. `TaskManager` has it as the event `/tasks/oom`.
   */
  oom?(context?: CallContext): Promise<boolean>;
  /** Resolves once the process has ended, also when it ended long ago. */
  wait(context?: CallContext): Promise<Exit>;
}

export interface ExecProcess extends Process {
  /** @throws FailedPreconditionError if it runs */
  delete(context?: CallContext): Promise<Exit>;
}

export interface ExecOpts {
  /** An OCI process: `marshalAny(typeUrls.process, process)`. */
  readonly spec: TypedAny;
  /** As of `CreateOpts`: `/args/2`. */
  readonly secrets?: readonly string[];
  readonly io?: Partial<Stdio>;
}

/** A process of a task, as containerd's `ProcessInfo`. */
export interface ProcessInfo {
  /** In the host's pid namespace. */
  readonly pid: number;
  /** The exec that it is; absent for the first process and for what the task started itself. */
  readonly execId?: string;
}

export interface Task extends Process {
  readonly namespace: string;
  /** Of the first process, in the host's pid namespace. */
  pid(context?: CallContext): Promise<number>;
  pause(context?: CallContext): Promise<void>;
  resume(context?: CallContext): Promise<void>;
  /**
   * Adds a process; `start` starts it.
   *
   * @throws AlreadyExistsError if the task has an exec of that ID
   */
  exec(id: string, opts: ExecOpts, context?: CallContext): Promise<ExecProcess>;
  pids(context?: CallContext): Promise<readonly ProcessInfo[]>;
  /**
   * Writes the task's processes to a folder, from which `CreateOpts.checkpoint` restores them. It is made by this, whole
   * or not at all; what is in the task's root file system is not in it.
   *
   * @param path absolute
   * @param options the backend's own; by default the task goes on
   * @throws NotImplementedError where the host or the runtime cannot
   */
  checkpoint(path: string, options?: TypedAny, context?: CallContext): Promise<void>;
  /** @param resources OCI LinuxResources: `marshalAny(typeUrls.linuxResources, resources)` */
  update(resources: TypedAny, context?: CallContext): Promise<void>;
  /** @throws NotFoundError if the task has no exec of that ID */
  process(id: string, context?: CallContext): Promise<ExecProcess>;
  /**
   * What the kernel counts of it: containerd's `io.containerd.cgroups.v1.Metrics` or `v2.Metrics`, as JSON.
   *
   * @throws FailedPreconditionError if it has ended
   */
  stats(context?: CallContext): Promise<TypedAny>;
}

export interface TasksOpts {
  /** Of every namespace, not of the context's alone. */
  readonly all?: boolean;
}

/** Runtimes that are no plugins themselves, and that one plugin drives. */
export interface DrivenRuntimes {
  /** Whether it is to have the tasks of that runtime although a plugin has its ID. */
  prefers(runtime: string): boolean;
  /**
   * @param runtime an ID, or an absolute path
   * @throws NotFoundError if it is not there; the message says what was looked for
   */
  assertThere(runtime: string): void;
}

export interface PlatformRuntime {
  /** `io.containerd.NAME.VERSION`. */
  readonly id: string;
  /**
   * For a backend that drives others by their own names, as containerd does with its shims: it gets the tasks whose
   * `CreateOpts.runtime` is no plugin's ID, or whose `CreateOpts.address` names a server, and reads both.
   */
  readonly driven?: DrivenRuntimes;
  /** @throws AlreadyExistsError if the namespace has a task of that ID */
  create(id: string, opts: CreateOpts, context?: CallContext): Promise<Task>;
  /** Finds a task again, also after a restart of this process. @throws NotFoundError */
  get(id: string, context?: CallContext): Promise<Task>;
  tasks(opts?: TasksOpts, context?: CallContext): Promise<readonly Task[]>;
  /**
   * Removes a task that has ended or was never started, and everything of it on the host.
   *
   * @throws FailedPreconditionError if it runs
   */
  delete(id: string, context?: CallContext): Promise<Exit>;
  /**
   * What is on the host under the names of tasks, beside the two folders that each of them is given; whether or not
   * there is such a task. It changes nothing. With it, recovery finds what was left behind, and takes it away by
   * `delete`, which removes it also where there is no such task; and a doctor sees whose process is gone.
   */
  traces?(opts: TraceOpts): Promise<readonly Trace[]>;
  /** What it finds amiss with the host: a program that is too old, say. It may take a second, and changes nothing. */
  checkHost?(): Promise<readonly HealthFinding[]>;
}
