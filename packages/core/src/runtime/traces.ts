import type { ExecId, Namespace, TaskId } from '../kernel/identifiers.js';

/**
 * `bundle` and `output`: its two folders; `mount`: something is mounted in its bundle; `runtime-state`, `cgroup`,
 * `monitor`, `socket` and `fifo` as a backend has them; `waiting`: a process that waits for its start; `program`: one
 * that was started and has not ended.
 */
export type TraceKind =
  | 'bundle'
  | 'output'
  | 'mount'
  | 'runtime-state'
  | 'cgroup'
  | 'monitor'
  | 'socket'
  | 'fifo'
  | 'waiting'
  | 'program';

/** Something on the host that is there under the name of a task. */
export interface Trace {
  readonly namespace: Namespace;
  readonly task: TaskId;
  readonly kind: TraceKind;
  /** A path, or `pid N`. */
  readonly what: string;
  /** Of this exec of the task; absent for the task itself. */
  readonly exec?: ExecId;
}

/** Of a process that has not ended. */
export function isLiving({ kind }: Trace): boolean {
  return kind === 'program' || kind === 'waiting';
}

export interface TraceOpts {
  /** Asked once every name is found, so that what is known of a name by then is newer than the finding. */
  wanted(name: Pick<Trace, 'namespace' | 'task'>): boolean;
  /** Also what takes reading all of /proc to find. */
  readonly thorough: boolean;
}
