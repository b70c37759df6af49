import type { Timestamp } from '../kernel/clock.js';
import { isShiplogError } from '../kernel/errors.js';
import type { ExecId } from '../kernel/identifiers.js';
import type { PastExec } from '../projections/past-tasks.js';
import type { TaskState } from '../task/state.js';
import { TaskNotFoundError } from '../task/task-errors.js';
import type { Call } from './call.js';
import { type Engine, load } from './execute.js';
import { pastTasks } from './history.js';
import type { Exit } from './platform-runtime.js';
import { exitFromLog, exitOf } from './process-state.js';

/** The task that a handle was made for: tasks of one name follow one another in one stream. */
export interface Incarnation {
  readonly createRequestedAt: Timestamp | undefined;
}

export function incarnationOf(state: TaskState): Incarnation {
  return { createRequestedAt: state.status === 'absent' ? undefined : state.createRequestedAt };
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
    // It was deleted between two looks, and its exit with it; the log still knows both.
    const exit = exitFromHistory(engine, call, execId, incarnation);
    if (exit) return exit;
    throw error;
  }
}

/** Of this task, and of no later one that got its name. */
function exitFromHistory(
  { log }: Engine,
  { stream }: Call,
  execId: ExecId | '',
  { createRequestedAt }: Incarnation,
): Exit | undefined {
  if (createRequestedAt === undefined) return undefined;
  const task = pastTasks(log, stream).find(({ state }) => state.createRequestedAt === createRequestedAt);
  if (!task) return undefined;
  if (execId !== '')
    return Object.hasOwn(task.execs, execId) ? exitOf((task.execs[execId] as PastExec).exit) : undefined;
  return 'exit' in task.state ? exitOf(task.state.exit) : undefined;
}
