import type { LogRecord, Position, StoredLog, StreamId } from '../event-log/event-log.js';
import { type BadSnapshot, SnapshotCheck } from './snapshot-check.js';
import {
  beginning,
  encodeState,
  foldRecord,
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

const decoder = new TextDecoder();

/**
 * Compares stored states with what events add up to, byte for byte, while somebody reads those. Each stored state is
 * compared at its own version, so others may append meanwhile.
 */
export class StateCheck {
  readonly #stored = new Map<string, { readonly text: string; readonly version: number | undefined }>();
  readonly #states = new Map<string, VersionedState>();
  readonly #same = new Set<string>();

  readonly #snapshots: SnapshotCheck | undefined;
  #head: Position = 0;

  /** @param log whose snapshots are compared as well; none when absent */
  constructor(stored: Iterable<readonly [key: string, value: Uint8Array]>, log?: StoredLog) {
    this.#snapshots = log && new SnapshotCheck(log, this.#states);
    for (const [key, bytes] of stored) {
      this.#stored.set(key, { text: decoder.decode(bytes), version: tryDecodeState(bytes)?.version });
    }
  }

  get streams(): number {
    return this.#states.size;
  }

  /** Every record, in order. */
  take(record: LogRecord): void {
    this.#snapshots?.before(record);
    this.#head = record.position;
    if (record.task === '') return;
    const key = taskKey(record);
    const state = foldRecord(this.#states.get(key) ?? beginning, record);
    this.#states.set(key, state);
    this.#snapshots?.changed(key, state);
    const known = this.#stored.get(key);
    if (record.version === known?.version && encoded(state) === known.text) this.#same.add(key);
  }

  /** The snapshots that are not what the records make, once all were taken. */
  badSnapshots(): readonly BadSnapshot[] {
    return this.#snapshots?.end(this.#head) ?? [];
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
}

function encoded(state: VersionedState): string {
  return decoder.decode(encodeState(state));
}
