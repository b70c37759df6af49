/**
 * Snapshots against what the events add up to, while somebody reads those. Answers about the past are made of them: one that
 * was changed could tell of a past that never was, and the log itself would be sound.
 */
import type { Position, RecordedEvent, StoredLog } from '../event-log/event-log.js';
import type { Snapshot } from '../event-log/snapshot-store.js';
import { canonicalJson, canonicalText, type Json } from '../kernel/canonical-json.js';
import { isOver } from '../task/state.js';
import { archivedTimes } from './archived-times.js';
import { decodeSnapshot, stateSeries } from './state-snapshots.js';
import type { VersionedState } from './task-projection.js';
import { timeSeries } from './time-index.js';
import { TimeIndexCheck } from './time-index-check.js';

export interface BadSnapshot {
  readonly position: Position;
  readonly reason: string;
}

interface Found extends BadSnapshot {
  /** Of the stream that it is about; of none when undefined. */
  readonly key: string | undefined;
}

export class SnapshotCheck {
  readonly #states: ReadonlyMap<string, VersionedState>;
  readonly #snapshots: Queue;
  readonly #times: Queue;
  readonly #timeIndex: TimeIndexCheck;
  readonly #begin: Position;
  readonly #live = new Set<string>();
  /** Of each stream the text of its state when it was last compared: most have not changed since. */
  readonly #texts = new Map<string, { readonly version: number; readonly text: string }>();
  readonly #bad: Found[] = [];

  /** @param states what the events add up to so far; whoever has it changes it between the calls */
  constructor(stored: StoredLog, states: ReadonlyMap<string, VersionedState>) {
    this.#states = states;
    this.#begin = stored.base.position;
    this.#timeIndex = new TimeIndexCheck(archivedTimes(stored.base)?.latest);
    // What stands before the base counts for nothing any more.
    const behind = (series: string) =>
      Iterator.from(stored.snapshots(series)).filter(({ position }) => position > this.#begin);
    this.#snapshots = new Queue(behind(stateSeries));
    this.#times = new Queue(behind(timeSeries));
  }

  /** Before a record is folded. */
  before(record: RecordedEvent): void {
    if (record.position <= this.#begin) return;
    this.#compareUpTo(record.position - 1);
    this.#timeIndex.take(record);
  }

  /** What a record has made of a stream. */
  changed(key: string, { state }: VersionedState): void {
    if (isOver(state)) this.#live.delete(key);
    else this.#live.add(key);
  }

  /**
   * Those that are not what they have to be, once every record was taken: each once.
   *
   * @param head the log's
   * @param isKnown whether all records of the stream with this key were taken
   */
  end(head: Position, isKnown: (key: string) => boolean): readonly BadSnapshot[] {
    this.#compareUpTo(head);
    for (const queue of [this.#snapshots, this.#times]) {
      for (const { position } of queue.upTo(Number.POSITIVE_INFINITY)) this.#add(position, 'the log ends before it');
    }
    const told = new Set<Position>();
    return this.#bad.filter(({ position, key }) => {
      if (key === undefined) return true;
      if (!isKnown(key) || told.has(position)) return false;
      told.add(position);
      return true;
    });
  }

  #compareUpTo(position: Position): void {
    for (const snapshot of this.#snapshots.upTo(position)) this.#compare(snapshot);
    for (const { position: at, bytes } of this.#times.upTo(position)) {
      const wrong = this.#timeIndex.wrongAt(at, bytes);
      if (wrong) this.#add(at, wrong);
    }
  }

  #add(position: Position, reason: string, key?: string): void {
    this.#bad.push({ position, reason, key });
  }

  #compare(stored: Snapshot): void {
    const snapshot = decodeSnapshot(stored);
    if (!snapshot) {
      this.#add(stored.position, 'it cannot be read');
      return;
    }
    for (const [key, text] of snapshot.states) {
      if (!this.#isSame(key, String(text))) this.#add(stored.position, `${key} was in another state`, key);
    }
    for (const key of this.#live) {
      if (!snapshot.states.has(key)) this.#add(stored.position, `${key} is not in it`, key);
    }
  }

  #isSame(key: string, text: string): boolean {
    const versioned = this.#states.get(key);
    if (!versioned) return false;
    const known = this.#texts.get(key);
    const expected = known?.version === versioned.version ? known.text : JSON.stringify(versioned);
    if (known?.version !== versioned.version) this.#texts.set(key, { version: versioned.version, text: expected });
    // The order of members is no part of a state.
    return text === expected || canonicalText(text) === canonicalJson(versioned as unknown as Json);
  }
}

/** The oldest first, each once. */
class Queue {
  readonly #left: Iterator<Snapshot>;
  #next: Snapshot | undefined;

  constructor(snapshots: Iterable<Snapshot>) {
    this.#left = snapshots[Symbol.iterator]();
    this.#advance();
  }

  *upTo(position: Position): Generator<Snapshot> {
    for (let next = this.#next; next && next.position <= position; next = this.#next) {
      this.#advance();
      yield next;
    }
  }

  #advance(): void {
    const { done, value } = this.#left.next();
    this.#next = done ? undefined : value;
  }
}
