/** The part of verification that goes from record to record. */
import type { LogRecord, Position, StoredLog, StoredRecord, StreamId } from '../event-log/event-log.js';
import { hashesIn } from '../event-log/hashes-in.js';
import { type ShreddedPayload, shreddingFold, toldShredding } from '../event-log/shredding.js';
import { timestampToNanos } from '../kernel/clock.js';
import type { Sha256 } from '../kernel/identifiers.js';
import type { LeafRun } from '../merkle/grow.js';
import { leafHashOfText } from '../merkle/hash.js';
import type { ArchiveCheck } from './archive-check.js';
import type { Findings } from './finding.js';
import { isKnownRecord } from './known-records.js';

/** Less than this is what the clocks of processes that append at once may differ by. */
const clockStepNanos = 1_000_000_000n;

/** More places than this are not taken away in one piece: a key beyond them is no position, but damage. */
const mostMissing = 65_536;

/** Hears of each place in the log, in order. */
export interface WalkListener {
  /** The leaf that the place has: of the record that is there now. */
  leaf(hash: Sha256): void;
  record(record: LogRecord): void;
}

export interface Walked {
  /** How many places the log has, those without a record included. */
  readonly size: number;
  readonly records: number;
  /** The positions of each stream, by its key; 0 for a record of it that is not there, or cannot be read. */
  readonly streams: ReadonlyMap<string, readonly Position[]>;
  /** Those places that have no record, or none that can be read. */
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
  const streams = new Map<string, Position[]>();
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
  const look = ({ position, leafHash, decoded }: StoredRecord, where = ''): void => {
    const proved = leaves.take(position);
    if (proved === undefined) findings.add('unproved', `record ${position} has no leaf hash in the tree`, position);
    else if (proved !== leafHash) {
      findings.add(
        'changed',
        `record ${position} is not what was appended: its bytes have another hash${where}`,
        position,
      );
    }
    listener.leaf(leafHash);
    size = position;
    records += 1;
    if ('reason' in decoded) {
      unread.add(position);
      findings.add('damaged', `record ${position} cannot be read: ${decoded.reason}${where}`, position);
      return;
    }
    if (position <= archive.end && !archive.complete) return;
    place(decoded, streams, unread.size > 0, findings);
    for (const sha256 of hashesIn(decoded.event)) blobs.set(sha256, position);
    noteShreds(decoded, shreds, notices);
    if (!isKnownRecord(decoded)) {
      const { type, schema } = decoded;
      findings.add(
        'unknown',
        `record ${position} is an event that this version does not know: ${type}, ${schema}`,
        position,
      );
    }
    if (decoded.time < time && isClockStep(time, decoded.time)) {
      notices.push(`the clock was set back before record ${position}: from ${time} to ${decoded.time}`);
    }
    time = decoded.time;
    listener.record(decoded);
  };
  if (!archive.complete) beginAtBase(log, streams, shreds);
  for (const { position, segment, stored } of archive.entries()) {
    if (stored) look(stored, `, in ${segment.file}`);
    else {
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
  return { size, records, streams, unread, blobs, shreds };
}

/** Where archived records are not looked at: how far streams had got by then, and what had been shredded. */
function beginAtBase(log: StoredLog, streams: Map<string, Position[]>, shreds: Map<string, Shred>): void {
  for (const { stream, version, position } of log.streams()) {
    if (position <= log.base.position) streams.set(streamKey(stream), new Array<Position>(version).fill(0));
  }
  for (const [sha256, bytes] of log.base.foldedEntries(shreddingFold.name)) {
    const { position } = JSON.parse(Buffer.from(bytes).toString()) as Pick<Shred, 'position'>;
    shreds.set(sha256, { position, done: true });
  }
}

export function streamKey({ namespace, task }: StreamId): string {
  return `${namespace}\0${task}`;
}

/** @param gaps whether records are missing in this log, so that a stream may have gaps */
function place(record: LogRecord, streams: Map<string, Position[]>, gaps: boolean, findings: Findings): void {
  const key = streamKey(record);
  const { position, version } = record;
  let positions = streams.get(key);
  if (!positions) {
    positions = [];
    streams.set(key, positions);
  }
  const expected = positions.length + 1;
  if (version !== expected && !(gaps && version > expected && version - expected < position)) {
    const where = `${record.namespace}/${record.task}`;
    findings.add(
      'reordered',
      `record ${position} is number ${version} of ${where}, where ${expected} belongs`,
      position,
    );
    positions.push(position);
    return;
  }
  while (positions.length + 1 < version) positions.push(0);
  positions.push(position);
}

function noteShreds(record: LogRecord, shreds: Map<string, Shred>, notices: string[]): void {
  const { type, position, event } = record;
  const done = type === '/audit/shredded';
  if ((!done && type !== '/audit/shred-requested') || !Array.isArray(event.payloads)) return;
  for (const { sha256 } of event.payloads as readonly ShreddedPayload[]) shreds.set(sha256, { position, done });
  if (done) notices.push(`record ${position}: ${toldShredding(record)}`);
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
