/** What became of tasks and execs that are gone: their stream keeps it for good. */
import type { EventLog, Position, StreamId } from '../event-log/event-log.js';
import type { Timestamp } from '../kernel/clock.js';
import { FailedPreconditionError, NotFoundError } from '../kernel/errors.js';
import type { ExecId } from '../kernel/identifiers.js';
import { foldRecord, type VersionedState } from '../projections/task-projection.js';
import type { ExitRecord } from '../task/events.js';
import { type AbsentTask, execOf, initialTaskState, isPresent, type TaskState } from '../task/state.js';
import { ExecNotFoundError } from '../task/task-errors.js';
import { upcast } from '../task/upcast.js';

/** One of the tasks that had a name, one after the other. */
export interface PastTask extends VersionedState {
  /** As it is, or as it was when it was deleted. */
  readonly state: Exclude<TaskState, AbsentTask>;
  /** Those that have ended, by ID; of one ID the last. */
  readonly execs: Readonly<Record<string, PastExec>>;
}

export interface PastExec {
  readonly exit: ExitRecord;
  /** Null while it is there: shown with its task, and deleted with it. */
  readonly deletedAt: Timestamp | null;
}

/**
 * The tasks of a stream, oldest first: those that were made, and the last one also where it is being made.
 *
 * @param until as it was after the record of this position; the head when absent
 * @throws NotFoundError if there are none
 */
export function pastTasks(log: EventLog, stream: StreamId, until?: Position): readonly PastTask[] {
  const tasks: PastTask[] = [];
  let current: VersionedState = { version: 0, state: initialTaskState };
  let execs = new Map<string, PastExec>();
  const keep = ({ state, version }: VersionedState) => {
    if (state.status !== 'absent') tasks.push({ state, version, execs: Object.fromEntries(execs) });
  };
  for (const record of log.readStream(stream)) {
    if (until !== undefined && record.position > until) break;
    const event = upcast(record);
    if (event?.type === '/tasks/create-requested' && !isThere(current.state)) {
      keep(current);
      execs = new Map();
    }
    current = foldRecord(current, record);
    if (event?.type !== '/tasks/exit' && event?.type !== '/tasks/delete') continue;
    if (event.id === event.containerId) continue;
    const { pid, exitStatus, exitedAt, certainty, evidence, oomKilled } = event;
    execs.set(event.id, {
      exit: { pid, exitStatus, exitedAt, certainty, evidence, oomKilled },
      deletedAt: event.type === '/tasks/delete' ? record.time : null,
    });
  }
  keep(current);
  if (tasks.length === 0) throw neverWas(log, stream, until);
  return tasks;
}

function isThere({ status }: TaskState): boolean {
  return status !== 'absent' && status !== 'deleted';
}

/**
 * How the last process of that name ended.
 *
 * @throws NotFoundError if there never was one
 * @throws FailedPreconditionError if it has not ended
 */
export function lastExitOf(log: EventLog, stream: StreamId, execId: ExecId | ''): ExitRecord {
  const tasks = pastTasks(log, stream);
  if (execId === '') {
    const state = tasks.at(-1)?.state;
    if (state && 'exit' in state) return state.exit;
    throw notEnded(`task ${stream.task}`);
  }
  for (const { state, execs } of tasks.toReversed()) {
    if (isPresent(state)) {
      const exec = execOf(state, execId);
      if (exec && exec.status !== 'stopped') throw notEnded(`exec ${execId} of task ${stream.task}`);
    }
    const past = Object.hasOwn(execs, execId) ? execs[execId] : undefined;
    if (past) return past.exit;
  }
  throw new ExecNotFoundError(stream.task, execId);
}

function notEnded(what: string): FailedPreconditionError {
  return new FailedPreconditionError(`${what} has not ended: wait for it`);
}

function neverWas(log: EventLog, { namespace, task }: StreamId, until: Position | undefined): NotFoundError {
  const isKnown = log.version({ namespace, task }) > 0;
  const told = isKnown ? `; \`shiplog events --task ${task}\` tells who asked for it` : '';
  const when = until === undefined ? '' : ` up to position ${until}`;
  const message = `there never was a task ${task} in namespace ${namespace}${when}${told}`;
  return new NotFoundError(message, { details: { task, namespace } });
}
