/**
 * From times to positions. Times are what clocks said, and a clock may be set back: then a later position has an earlier
 * time. So nothing here takes it for granted that times only grow. The log is cut into stretches, and the series has an
 * entry at the end of each:
 *
 *     {"earliest":TIME,"latest":TIME,"sorted":true,"index":12,"back":{"to":8192,"earliest":TIME}}
 *
 * `earliest` is in the stretch, `latest` in the whole log up to its end. `back` says the same of several stretches: of the
 * lowest set bit of `index`, this one included. So a walk from the end passes over what is too late in few steps, and
 * an entry that is written never changes.
 */
import type { EventLog, Position, RecordedEvent } from '../event-log/event-log.js';
import type { Timestamp } from '../kernel/clock.js';
import { archivedTimes } from './archived-times.js';

export const timeSeries = 'times';

export interface TimeEntry {
  /** Of the record with the earliest time in the stretch. */
  readonly earliest: Timestamp;
  /** The latest time of any record up to the stretch's end. */
  readonly latest: Timestamp;
  /** Each record's time is no earlier than that of the one before, and none is missing. */
  readonly sorted: boolean;
  /** 1 for the first one. */
  readonly index: number;
  readonly back: { readonly to: Position; readonly earliest: Timestamp };
}

/** An entry, or undefined for one that cannot be read, and where it stands. */
interface Stretch {
  readonly position: Position;
  readonly entry: TimeEntry | undefined;
}

/** Undefined for bytes that are no entry; they were damaged. */
export function decodeTimes(bytes: Uint8Array): TimeEntry | undefined {
  try {
    const entry = JSON.parse(Buffer.from(bytes).toString()) as TimeEntry;
    return typeof entry.earliest === 'string' && typeof entry.back.earliest === 'string' ? entry : undefined;
  } catch {
    return undefined;
  }
}

/** The last one that ends at a position or before it. */
function lastStretch(log: EventLog, until: Position): Stretch {
  for (const { position, bytes } of log.snapshots.newestFirst(timeSeries, until)) {
    if (position <= log.base.position) break;
    return { position, entry: decodeTimes(bytes) };
  }
  return { position: 0, entry: undefined };
}

/** Makes the entries of one stretch after another. */
export class TimeIndexBuilder {
  #latest: Timestamp | undefined;
  /** What the next entry may have to sum up: of each the range of its `back`, the newest last. */
  readonly #open: { index: number; position: Position; earliest: Timestamp }[] = [];
  /** Nothing is summed up beyond it. */
  #bottom: Position = 0;

  /** @param after where the first stretch begins */
  constructor(log: EventLog, after: Position) {
    const archived = archivedTimes(log.base)?.latest;
    for (let at = lastStretch(log, after); at.position > 0; ) {
      const { position, entry } = at;
      this.#latest ??= entry?.latest;
      if (!entry) {
        this.#latest ??= archived;
        this.#open.length = 0;
        this.#bottom = after;
        return;
      }
      this.#open.unshift({ index: entry.index, position, earliest: entry.back.earliest });
      at = lastStretch(log, entry.back.to);
    }
    this.#latest ??= archived;
  }

  /** The entry as it is stored; undefined for a stretch without a record. */
  add(end: Position, { earliest, latest, sorted }: TimeSpan): Uint8Array | undefined {
    if (earliest === undefined || latest === undefined) return undefined;
    if (this.#latest === undefined || latest > this.#latest) this.#latest = latest;
    const index = (this.#open.at(-1)?.index ?? 0) + 1;
    const beyond = index - (index & -index);
    let all = earliest;
    for (let top = this.#open.at(-1); top && top.index > beyond; top = this.#open.at(-1)) {
      if (top.earliest < all) all = top.earliest;
      this.#open.pop();
    }
    const to = this.#open.at(-1)?.position ?? this.#bottom;
    this.#open.push({ index, position: end, earliest: all });
    const entry: TimeEntry = { earliest, latest: this.#latest, sorted, index, back: { to, earliest: all } };
    return Buffer.from(JSON.stringify(entry));
  }
}

/** What is to be known of the times of some records. */
export class TimeSpan {
  earliest: Timestamp | undefined;
  latest: Timestamp | undefined;
  sorted = true;
  #last: RecordedEvent | undefined;

  add(record: RecordedEvent): void {
    const { time, position } = record;
    if (this.earliest === undefined || time < this.earliest) this.earliest = time;
    if (this.latest === undefined || time > this.latest) this.latest = time;
    if (this.#last) this.sorted &&= position === this.#last.position + 1 && time >= this.#last.time;
    this.#last = record;
  }
}

export interface Moment {
  /** Of the last record, in the order of the log, whose time is not later than the one asked for. */
  readonly position: Position;
  /** The latest time of a record up to there: later than the one asked for where the clock was set back. */
  readonly latest: Timestamp;
}

/** Undefined where all records are of a later time; of those that were archived, the last one counts alone. */
export function momentOf(log: EventLog, time: Timestamp): Moment | undefined {
  // Of what is behind the last stretch nothing is known.
  let stretch: Stretch = { position: log.head(), entry: undefined };
  let before = lastStretch(log, stretch.position);
  for (;;) {
    const found = lastIn(log, before, stretch, time);
    if (found) return found;
    if (before.position === 0) break;
    stretch = before;
    // Everything is too late that it sums up.
    for (let { entry } = stretch; entry && entry.back.earliest > time; { entry } = stretch) {
      stretch = lastStretch(log, entry.back.to);
      if (stretch.position === 0) break;
    }
    if (stretch.position === 0) break;
    before = lastStretch(log, stretch.position - 1);
  }
  const archived = archivedTimes(log.base);
  return archived && archived.last <= time ? { position: log.base.position, latest: archived.latest } : undefined;
}

function lastIn(log: EventLog, before: Stretch, { position: until, entry }: Stretch, time: Timestamp) {
  if (entry && entry.earliest > time) return undefined;
  const begin = Math.max(before.position, log.base.position);
  const after = entry?.sorted ? bisect(log, begin, until, time) : begin;
  let latest = before.entry?.latest ?? archivedTimes(log.base)?.latest;
  let found: Moment | undefined;
  for (const record of log.events({ after, until })) {
    if (latest === undefined || record.time > latest) latest = record.time;
    if (record.time <= time) found = { position: record.position, latest };
    else if (entry?.sorted) break;
  }
  return found;
}

const fewRecords = 8;

/** Behind which position to look, where times only grow: no more than a few records before the one that is wanted. */
function bisect(log: EventLog, after: Position, until: Position, time: Timestamp): Position {
  let [low, high] = [after, until];
  while (high - low > fewRecords) {
    const middle = Math.floor((low + high) / 2);
    const [record] = log.events({ after: middle - 1, until: middle });
    if (record && record.time <= time) low = middle - 1;
    else high = middle;
  }
  return low;
}
