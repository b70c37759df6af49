/**
 * Makes the snapshots that are missing. Appends know nothing of it: a snapshot is made of what is on disk, some time
 * later, by whoever has the log open or asks it something.
 */
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { EventLog, Position, RecordedEvent } from '../event-log/event-log.js';
import type { SnapshotStore } from '../event-log/snapshot-store.js';
import { isOver } from '../task/state.js';
import { foldFrom } from './state-at.js';
import {
  encodeSnapshot,
  outdatedSeries,
  type StateSnapshot,
  type StateSnapshots,
  stateSeries,
} from './state-snapshots.js';
import type { VersionedState } from './task-projection.js';
import { TimeIndexBuilder, TimeSpan, timeSeries } from './time-index.js';

/** So many records are folded at most to answer a question, as long as few tasks live. */
const recordsBetween = 512;
/** Where many tasks live, a snapshot is large; then they stand further apart, so that they stay small beside the log. */
const recordsPerLiveTask = 1;

const compress = promisify(gzip);

export interface KeepOptions {
  /** Those up to here; the head when absent. */
  readonly until?: Position;
  readonly signal?: AbortSignal;
  /** So many at most; all when absent. */
  readonly limit?: number;
  /** Records from one to the next, as long as few tasks live; 512 when absent. */
  readonly every?: number;
}

/** So many are written at once: each write waits for the disk. */
const writtenAtOnce = 16;

/** @throws UnavailableError if they cannot be written */
export async function keepSnapshots(snapshots: StateSnapshots, options: KeepOptions = {}): Promise<void> {
  const { log } = snapshots;
  const { until = log.head(), signal, limit = Number.POSITIVE_INFINITY, every = recordsBetween } = options;
  if (!log.snapshots.writable || until - lastPosition(log, until) < every) return;
  let base = snapshots.last(until);
  if (base.position === log.base.position) for (const series of outdatedSeries(log)) log.snapshots.drop(series);
  const times = new TimeIndexBuilder(log, base.position);
  let unwritten: Written[] = [];
  for (let made = 0; made < limit && !signal?.aborted; made += 1) {
    const end = endBehind(base, every);
    if (end > until) break;
    const next = await make(snapshots, base, end, times);
    // Records that were archived meanwhile may be missing in it.
    if (log.base.position > base.position) return;
    unwritten.push(...next.written);
    base = next.snapshot;
    if ((made + 1) % writtenAtOnce === 0) {
      log.snapshots.put(unwritten);
      unwritten = [];
    }
    await setImmediate(); // A long catch-up must not starve the rest of the process.
  }
  if (unwritten.length > 0) log.snapshots.put(unwritten);
}

function lastPosition(log: EventLog, until: Position): Position {
  const begin = log.base.position;
  for (const { position } of log.snapshots.newestFirst(stateSeries, until)) return Math.max(position, begin);
  return begin;
}

/** Where the snapshot behind another one stands (H2). */
function endBehind({ position, live }: StateSnapshot, every: number): Position {
  return position + Math.max(every, live * recordsPerLiveTask);
}

type Written = Parameters<SnapshotStore['put']>[0][number];

interface Made {
  readonly snapshot: StateSnapshot;
  readonly written: readonly Written[];
}

async function make(
  snapshots: StateSnapshots,
  base: StateSnapshot,
  end: Position,
  times: TimeIndexBuilder,
): Promise<Made> {
  const { log } = snapshots;
  const span = new TimeSpan();
  const { states, touched } = foldFrom(
    snapshots,
    base,
    spanned(log.events({ after: base.position, until: end }), span),
  );
  let live = 0;
  const kept = new Map<string, string>();
  for (const key of [...states.keys()].sort()) {
    const state = states.get(key) as VersionedState | string;
    const [text, resting] =
      typeof state === 'string' ? [state, restsIn(state)] : [JSON.stringify(state), isOver(state.state)];
    if (!resting) live += 1;
    if (!resting || touched.has(key)) kept.set(key, text);
  }
  const bytes = await compress(encodeSnapshot({ after: base.position, live }, kept), { level: 1 });
  const entry = times.add(end, span);
  return {
    snapshot: { position: end, live, states: kept },
    written: [
      { series: stateSeries, position: end, bytes },
      ...(entry ? [{ series: timeSeries, position: end, bytes: entry }] : []),
    ],
  };
}

function* spanned(records: Iterable<RecordedEvent>, span: TimeSpan): Generator<RecordedEvent> {
  for (const record of records) {
    span.add(record);
    yield record;
  }
}

/** Most texts are of tasks that live: only those that may be of others are read. */
function restsIn(text: string): boolean {
  if (!/"status":"(absent|deleted)"/.test(text)) return false;
  return isOver((JSON.parse(text) as VersionedState).state);
}
