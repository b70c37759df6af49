/** What became of tasks and execs that are gone: their stream keeps it for good. */
import type { EventLog, Position, StreamId } from '../event-log/event-log.js';
import { assertKnownAt, atOneBase } from '../event-log/log-base.js';
import { FailedPreconditionError, NotFoundError } from '../kernel/errors.js';
import type { ExecId } from '../kernel/identifiers.js';
import { type PastTask, StreamHistory } from '../projections/past-tasks.js';
import { foldRecord, stateAtBase, taskKey } from '../projections/task-projection.js';
import type { ExitRecord } from '../task/events.js';
import { execOf, isPresent } from '../task/state.js';
import { ExecNotFoundError } from '../task/task-errors.js';

/**
 * The tasks of a stream, oldest first: those that were made, and the last one also where it is being made.
 *
 * @param until as it was after the record of this position; the head when absent
 * @throws NotFoundError if there are none
 * @throws RecordsArchivedError if it was archived what there was then
 */
export function pastTasks(log: EventLog, stream: StreamId, until?: Position): readonly PastTask[] {
  const key = taskKey(stream);
  const tasks = atOneBase(log, (base) => {
    if (until !== undefined) assertKnownAt(base, until);
    const history = StreamHistory.atBase(base, key);
    let last = stateAtBase(base, key);
    for (const record of log.readStream(stream)) {
      if (until !== undefined && record.position > until) break;
      history.take(last, record);
      last = foldRecord(last, record);
    }
    return history.tasks(last);
  });
  if (tasks.length === 0) throw neverWas(log, stream, until);
  return tasks;
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
