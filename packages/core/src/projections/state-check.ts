import type { Position, RecordedEvent, StoredLog, StreamId } from '../event-log/event-log.js';
import { isOver } from '../task/state.js';
import { type BadSnapshot, SnapshotCheck } from './snapshot-check.js';
import {
  beginning,
  encodeState,
  foldRecord,
  liveMark,
  streamOfTaskKey,
  taskKey,
  tryDecodeState,
  type VersionedState,
} from './task-projection.js';

/** A task whose stored state is not what its events say. */
export interface Difference {
  readonly namespace: string;
  readonly task: string;
  /** As canonical JSON; undefined where there is none. */
  readonly stored: string | undefined;
  readonly replayed: string | undefined;
}

/** A mark on a task that is over, or none on one that is not: whoever asks for those that live is told wrong. */
export interface MarkFault extends StreamId {
  readonly mark: 'missing' | 'too-many';
}

interface Stored {
  readonly text: string;
  /** What it says of itself; undefined where it is no state. */
  readonly version: number | undefined;
  readonly live: boolean | undefined;
}

const decoder = new TextDecoder();

/**
 * Compares stored states with what events add up to, byte for byte, while somebody reads those. Each stored state is
 * compared at its own version, so others may append meanwhile.
 */
export class StateCheck {
  readonly #stored = new Map<string, Stored>();
  readonly #marked = new Set<string>();
  readonly #states = new Map<string, VersionedState>();
  readonly #same = new Set<string>();
  readonly #snapshots: SnapshotCheck | undefined;

  /**
   * @param entries of the projection, marks among them
   * @param log whose snapshots are compared as well; none when absent
   */
  constructor(entries: Iterable<readonly [key: string, value: Uint8Array]>, log?: StoredLog) {
    this.#snapshots = log && new SnapshotCheck(log, this.#states);
    for (const [key, bytes] of entries) {
      if (key.startsWith(liveMark)) this.#marked.add(key.slice(liveMark.length));
      else this.#stored.set(key, storedOf(bytes));
    }
  }

  get streams(): number {
    return this.#states.size;
  }

  /** Before all records: the state of a stream whose first ones were archived. */
  begin(key: string, state: VersionedState): void {
    this.#states.set(key, state);
    this.#snapshots?.changed(key, state);
    this.#compare(key, state);
  }

  /** Every record, in order. */
  take(record: RecordedEvent): void {
    this.#snapshots?.before(record);
    if (record.task === '') return;
    const key = taskKey(record);
    const state = foldRecord(this.#states.get(key) ?? beginning, record);
    this.#states.set(key, state);
    this.#snapshots?.changed(key, state);
    this.#compare(key, state);
  }

  #compare(key: string, state: VersionedState): void {
    const known = this.#stored.get(key);
    if (state.version === known?.version && encoded(state) === known.text) this.#same.add(key);
  }

  /**
   * The snapshots that are not what the records make, once all were taken.
   *
   * @param head the log's
   * @param isKnown whether all records of a stream were taken; what a snapshot says of another is not looked at
   */
  badSnapshots(head: Position, isKnown: (stream: StreamId) => boolean = () => true): readonly BadSnapshot[] {
    return this.#snapshots?.end(head, (key) => isKnown(streamOfTaskKey(key))) ?? [];
  }

  /** @param isStored whether a stream that had no stored state at the beginning has one now: it began meanwhile */
  differences(isStored: (key: string) => boolean = () => false): readonly (Difference & StreamId)[] {
    return [...new Set([...this.#stored.keys(), ...this.#states.keys()])]
      .filter((key) => !this.#same.has(key) && (this.#stored.has(key) || !isStored(key)))
      .map((key) => {
        const state = this.#states.get(key);
        const replayed = state && encoded(state);
        return { ...streamOfTaskKey(key), stored: this.#stored.get(key)?.text, replayed };
      });
  }

  /** Marks that do not fit the stored states, which `differences` is about. Both must be of one moment. */
  markFaults(): readonly MarkFault[] {
    const faults: MarkFault[] = [];
    for (const [key, { live }] of this.#stored) {
      if (live && !this.#marked.has(key)) faults.push({ ...streamOfTaskKey(key), mark: 'missing' });
    }
    for (const key of this.#marked) {
      const stored = this.#stored.get(key);
      if (!stored || stored.live === false) faults.push({ ...streamOfTaskKey(key), mark: 'too-many' });
    }
    return faults;
  }
}

function storedOf(bytes: Uint8Array): Stored {
  const decoded = tryDecodeState(bytes);
  return { text: decoder.decode(bytes), version: decoded?.version, live: isLive(decoded) };
}

/** Of bytes that were changed anything may come. */
function isLive(decoded: VersionedState | undefined): boolean | undefined {
  try {
    return decoded && !isOver(decoded.state);
  } catch {
    return undefined;
  }
}

function encoded(state: VersionedState): string {
  return decoder.decode(encodeState(state));
}
