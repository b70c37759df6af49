/** P5: the state of every task is what its events add up to, and this proves it. */
import type { Damage, EventLog, Position, RecordedEvent, StreamId } from '../event-log/event-log.js';
import { assertKnownAt, atOneBase, type LogBase } from '../event-log/log-base.js';
import { type Difference, type MarkFault, StateCheck } from './state-check.js';
import {
  beginning,
  foldRecord,
  liveMark,
  stateAtBase,
  statesAtBase,
  taskKey,
  taskProjectionName,
  type VersionedState,
} from './task-projection.js';

export interface ReplayOptions {
  /** Up to and with this position; the head when absent. */
  readonly until?: Position;
  /** This stream only. */
  readonly task?: StreamId;
  readonly onDamage?: (damage: Damage) => void;
  /** Called for each record, since nothing else runs while many of them are folded. */
  readonly onRecord?: () => void;
}

export interface Replayed {
  /** Of the last record that was folded; 0 if there was none. */
  readonly position: Position;
  readonly records: number;
  /** By `NAMESPACE/TASK`. */
  readonly states: ReadonlyMap<string, VersionedState>;
}

/**
 * Folds the log from its first record; what was archived of it, from the states that were carried on.
 *
 * @throws RecordsArchivedError for a position before those
 */
export function replay(log: EventLog, options: ReplayOptions = {}): Replayed {
  return atOneBase(log, (base) => replayFrom(base, log, options));
}

function replayFrom(base: LogBase, log: EventLog, options: ReplayOptions): Replayed {
  if (options.until !== undefined) assertKnownAt(base, options.until);
  const states = new Map(beginningsOf(base, options.task));
  let { position } = base;
  let records = 0;
  for (const record of recordsOf(log, options)) {
    if (options.until !== undefined && record.position > options.until) break;
    position = record.position;
    records += 1;
    options.onRecord?.();
    if (record.task === '') continue;
    const key = taskKey(record);
    states.set(key, foldRecord(states.get(key) ?? beginning, record));
  }
  return { position, records, states };
}

/** Where the folds begin: of all streams, or of one. */
function* beginningsOf(base: LogBase, task: StreamId | undefined): Iterable<readonly [string, VersionedState]> {
  if (!task) yield* statesAtBase(base);
  else if (base.folded(taskProjectionName, taskKey(task))) yield [taskKey(task), stateAtBase(base, taskKey(task))];
}

function recordsOf(log: EventLog, { until, task, onDamage }: ReplayOptions): Iterable<RecordedEvent> {
  const damage = onDamage && { onDamage };
  return task ? log.readStream(task, { ...damage }) : log.events({ ...damage, ...(until !== undefined && { until }) });
}

export interface Verification {
  readonly position: Position;
  readonly records: number;
  readonly streams: number;
  readonly differences: readonly Difference[];
  /** Marks on tasks that are not over: those that are wrong. */
  readonly marks: readonly MarkFault[];
  readonly damage: readonly Damage[];
}

/** Replays the log and compares with the stored states. Others may append meanwhile. */
export function verifyProjection(
  log: EventLog,
  { task, onRecord }: Pick<ReplayOptions, 'task' | 'onRecord'> = {},
): Verification {
  return atOneBase(log, (base) => verifyFrom(base, log, { ...(task && { task }), ...(onRecord && { onRecord }) }));
}

function verifyFrom(
  base: LogBase,
  log: EventLog,
  { task, onRecord }: Pick<ReplayOptions, 'task' | 'onRecord'>,
): Verification {
  const only = task && taskKey(task);
  const check = new StateCheck(only === undefined ? log.projectedEntries(taskProjectionName) : entriesOf(log, only));
  for (const [key, state] of beginningsOf(base, task)) check.begin(key, state);
  const damage: Damage[] = [];
  let { position } = base;
  let records = 0;
  for (const record of recordsOf(log, { ...(task && { task }), onDamage: (found) => damage.push(found) })) {
    position = record.position;
    records += 1;
    onRecord?.();
    check.take(record);
  }
  const differences = check.differences((key) => log.projected(taskProjectionName, key) !== undefined);
  const marks = check.markFaults().filter((fault) => isStillWrong(log, taskKey(fault)));
  return { position, records, streams: check.streams, differences, marks, damage };
}

type Entry = readonly [key: string, value: Uint8Array];

/** What is stored of one task: its mark, and its state. */
function entriesOf(log: EventLog, key: string): readonly Entry[] {
  return [liveMark + key, key].flatMap((at): Entry[] => {
    const value = log.projected(taskProjectionName, at);
    return value ? [[at, value]] : [];
  });
}

/** Somebody may have appended between the reading of the mark and that of the state; a state has another version then. */
function isStillWrong(log: EventLog, key: string): boolean {
  for (;;) {
    const before = log.projected(taskProjectionName, key);
    const check = new StateCheck(entriesOf(log, key));
    const after = log.projected(taskProjectionName, key);
    if (Buffer.compare(before ?? Buffer.of(), after ?? Buffer.of()) === 0) return check.markFaults().length > 0;
  }
}
