/** P5: the state of every task is what its events add up to, and this proves it. */
import type { Damage, EventLog, LogRecord, Position, StreamId } from '../event-log/event-log.js';
import { initialTaskState } from '../task/state.js';
import {
  encodeState,
  foldRecord,
  storedStates,
  streamOfTaskKey,
  taskKey,
  taskProjectionName,
  tryDecodeState,
  type VersionedState,
} from './task-projection.js';

export interface ReplayOptions {
  /** Up to and with this position; the head when absent. */
  readonly until?: Position;
  /** This stream only. */
  readonly task?: StreamId;
  readonly onDamage?: (damage: Damage) => void;
}

export interface Replayed {
  /** Of the last record that was folded; 0 if there was none. */
  readonly position: Position;
  readonly records: number;
  /** By `NAMESPACE/TASK`. */
  readonly states: ReadonlyMap<string, VersionedState>;
}

const beginning: VersionedState = { version: 0, state: initialTaskState };

/** Folds the log from its first record. */
export function replay(log: EventLog, options: ReplayOptions = {}): Replayed {
  const states = new Map<string, VersionedState>();
  let position = 0;
  let records = 0;
  for (const record of recordsOf(log, options)) {
    if (options.until !== undefined && record.position > options.until) break;
    position = record.position;
    records += 1;
    if (record.task === '') continue;
    const key = taskKey(record);
    states.set(key, foldRecord(states.get(key) ?? beginning, record));
  }
  return { position, records, states };
}

function recordsOf(log: EventLog, { until, task, onDamage }: ReplayOptions): Iterable<LogRecord> {
  const damage = onDamage && { onDamage };
  return task ? log.readStream(task, { ...damage }) : log.read({ ...damage, ...(until !== undefined && { until }) });
}

/** A task whose stored state is not what its events say. */
export interface Difference {
  readonly namespace: string;
  readonly task: string;
  /** As canonical JSON; undefined where there is none. */
  readonly stored: string | undefined;
  readonly replayed: string | undefined;
}

export interface Verification {
  readonly position: Position;
  readonly records: number;
  readonly streams: number;
  readonly differences: readonly Difference[];
  readonly damage: readonly Damage[];
}

const decoder = new TextDecoder();

/**
 * Replays the log and compares with the stored states, byte for byte. Each stored state is compared with what its
 * events had added up to at its own version, so others may append meanwhile.
 */
export function verifyProjection(log: EventLog, { task }: Pick<ReplayOptions, 'task'> = {}): Verification {
  const stored = new Map<string, { readonly text: string; readonly version: number | undefined }>();
  const keys = task && taskKey(task);
  for (const [key, bytes] of storedStates(log, keys)) {
    if (keys !== undefined && key !== keys) continue;
    stored.set(key, { text: decoder.decode(bytes), version: tryDecodeState(bytes)?.version });
  }
  const damage: Damage[] = [];
  const states = new Map<string, VersionedState>();
  const same = new Set<string>();
  let position = 0;
  let records = 0;
  for (const record of recordsOf(log, { ...(task && { task }), onDamage: (found) => damage.push(found) })) {
    position = record.position;
    records += 1;
    if (record.task === '') continue;
    const key = taskKey(record);
    const state = foldRecord(states.get(key) ?? beginning, record);
    states.set(key, state);
    const known = stored.get(key);
    if (record.version === known?.version && encoded(state) === known.text) same.add(key);
  }
  const differences = [...new Set([...stored.keys(), ...states.keys()])]
    // A stream that began while we looked is in the log only.
    .filter((key) => !same.has(key) && (stored.has(key) || log.projected(taskProjectionName, key) === undefined))
    .map((key) => {
      const state = states.get(key);
      return { ...streamOfTaskKey(key), stored: stored.get(key)?.text, replayed: state && encoded(state) };
    });
  return { position, records, streams: states.size, differences, damage };
}

function encoded(state: VersionedState): string {
  return decoder.decode(encodeState(state));
}
