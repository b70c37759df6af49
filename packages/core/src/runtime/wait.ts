import type { Timestamp } from '../kernel/clock.js';
import { isShiplogError } from '../kernel/errors.js';
import type { ExecId } from '../kernel/identifiers.js';
import type { PastExec } from '../projections/past-tasks.js';
import type { TaskState } from '../task/state.js';
import { TaskNotFoundError } from '../task/task-errors.js';
import { upcast } from '../task/upcast.js';
import type { Call } from './call.js';
import { type Engine, load } from './execute.js';
import { pastTasks } from './history.js';
import type { Exit } from './platform-runtime.js';
import { exitFromLog, exitOf } from './process-state.js';

/** The task that a handle was made for: tasks of one name follow one another in one stream. */
export interface Incarnation {
  readonly createRequestedAt: Timestamp | undefined;
  /** The stream's version when the handle was made. */
  readonly version: number;
}

export function incarnationOf(state: TaskState, version: number): Incarnation {
  return { createRequestedAt: state.status === 'absent' ? undefined : state.createRequestedAt, version };
}

/**
 * Resolves when the log has the exit of the process, also when it has had it for long.
 *
 * @param watch begins to bring the exit into the log; called where it is not there yet
 */
export async function waitForExit(
  engine: Engine,
  call: Call,
  execId: ExecId | '',
  incarnation: Incarnation,
  watch: () => void,
): Promise<Exit> {
  for (;;) {
    const { version, state } = load(engine.log, call.stream);
    const exit = currentExit(engine, state, call, execId, incarnation);
    if (exit) return exit;
    watch();
    await engine.changes.beyond(call.stream, version, `${execId || call.stream.task} ended`, call.signal);
  }
}

function currentExit(
  engine: Engine,
  state: TaskState,
  call: Call,
  execId: ExecId | '',
  incarnation: Incarnation,
): Exit | undefined {
  try {
    if (state.status === 'absent' || state.createRequestedAt !== incarnation.createRequestedAt) {
      throw new TaskNotFoundError(call.stream.task);
    }
    return exitFromLog(state, call, execId);
  } catch (error) {
    if (!isShiplogError(error) || error.code !== 'not-found') throw error;
    // It was deleted between two looks, and its exit with it; the stream still has both.
    const exit = exitFromHistory(engine, call, execId, incarnation);
    if (exit) return exit;
    throw error;
  }
}

function exitFromHistory(
  engine: Engine,
  { stream }: Call,
  execId: ExecId | '',
  { version, createRequestedAt }: Incarnation,
): Exit | undefined {
  for (const record of engine.log.readStream(stream, { afterVersion: version })) {
    const event = upcast(record);
    if (event?.type === '/tasks/exit' && event.id === (execId || stream.task)) return exitOf(event);
  }
  return archivedExit(engine, stream, execId, createRequestedAt);
}

/** Of a task that was deleted, and its records archived, while somebody had a handle on it. */
function archivedExit(
  { log }: Engine,
  stream: Call['stream'],
  execId: ExecId | '',
  createRequestedAt: Timestamp | undefined,
): Exit | undefined {
  if (createRequestedAt === undefined || log.base.position === 0) return undefined;
  const task = pastTasks(log, stream).find(({ state }) => state.createRequestedAt === createRequestedAt);
  if (!task) return undefined;
  if (execId !== '')
    return Object.hasOwn(task.execs, execId) ? exitOf((task.execs[execId] as PastExec).exit) : undefined;
  return 'exit' in task.state ? exitOf(task.state.exit) : undefined;
}
