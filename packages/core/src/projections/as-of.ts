/**
 * The past, as it can be asked: every task and mount as the log knew them at a position or at a time.
 *
 * What a time means: the state as of a time is the state after the last record, in the order of the log, whose time is
 * not later. Where the clock never went back, that is all that had happened by then. Where it was set back, the log
 * has the time more than once, and the last one counts: so every record that `events --until TIME` shows is in it, and
 * a later time never means an earlier state. `AsOf.laterRecord` tells that it happened.
 */
import type { Damage, EventLog, Position, StreamId } from '../event-log/event-log.js';
import { assertKnownAt, atOneBase } from '../event-log/log-base.js';
import {
  type Clock,
  parseTimestamp,
  SystemClock,
  type Timestamp,
  timestampFromNanos,
  timestampToNanos,
} from '../kernel/clock.js';
import { InvalidArgumentError } from '../kernel/errors.js';
import { isOver, isPresent, type MountSet, type TaskState } from '../task/state.js';
import { archivedTimes } from './archived-times.js';
import { keepSnapshots } from './keep-snapshots.js';
import { foldFrom, stateAt } from './state-at.js';
import { StateSnapshots, stateIn } from './state-snapshots.js';
import { type StreamState, streamOfTaskKey, type VersionedState } from './task-projection.js';
import { momentOf } from './time-index.js';

/** A position, or a time in RFC 3339: `2026-01-31T12:00:00Z`. */
export type Point = Position | string;

export interface AsOfOptions {
  /** Of this namespace only; of all when absent. */
  readonly namespace?: string;
}

/** Mounts that the log knew of. What the host had nobody wrote down. */
export interface MountsAsOf {
  readonly namespace: string;
  readonly task: string;
  readonly set: MountSet;
  /** Whether there was a task that they were for. */
  readonly needed: boolean;
}

/** Each answer is of this point, or a RecordsArchivedError is thrown: its records may have been archived since. */
export interface AsOf {
  /** The state is the one after this record; 0 stands before the first one. */
  readonly position: Position;
  /** Of that record; undefined where there is none, or it cannot be read. */
  readonly time: Timestamp | undefined;
  /**
   * Where a time was asked for, and the clock was set back by more than a second since it was first reached: the latest
   * time of a record that the state includes.
   */
  readonly laterRecord: Timestamp | undefined;
  /** Of one name, deleted tasks too; of status `absent` where there was none. */
  state(stream: StreamId): StreamState;
  /** Every task that was there, in the order of namespace and ID; not those that were deleted by then. */
  tasks(options?: AsOfOptions): readonly StreamState[];
  /** What was mounted on the host, also for tasks that were no more. */
  mounts(options?: AsOfOptions): readonly MountsAsOf[];
}

/** Clocks of processes differ by some milliseconds: that is no clock that was set back. */
const toleranceNanos = 1_000_000_000n;

/**
 * Makes the snapshots that are missing up to there, unless the log was opened for reading only.
 *
 * @throws InvalidArgumentError for what is no position or time, a position beyond the head, a time before the first
 *   record, or one that is to come
 * @throws RecordsArchivedError for a point whose records were archived
 */
export async function asOf(
  log: EventLog,
  point: Point,
  {
    clock = new SystemClock(),
    onDamage,
  }: { readonly clock?: Clock; readonly onDamage?: (damage: Damage) => void } = {},
): Promise<AsOf> {
  const head = log.head();
  const wanted = typeof point === 'number' ? checkPosition(point, head) : parseTimestamp(point);
  const snapshots = new StateSnapshots(log);
  await keepSnapshots(snapshots, { until: typeof wanted === 'string' ? head : wanted.position });
  const { position, laterRecord } =
    typeof wanted === 'string' ? atOneBase(log, () => positionAt(log, wanted, clock)) : wanted;
  assertKnownAt(log.base, position);
  const answered = <T>(answer: (told: Damage[]) => T): T => {
    const { result, damage } = atOneBase(log, (base) => {
      const told: Damage[] = [];
      const found = { result: answer(told), damage: told };
      assertKnownAt(base, position);
      return found;
    });
    if (onDamage) for (const found of damage) onDamage(found);
    return result;
  };
  const listed = new Map<string | undefined, readonly StreamState[]>();
  const streams = (namespace: string | undefined): readonly StreamState[] => {
    const known = listed.get(namespace) ?? answered((told) => streamsAt(snapshots, position, namespace, told));
    listed.set(namespace, known);
    return known;
  };
  return {
    position,
    laterRecord,
    get time() {
      return timeOf(log, position);
    },
    state: ({ namespace, task }) => ({
      namespace,
      task,
      ...answered((told) => stateAt(snapshots, { namespace, task }, position, (found) => told.push(found))),
    }),
    tasks: ({ namespace } = {}) =>
      streams(namespace).filter(({ state }) => state.status !== 'absent' && state.status !== 'deleted'),
    mounts: ({ namespace } = {}) =>
      streams(namespace).flatMap(({ namespace: of, task, state }) => {
        const needed = state.status === 'creating' || isPresent(state);
        return setsOf(state).map((set) => ({ namespace: of, task, set, needed }));
      }),
  };
}

/** In one order, whichever way the state was come by. */
function setsOf({ mounts }: TaskState): readonly MountSet[] {
  return Object.values(mounts).sort((left, right) => (left.target < right.target ? -1 : 1));
}

type Found = Pick<AsOf, 'position' | 'laterRecord'>;

function checkPosition(position: Position, head: Position): Found {
  if (!Number.isSafeInteger(position) || position < 0) {
    throw new InvalidArgumentError(`${position} is no position in the log: give a whole number from 0`);
  }
  if (position > head) {
    throw new InvalidArgumentError(`position ${position} is beyond the end of the log: its last position is ${head}`, {
      details: { position, head },
    });
  }
  return { position, laterRecord: undefined };
}

function positionAt(log: EventLog, time: Timestamp, clock: Clock): Found {
  const moment = momentOf(log, time);
  if (!moment) {
    assertKnownAt(log.base, 0);
    const [first] = log.read({ until: Math.min(1, log.head()) });
    const why = first ? `the log begins at ${first.time}` : 'the log has no record yet';
    throw new InvalidArgumentError(`nothing is known of ${time}: ${why}`, { details: { time } });
  }
  const now = clock.now();
  // A clock that was ahead may have left records of a time that is to come.
  const isBeyondAll = moment.position === log.head() && time > moment.latest;
  if (isBeyondAll && time > now) {
    throw new InvalidArgumentError(`${time} is to come: it is ${now}`, { details: { time, now } });
  }
  const isSetBack = moment.latest > timestampFromNanos(timestampToNanos(time) + toleranceNanos);
  return { position: moment.position, laterRecord: isSetBack ? moment.latest : undefined };
}

function timeOf(log: EventLog, position: Position): Timestamp | undefined {
  for (const { time } of log.read({ after: position - 1, until: position })) return time;
  return position === log.base.position ? archivedTimes(log.base)?.last : undefined;
}

/** All that were not at rest, in the order of their keys. */
function streamsAt(
  snapshots: StateSnapshots,
  position: Position,
  namespace: string | undefined,
  told: Damage[],
): readonly StreamState[] {
  const { log } = snapshots;
  const base = snapshots.last(position);
  const records = log.events({ after: base.position, until: position, onDamage: (found) => told.push(found) });
  const isWanted = (stream: StreamId) => namespace === undefined || stream.namespace === namespace;
  const { states } = foldFrom(snapshots, base, records, isWanted);
  const found: StreamState[] = [];
  for (const key of [...states.keys()].sort()) {
    const stream = streamOfTaskKey(key);
    if (!isWanted(stream)) continue;
    const versioned = stateIn(states, key) as VersionedState;
    if (!isOver(versioned.state)) found.push({ ...stream, ...versioned });
  }
  return found;
}
