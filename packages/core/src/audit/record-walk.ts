/** The part of verification that goes from record to record. */
import type { Position, RecordedEvent, StoredLog, StoredRecord } from '../event-log/event-log.js';
import { hashesIn } from '../event-log/hashes-in.js';
import { isDamage } from '../event-log/record-codec.js';
import { archivedShreddings, type ShreddedPayload, toldShredding } from '../event-log/shredding.js';
import { timestampToNanos } from '../kernel/clock.js';
import type { Sha256 } from '../kernel/identifiers.js';
import type { LeafRun } from '../merkle/grow.js';
import { leafHashOfText } from '../merkle/hash.js';
import type { ArchiveCheck } from './archive-check.js';
import type { Findings } from './finding.js';
import { isKnownRecord } from './known-records.js';
import { Mismatches } from './mismatches.js';
import { StreamPlaces } from './stream-places.js';

/** Less than this is what the clocks of processes that append at once may differ by. */
const clockStepNanos = 1_000_000_000n;

/** More places than this are not taken away in one piece: a key beyond them is no position, but damage. */
const mostMissing = 65_536;

/** Hears of each place in the log, in order. */
export interface WalkListener {
  /** The leaf that the place has in the tree; of the record that is there now, where the tree has none. */
  leaf(hash: Sha256): void;
  record(record: RecordedEvent, stored: StoredRecord): void;
}

export interface Walked {
  /** How many places the log has, those without a record included. */
  readonly size: number;
  readonly records: number;
  /** The positions of each stream, by its key (`streamKey`); 0 for a record of it that is `unread`. */
  readonly streams: ReadonlyMap<string, readonly Position[]>;
  /** Those places that have no record, none that can be read, or another one than was appended. */
  readonly unread: ReadonlySet<Position>;
  /** Of the blobs that records refer to, the last record that does. */
  readonly blobs: ReadonlyMap<string, Position>;
  /** Of the blobs that were to be destroyed on purpose, the last record that says so, and whether it was done. */
  readonly shreds: ReadonlyMap<string, Shred>;
}

export interface Shred {
  readonly position: Position;
  readonly done: boolean;
}

/** @param notices for what is worth telling, and no fault */
export function walkRecords(
  log: StoredLog,
  archive: ArchiveCheck,
  findings: Findings,
  notices: string[],
  listener: WalkListener,
): Walked {
  const leaves = new LeafCursor(log.leaves(), findings);
  const mismatches = new Mismatches(findings);
  const places = new StreamPlaces(findings);
  const blobs = new Map<string, Position>();
  const shreds = new Map<string, Shred>();
  const unread = new Set<Position>();
  let [size, records, time] = [0, 0, ''];
  const missing = (position: Position): void => {
    const proved = leaves.take(position);
    findings.add('missing', `record ${position} is not there`, position);
    unread.add(position);
    listener.leaf(proved ?? leafHashOfText(''));
    size = position;
  };
  const look = (stored: StoredRecord, where = ''): void => {
    const { position, leafHash, decoded } = stored;
    const proved = leaves.take(position);
    const reason = 'reason' in decoded ? decoded.reason : undefined;
    const isChanged = proved !== undefined && proved !== leafHash;
    if (proved === undefined) findings.add('unproved', `record ${position} has no leaf hash in the tree`, position);
    if (isChanged) mismatches.add({ position, leafHash, proved, reason, where });
    else if (reason !== undefined) {
      findings.add('damaged', `record ${position} cannot be read: ${reason}${where}`, position);
    }
    // The tree is held against its own leaves: what was done to a record is told of the record, and not of all above it.
    listener.leaf(proved ?? leafHash);
    size = position;
    records += 1;
    // What such a record says of itself is no evidence of anything.
    if (isChanged || 'reason' in decoded) unread.add(position);
    else read(decoded, stored);
  };
  const read = (record: RecordedEvent, stored: StoredRecord): void => {
    const { position, type, schema } = record;
    if (position <= archive.end && !archive.complete) return;
    places.take(record);
    for (const sha256 of hashesIn(record.event)) blobs.set(sha256, position);
    noteShreds(stored, record, shreds, notices);
    if (!isKnownRecord(record)) {
      findings.add(
        'unknown',
        `record ${position} is an event that this version does not know: ${type}, ${schema}`,
        position,
      );
    }
    if (record.time < time && isClockStep(time, record.time)) {
      notices.push(`the clock was set back before record ${position}: from ${time} to ${record.time}`);
    }
    time = record.time;
    listener.record(record, stored);
  };
  if (!archive.complete) beginAtBase(log, places, shreds);
  for (const { position, file, stored } of archive.entries()) {
    if (stored) look(stored, `, in ${file}`);
    else if (!leaves.more()) {
      findings.add('archive', `records up to ${archive.end} are said to be archived, and the tree has ${size}`);
      break;
    } else {
      listener.leaf(leaves.take(position) ?? leafHashOfText(''));
      size = position;
    }
  }
  for (const stored of log.records()) {
    if (!(stored.position > size && stored.position <= Math.max(size, leaves.end) + mostMissing)) {
      findings.add('added', `there is an entry among the records whose key is no position: ${stored.position}`);
      continue;
    }
    while (size + 1 < stored.position) missing(size + 1);
    look(stored);
  }
  // Leaves outlive their records.
  while (leaves.more()) missing(size + 1);
  mismatches.end();
  places.end(unread.size > 0);
  return { size, records, streams: places.streams, unread, blobs, shreds };
}

/** Where archived records are not looked at: how far streams had got by then, and what had been shredded. */
function beginAtBase(log: StoredLog, places: StreamPlaces, shreds: Map<string, Shred>): void {
  for (const { stream, version, position } of log.streams()) {
    if (position <= log.base.position) places.begin(stream, version);
  }
  for (const [sha256, { position }] of archivedShreddings(log.base)) shreds.set(sha256, { position, done: true });
}

function noteShreds(stored: StoredRecord, record: RecordedEvent, shreds: Map<string, Shred>, notices: string[]): void {
  const { type, position, event } = record;
  const done = type === '/audit/shredded';
  if ((!done && type !== '/audit/shred-requested') || !Array.isArray(event.payloads)) return;
  for (const { sha256 } of event.payloads as readonly ShreddedPayload[]) shreds.set(sha256, { position, done });
  const whole = stored.whole();
  if (done && !isDamage(whole)) notices.push(`record ${position}: ${toldShredding(whole)}`);
}

function isClockStep(before: string, after: string): boolean {
  try {
    return timestampToNanos(before as never) - timestampToNanos(after as never) > clockStepNanos;
  } catch {
    return false;
  }
}

/** Leaf hashes in order of their records. */
class LeafCursor {
  readonly #runs: Iterator<LeafRun>;
  readonly #findings: Findings;
  #run: LeafRun | undefined;
  #end = 0;

  constructor(runs: Iterable<LeafRun>, findings: Findings) {
    this.#runs = runs[Symbol.iterator]();
    this.#findings = findings;
    this.#next();
  }

  /** Of the run that is at hand. */
  get end(): number {
    return this.#end;
  }

  /** Whether there are more behind those that were taken. */
  more(): boolean {
    return this.#run !== undefined;
  }

  /** Of this record; undefined where there is none. */
  take(position: Position): Sha256 | undefined {
    const run = this.#run;
    if (!run || position - 1 < run.first) return undefined;
    const hash = run.hashes[position - 1 - run.first];
    if (position === this.#end) this.#next();
    return hash;
  }

  #next(): void {
    for (;;) {
      const next = this.#runs.next();
      this.#run = next.done ? undefined : next.value;
      if (!this.#run) return;
      const { first, hashes } = this.#run;
      if (first >= this.#end && first <= this.#end + mostMissing && hashes.length > 0) {
        this.#end = first + hashes.length;
        return;
      }
      this.#findings.add('tree', `the tree has an entry of leaf hashes that is none, for record ${first + 1}`);
    }
  }
}
