/**
 * Snapshots of the state of all streams, so that the state as of any position is a short fold away (docs/adr/0019).
 *
 * Invariants:
 *  H1  A snapshot has every stream that is not at rest at its position, and every stream that had a record since the
 *      snapshot before it. So a stream that it has not got is at rest, and its state stands in an earlier one.
 *  H2  Where the snapshots stand, and what is in them, follows from the records and the fold alone: two processes that
 *      make one make the same.
 *  H3  They are a cache: of another version of the fold, damaged or missing, they cost time and nothing else (P5, P8).
 *
 * A snapshot is gzip of lines, the first of which says what is in it; any tool can read it:
 *
 *     {"after":1024,"live":1}
 *     "default/web"<TAB>{"state":{"status":"running", ...},"version":12}
 */
import { gunzipSync } from 'node:zlib';
import type { EventLog, Position } from '../event-log/event-log.js';
import type { LogBase } from '../event-log/log-base.js';
import type { Snapshot } from '../event-log/snapshot-store.js';
import { foldVersion, liveMark, stateAtBase, taskProjectionName, type VersionedState } from './task-projection.js';

const seriesPrefix = 'tasks@';
export const stateSeries = `${seriesPrefix}${foldVersion}`;

/** Each by its key (`taskKey`), as its text until somebody needs more of it. */
export type StatesByKey = Map<string, VersionedState | string>;

export interface StateSnapshot {
  readonly position: Position;
  /** How many of its streams are not at rest. */
  readonly live: number;
  readonly states: StatesByKey;
}

/** What stands before the first record: of those that were archived, what the streams had come to that were not at rest. */
function baseSnapshot(base: LogBase): StateSnapshot {
  const states: StatesByKey = new Map();
  for (const [key] of base.foldedEntries(taskProjectionName)) {
    if (!key.startsWith(liveMark)) break;
    const live = key.slice(liveMark.length);
    states.set(live, stateAtBase(base, live));
  }
  return { position: base.position, live: states.size, states };
}

interface Head {
  /** The position of the snapshot before. */
  readonly after: Position;
  readonly live: number;
}

/** @param states as text, in the order of their keys */
export function encodeSnapshot(head: Head, states: Iterable<readonly [key: string, text: string]>): string {
  return [JSON.stringify(head), ...Array.from(states, ([key, text]) => `${JSON.stringify(key)}\t${text}`)].join('\n');
}

/** Undefined for bytes that are no snapshot; they were damaged. */
export function decodeSnapshot({ position, bytes }: Snapshot): StateSnapshot | undefined {
  try {
    const [head = '', ...lines] = gunzipSync(bytes).toString().split('\n');
    const { live } = JSON.parse(head) as Head;
    return { position, live, states: new Map(lines.map(splitLine)) };
  } catch {
    return undefined;
  }
}

function splitLine(line: string): [key: string, text: string] {
  const tab = line.indexOf('\t');
  return [JSON.parse(line.slice(0, tab)) as string, line.slice(tab + 1)];
}

export function stateIn(states: StatesByKey, key: string): VersionedState | undefined {
  const found = states.get(key);
  return typeof found === 'string' ? (JSON.parse(found) as VersionedState) : found;
}

/** So many that were read are kept: streams that rested at the same time ask for the same ones. */
const maxKept = 4;

/** The snapshots of a log, for one question about it. */
export class StateSnapshots {
  readonly log: EventLog;
  readonly #kept = new Map<Position, StateSnapshot>();

  constructor(log: EventLog) {
    this.log = log;
  }

  /** The last one up to and with a position that can be read; where there is none, where the log begins. */
  last(until: Position): StateSnapshot {
    const { base } = this.log;
    for (const stored of this.log.snapshots.newestFirst(stateSeries, until)) {
      if (stored.position <= base.position) break;
      const snapshot = this.#decode(stored);
      if (snapshot) return snapshot;
    }
    return baseSnapshot(base);
  }

  /** The first one at or behind a position; undefined if there is none, or it cannot be read. */
  next(from: Position): StateSnapshot | undefined {
    const stored = this.log.snapshots.next(stateSeries, from);
    return stored && this.#decode(stored);
  }

  #decode(stored: Snapshot): StateSnapshot | undefined {
    const snapshot = this.#kept.get(stored.position) ?? decodeSnapshot(stored);
    if (snapshot) this.#keep(snapshot);
    return snapshot;
  }

  #keep(snapshot: StateSnapshot): void {
    this.#kept.delete(snapshot.position);
    this.#kept.set(snapshot.position, snapshot);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > maxKept && oldest !== undefined) this.#kept.delete(oldest);
  }
}

/** Series that an older version of the fold has left behind. */
export function outdatedSeries(log: EventLog): readonly string[] {
  return log.snapshots.series().filter((name) => {
    const version = name.startsWith(seriesPrefix) ? Number(name.slice(seriesPrefix.length)) : Number.NaN;
    return version < foldVersion;
  });
}
