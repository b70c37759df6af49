/** The situations of the tables: what has been said of the task before a command comes. */
import type { TaskEvent } from '../../src/task/events.js';
import type { ExecState, PendingCommand, TaskState } from '../../src/task/state.js';
import { changed, done, event, exited, other, requested, shell, shellExited } from './fixtures.js';

/** Every status, and a task that waits to be restored. Where the task is there, the exec `shell` is added to it, and not started. */
export type StatusScene = TaskState['status'] | 'unrestored';

const created = [requested.create, done.create, requested.exec, done.exec];
const running = [...created, requested.start, done.start];
const pausing = [...running, requested.pause];
const paused = [...pausing, done.pause];
const stopped = [...running, exited];

export const statusScenes = {
  absent: [],
  creating: [requested.create],
  created,
  unrestored: [changed(requested.create, { checkpoint: '/c' }), changed(done.create, { checkpoint: '/c', pid: 0 })],
  running,
  pausing,
  paused,
  stopped,
  deleted: [...stopped, requested.delete, done.delete],
} as const satisfies Record<StatusScene, readonly TaskEvent[]>;

/** Every request that can be open beside a status of its own (`creating` and `pausing` are in the first table). */
export type OpenScene = Exclude<PendingCommand, 'create' | 'pause'>;

const bare = [requested.create, done.create, requested.start, done.start];
const mounted = [requested.activate, done.activate];

export const openScenes = {
  start: [...created, requested.start],
  exec: [...bare, requested.exec],
  'exec-start': [...running, requested['exec-start']],
  resume: [...paused, requested.resume],
  update: [...running, requested.update],
  checkpoint: [...running, requested.checkpoint],
  delete: [...stopped, requested.delete],
  kill: [...running, requested.kill],
  activate: [...running, requested.activate],
  deactivate: [...running, ...mounted, requested.deactivate],
  clean: [...stopped, requested.delete, done.delete, requested.clean],
} as const satisfies Record<OpenScene, readonly TaskEvent[]>;

/** Every status of the exec `shell` in a running task, and its open requests. */
export type ExecScene = 'none' | ExecState['status'] | 'starting' | 'deleting';

const shellStarted = [...running, requested['exec-start'], done['exec-start']];
const shellStopped = [...shellStarted, shellExited];
const shellDeleteRequested = event('/tasks/delete-requested', { requestId: 'delete-1', owner: other, execId: shell });

export const execScenes = {
  none: bare,
  adding: [...bare, requested.exec],
  created: running,
  starting: [...running, requested['exec-start']],
  running: shellStarted,
  stopped: shellStopped,
  deleting: [...shellStopped, shellDeleteRequested],
} as const satisfies Record<ExecScene, readonly TaskEvent[]>;
