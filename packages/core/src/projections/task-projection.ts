/**
 * The state of every task, as the fold of its stream: the cache that `load` reads (P5).
 *
 *     NAMESPACE/TASK     -> the state
 *     !NAMESPACE/TASK    -> nothing: a mark on what is not over, so that nobody has to look through a history of
 *                           thousands of tasks for the few that live
 */

import type { EventLog, RecordedEvent, StreamId } from '../event-log/event-log.js';
import type { LogBase } from '../event-log/log-base.js';
import type { Projection } from '../event-log/projection.js';
import { canonicalJson, type Json } from '../kernel/canonical-json.js';
import { evolve } from '../task/evolve.js';
import { initialTaskState, isOver, type TaskState } from '../task/state.js';
import { upcast } from '../task/upcast.js';

export const taskProjectionName = 'tasks';

/**
 * Grows whenever `evolve` would make another state of the same events. States of tasks whose records were archived are
 * not made anew then: the fold goes on from those that were carried on, so it must be able to read them.
 */
export const foldVersion = 4;

/** A stream's state, and the version that it is the state at. */
export interface VersionedState {
  readonly version: number;
  readonly state: TaskState;
}

/** A stream's state, and whose it is. */
export interface StreamState extends StreamId, VersionedState {}

/** Before its first record. */
export const beginning: VersionedState = { version: 0, state: initialTaskState };

/** In front of the key of a task that is not over. */
export const liveMark = '!';
/** What stands under it. */
export const markOfLive = Buffer.from('{}');
const decoder = new TextDecoder();

/** IDs and namespaces hold no '/', so the key is unambiguous, and a namespace is a prefix. */
export function taskKey(stream: StreamId): string {
  return `${stream.namespace}/${stream.task}`;
}

export function streamOfTaskKey(key: string): StreamId {
  const slash = key.indexOf('/');
  return { namespace: key.slice(0, slash), task: key.slice(slash + 1) };
}

/** The same state gives the same bytes (P5). */
export function encodeState(versioned: VersionedState): Uint8Array {
  return Buffer.from(canonicalJson(versioned as unknown as Json));
}

export function decodeState(bytes: Uint8Array | undefined): VersionedState {
  if (!bytes) return beginning;
  return JSON.parse(decoder.decode(bytes)) as VersionedState;
}

/** Undefined for bytes that are no state; they were damaged. */
export function tryDecodeState(bytes: Uint8Array | undefined): VersionedState | undefined {
  try {
    const decoded = decodeState(bytes);
    return isVersionedState(decoded) ? decoded : undefined;
  } catch {
    return undefined;
  }
}

function isVersionedState({ version, state }: Partial<VersionedState>): boolean {
  const { status, mounts } = Object(state) as Partial<TaskState>;
  return Number.isSafeInteger(version) && typeof status === 'string' && typeof mounts === 'object' && mounts !== null;
}

/** The state of a stream with the last record that was archived: where its fold begins. */
export function stateAtBase(base: LogBase, key: string): VersionedState {
  return tryDecodeState(base.folded(taskProjectionName, key)) ?? beginning;
}

/** Those of all streams that had a record by then, in the order of keys. */
export function* statesAtBase(base: LogBase): Generator<readonly [key: string, state: VersionedState]> {
  for (const [key, bytes] of base.foldedEntries(taskProjectionName)) {
    if (!key.startsWith(liveMark)) yield [key, tryDecodeState(bytes) ?? beginning];
  }
}

/** One step of the fold. An event that this version does not know moves the version on, and nothing else (P8). */
export function foldRecord(before: VersionedState, record: RecordedEvent): VersionedState {
  const event = upcast(record);
  return { version: record.version, state: event ? evolve(before.state, event, record.time) : before.state };
}

export const taskProjection: Projection = {
  name: taskProjectionName,
  version: foldVersion,
  apply(record, store) {
    if (record.task === '') return;
    const key = taskKey(record);
    const before = decodeState(store.get(key));
    const after = foldRecord(before, record);
    store.put(key, encodeState(after));
    if (isOver(after.state) === isOver(before.state)) return;
    if (isOver(after.state)) store.delete(liveMark + key);
    else store.put(liveMark + key, markOfLive);
  },
};

/** The stored states, by `NAMESPACE/TASK`, in the order of keys: of the tasks that were, and of those that are. */
export function* storedStates(log: EventLog, prefix = ''): Generator<readonly [key: string, state: Uint8Array]> {
  for (const entry of log.projectedEntries(taskProjectionName, prefix)) if (!entry[0].startsWith(liveMark)) yield entry;
}

/** Those that are not over, in the order of namespace and ID: of one namespace, or of all. */
export function liveStreams(log: EventLog, namespace?: string): readonly StreamId[] {
  const prefix = liveMark + (namespace === undefined ? '' : `${namespace}/`);
  return Array.from(log.projectedEntries(taskProjectionName, prefix), ([key]) =>
    streamOfTaskKey(key.slice(liveMark.length)),
  );
}
