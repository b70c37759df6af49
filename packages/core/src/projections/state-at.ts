/** The state as of a position: the nearest snapshot, and a fold of what came after it. */
import type { Damage, Place, Position, RecordedEvent, StreamId } from '../event-log/event-log.js';
import { type StateSnapshot, type StateSnapshots, type StatesByKey, stateIn } from './state-snapshots.js';
import { beginning, foldRecord, stateAtBase, taskKey, type VersionedState } from './task-projection.js';

type OnDamage = ((damage: Damage) => void) | undefined;

/** Of one stream, whatever its state is. */
export function stateAt(
  snapshots: StateSnapshots,
  stream: StreamId,
  until: Position,
  onDamage?: OnDamage,
): VersionedState {
  const { log } = snapshots;
  const place = log.placeOf(stream, until);
  if (place.version === 0) return beginning;
  if (place.position <= log.base.position) return stateAtBase(log.base, taskKey(stream));
  let state = baseOf(snapshots, stream, place, until);
  for (const record of log.readStream(stream, { afterVersion: state.version, ...(onDamage && { onDamage }) })) {
    if (record.version > place.version) break;
    state = foldRecord(state, record);
  }
  return state;
}

/** A state of the stream from which there is not far to go. */
function baseOf(snapshots: StateSnapshots, stream: StreamId, { position }: Place, until: Position): VersionedState {
  const key = taskKey(stream);
  // No record of it stands between its last one and the snapshot behind that, which has it (H1).
  const behind = snapshots.next(position);
  const rested = behind && behind.position <= until ? stateIn(behind.states, key) : undefined;
  if (rested) return rested;
  const before = snapshots.last(position - 1);
  return stateIn(before.states, key) ?? stateAt(snapshots, stream, before.position);
}

/** What a fold over all streams has come to. */
export interface Folded {
  /** Of all streams that are not at rest; of those at rest there may be some. */
  readonly states: StatesByKey;
  /** Those that had a record. */
  readonly touched: ReadonlySet<string>;
}

/** @param wanted the other streams' records are passed over */
export function foldFrom(
  snapshots: StateSnapshots,
  base: StateSnapshot,
  records: Iterable<RecordedEvent>,
  wanted: (stream: StreamId) => boolean = () => true,
): Folded {
  const states: StatesByKey = new Map(base.states);
  const touched = new Set<string>();
  for (const record of records) {
    if (record.task === '' || !wanted(record)) continue;
    const key = taskKey(record);
    const before = stateIn(states, key);
    states.set(key, before ? foldRecord(before, record) : foldAtRest(snapshots, base, record));
    touched.add(key);
  }
  return { states, touched };
}

/** Of a stream that rests at the base (H1): a task that is created on it keeps nothing of what was before. */
function foldAtRest(snapshots: StateSnapshots, base: StateSnapshot, record: RecordedEvent): VersionedState {
  const after = foldRecord(beginning, record);
  if (record.version === 1 || after.state.status === 'creating') return after;
  return foldRecord(stateAt(snapshots, record, base.position), record);
}
