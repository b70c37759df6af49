import type { Position, RecordedEvent } from '../event-log/event-log.js';
import type { Timestamp } from '../kernel/clock.js';
import { decodeTimes, TimeSpan } from './time-index.js';

/**
 * Entries of the time index against the times of the records. What is wanted of one is that no search goes past a record
 * that it looks for: an entry may speak of more records than stand between it and the one before.
 */
export class TimeIndexCheck {
  #span = new TimeSpan();
  #latest: Timestamp | undefined;
  readonly #stretches: { readonly position: Position; readonly earliest: Timestamp }[] = [];

  /** @param latest the latest time of the records that were archived */
  constructor(latest: Timestamp | undefined) {
    this.#latest = latest;
  }

  /** Every record, in order. */
  take(record: RecordedEvent): void {
    this.#span.add(record);
    if (this.#latest === undefined || record.time > this.#latest) this.#latest = record.time;
  }

  /** What is wrong with the entry behind the record that was taken last; undefined for nothing. */
  wrongAt(position: Position, bytes: Uint8Array): string | undefined {
    const { earliest, sorted } = this.#span;
    this.#span = new TimeSpan();
    if (earliest !== undefined) this.#stretches.push({ position, earliest });
    const entry = decodeTimes(bytes);
    if (!entry) return 'its times cannot be read';
    if (entry.latest !== this.#latest) return `its latest time is ${entry.latest}`;
    if (earliest !== undefined && entry.earliest > earliest) return `its earliest time is ${entry.earliest}`;
    if (entry.sorted && !sorted) return 'its times do not only grow';
    const hidden = this.#stretches.findLast((stretch) => {
      return stretch.position <= entry.back.to || stretch.earliest < entry.back.earliest;
    });
    if (hidden && hidden.position > entry.back.to) return `an earlier time than ${entry.back.earliest} is behind it`;
    return undefined;
  }
}
