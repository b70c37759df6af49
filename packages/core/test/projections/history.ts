/** Logs of several tasks at once, made of random walks, and what a replay says of them. */
import fc from 'fast-check';
import type { EventLog, LogRecord, NewRecord, Position, StreamId } from '../../src/event-log/event-log.js';
import { replay } from '../../src/projections/replay.js';
import { type StreamState, streamOfTaskKey } from '../../src/projections/task-projection.js';
import { isOver } from '../../src/task/state.js';
import { type Step, steps, walk } from '../task/walk.js';

export interface Told extends StreamId {
  readonly record: NewRecord;
}

/** Two tasks that do as they like, one that is created anew again and again, and one of whom little is heard. */
export const histories: fc.Arbitrary<readonly Told[]> = fc
  .tuple(fc.array(steps, { minLength: 1, maxLength: 3 }), fc.nat(20), fc.infiniteStream(fc.nat()))
  .map(([walks, lives, order]) => {
    const streams = [
      ...walks.map((path, index) => recordsOf({ namespace: index % 2 ? 'other' : 'default', task: `t${index}` }, path)),
      Array.from({ length: lives }, () => recordsOf({ namespace: 'default', task: 'again' }, life)).flat(),
      recordsOf({ namespace: 'default', task: 'quiet' }, life.slice(0, 4)),
    ];
    return interleave(streams, order);
  });

const asks = (type: 'CreateTask' | 'StartTask' | 'DeleteProcess'): Step[] => [
  { by: 0, kind: 'ask', type, execId: '', target: '/a' },
  { by: 0, kind: 'settle', which: 0, succeeds: true, late: false },
];
/** Of one task, from its creation until it is deleted. */
const life: readonly Step[] = [
  ...asks('CreateTask'),
  ...asks('StartTask'),
  { by: 0, kind: 'exit', execId: '', stale: false, oomKilled: false },
  ...asks('DeleteProcess'),
];

function recordsOf(stream: StreamId, path: readonly Step[]): readonly Told[] {
  return walk(path).records.map((record) => ({ ...stream, record: newRecordOf(record) }));
}

function newRecordOf({ position, namespace, task, version, ...record }: LogRecord): NewRecord {
  return record;
}

function interleave(streams: readonly (readonly Told[])[], order: Iterator<number>): readonly Told[] {
  const left = streams.map((stream) => [...stream]).filter((stream) => stream.length > 0);
  const told: Told[] = [];
  while (left.length > 0) {
    const which = (order.next().value as number) % left.length;
    const next = left[which]?.shift();
    if (next) told.push(next);
    if (left[which]?.length === 0) left.splice(which, 1);
  }
  return told;
}

export async function tell(log: EventLog, history: readonly Told[]): Promise<void> {
  await Promise.all(
    history.map(({ namespace, task, record }) =>
      log.append({ stream: { namespace, task }, expectedVersion: 'any', records: [record] }),
    ),
  );
}

/** Every stream that has a record by then. */
export function replayed(log: EventLog, until: Position): readonly StreamState[] {
  return [...replay(log, { until }).states]
    .map(([key, state]) => ({ ...streamOfTaskKey(key), ...state }))
    .sort((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1));
}

const keyOf = ({ namespace, task }: StreamId) => `${namespace}/${task}`;

export const isLive = ({ state }: StreamState) => !isOver(state);
export const isTask = ({ state }: StreamState) => state.status !== 'absent' && state.status !== 'deleted';
