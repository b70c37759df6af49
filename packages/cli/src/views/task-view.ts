/** A task as the log knows it, for people and for programs. */
import type { StreamState, TaskState } from '@shiplog/core';
import type { Tone } from '../output/style.js';
import type { Column } from '../output/table.js';

/** What `state --json` and `tasks --json` print. */
export interface TaskView {
  readonly id: string;
  readonly namespace: string;
  readonly runtime: string;
  /** containerd's statuses, and `creating` while the runtime is at it. */
  readonly status: TaskState['status'];
  readonly pid?: number;
  readonly exitStatus?: number;
  readonly exitedAt?: string;
  /** How well the exit is known (P4). */
  readonly certainty?: string;
  /** When it was deleted, where it was. */
  readonly deletedAt?: string;
  /** Whether the kernel killed in it for want of memory; absent where it did not. */
  readonly oomKilled?: boolean;
  readonly stdin?: string;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly terminal?: boolean;
}

export function taskView({ namespace, task, state }: StreamState): TaskView {
  if (state.status === 'absent') return { id: task, namespace, runtime: '', status: state.status };
  const { stdin, stdout, stderr, terminal } = state.io;
  return {
    id: task,
    namespace,
    runtime: state.runtime,
    status: state.status,
    ...('pid' in state && { pid: state.pid }),
    ...('exit' in state && {
      exitStatus: state.exit.exitStatus,
      exitedAt: state.exit.exitedAt,
      certainty: state.exit.certainty,
    }),
    ...(state.status === 'deleted' && { deletedAt: state.deletedAt }),
    ...(wasOomKilled(state) && { oomKilled: true }),
    stdin,
    stdout,
    stderr,
    terminal,
  };
}

function wasOomKilled(state: TaskState): boolean {
  if ('oomKilled' in state) return state.oomKilled;
  return state.status === 'deleted' && state.exit.oomKilled;
}

const tones = {
  absent: 'faint',
  creating: 'busy',
  created: 'busy',
  running: 'good',
  pausing: 'busy',
  paused: 'busy',
  stopped: 'plain',
  deleted: 'faint',
} as const satisfies Record<TaskState['status'], Tone>;

export const taskColumns: readonly Column<TaskView>[] = [
  { title: 'TASK', value: ({ id }) => id, yields: 'late' },
  { title: 'STATUS', value: ({ status }) => status, tone: ({ status }) => tones[status] },
  { title: 'PID', value: ({ pid }) => pid ?? '', align: 'right' },
  { title: 'EXIT', value: exitText, align: 'right', tone: ({ exitStatus }) => (exitStatus ? 'bad' : 'plain') },
  { title: 'RUNTIME', value: ({ runtime }) => runtime },
];

export const namespaceColumn: Column<{ readonly namespace: string }> = {
  title: 'NAMESPACE',
  value: ({ namespace }) => namespace,
};

/** A code that nobody observed is marked: an inferred one, and one that stands for an unknown one. */
function exitText({ exitStatus, certainty, oomKilled }: TaskView): string {
  // It may live on: the kernel chooses one of its processes.
  const oom = oomKilled ? 'oom' : '';
  if (exitStatus === undefined) return oom;
  const code = certainty === 'unknown' ? 'unknown' : certainty === 'observed' ? exitStatus : `${exitStatus}?`;
  return `${oom} ${code}`.trimStart();
}
