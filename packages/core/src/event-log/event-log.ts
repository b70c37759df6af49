/**
 * The port of the log. Two things implement it, and pass one suite (@shiplog/conformance): `LmdbEventLog`, and
 * `MemoryEventLog` for tests.
 *
 * Invariants:
 *  L1  Positions are 1, 2, 3, ... without a gap, given inside the write transaction: a reader never skips one.
 *  L2  A stream's versions are 1, 2, 3, ... ; the expected version is checked inside the write transaction (P6).
 *  L3  An append is whole or not at all: records, blobs and projections are one transaction (P5).
 *  L4  An append resolves when all of it, and all before it, is on disk (P1).
 *  L5  Stored bytes never change (P9), and the tree's hashes of them are in the transaction of the record. A record that cannot be decoded is reported and stepped around (P8).
 */
import type { Timestamp } from '../kernel/clock.js';
import type { Sha256 } from '../kernel/identifiers.js';
import type { LeafRun, TreeNode } from '../merkle/grow.js';
import type { StoredHashes } from '../merkle/tree.js';
import type { CursorStore } from './cursor-store.js';
import type { Cut, LogBase } from './log-base.js';
import type { Position } from './position.js';
import type { Snapshot, SnapshotStore } from './snapshot-store.js';

export type { Position };

/** A stream is a task's name in its namespace. The system's own events have the stream `{namespace: '', task: ''}`. */
export interface StreamId {
  readonly namespace: string;
  readonly task: string;
}

/** Who asked (P3). */
export interface Actor {
  readonly uid: number;
  readonly gid: number;
  readonly pid: number;
  /** The user who logged in, whatever sudo made of it since; null where the kernel knows none. */
  readonly loginUid: number | null;
  /** In words, without arguments: `shiplog run web`. */
  readonly command: string;
  /**
   * The command line, in which values that may be secret are masked, and the container's own command is left out. Absent
   * where `causation` names a record of the same call, which has it, and in records of older versions.
   */
  readonly argv?: readonly string[];
  /** What the embedding program says of its user; empty for nothing. */
  readonly user: string;
  /** What it says of the reason: a ticket, a change request. Absent for nothing. */
  readonly ticket?: string;
  readonly requestId: string;
}

export interface NewRecord {
  readonly type: string;
  /** The version of the event's shape. */
  readonly schema: number;
  readonly time: Timestamp;
  readonly actor: Actor;
  /** The runtime's ID; empty where there is none. */
  readonly runtime: string;
  /** The version of the runtime's plugin; empty where there is none. */
  readonly runtimeVersion: string;
  /** SHA-256 of what that plugin was configured with, as canonical JSON. Absent where it takes no configuration. */
  readonly runtimeConfig?: string;
  /** Ties together all records of one request. */
  readonly correlationId: string;
  /** The position of the record that led to this one; 0 for none. */
  readonly causation: Position;
  /** Flat JSON. */
  readonly event: Readonly<Record<string, unknown>>;
}

export interface LogRecord extends NewRecord {
  readonly position: Position;
  readonly namespace: string;
  readonly task: string;
  /** The record's number in its stream, from 1. */
  readonly version: number;
}

/** What a record says happened, to what, and when: as much as a fold needs. */
export type RecordedEvent = Pick<
  LogRecord,
  'position' | 'namespace' | 'task' | 'version' | 'type' | 'schema' | 'time' | 'event'
>;

/** The version that the stream must have (0: no record yet), or `any`. */
export type ExpectedVersion = number | 'any';

/** Where a record of a stream stands; both are 0 where there is none. */
export interface Place {
  readonly version: number;
  readonly position: Position;
}

export interface Append {
  readonly stream: StreamId;
  readonly expectedVersion: ExpectedVersion;
  readonly records: readonly NewRecord[];
  /** Stored under their SHA-256 in the same transaction. */
  readonly blobs?: readonly Uint8Array[];
  /**
   * Blobs that are destroyed: their bytes are overwritten wherever the log has them, and what is left is removed in the
   * same transaction. Those that are not there are passed over.
   */
  readonly shred?: readonly Sha256[];
  /** Records that leave the log in the same transaction, and are in a file by then. */
  readonly cut?: Cut;
}

export interface Appended {
  /** The records as they are now in the log. */
  readonly records: readonly LogRecord[];
  /** Of the stored bytes of each: what it is in the log's Merkle tree, as leaf `position - 1`. */
  readonly leafHashes: readonly Sha256[];
  /** The stream's version after it. */
  readonly version: number;
}

/** A record that is there but cannot be read. */
export interface Damage {
  readonly position: Position;
  readonly reason: string;
}

export interface ReadOptions {
  /** Start behind this position; 0 for the beginning. */
  readonly after?: Position;
  /** Up to and with this position; the head at the time of the call when absent. */
  readonly until?: Position;
  /** Told of each record that had to be stepped around. */
  readonly onDamage?: (damage: Damage) => void;
}

export interface ReadStreamOptions {
  /** Start behind this version; 0 for the beginning. */
  readonly afterVersion?: number;
  readonly onDamage?: (damage: Damage) => void;
}

export interface SubscribeOptions {
  readonly after?: Position;
  /** Only these streams' or types' records; all when absent. */
  readonly filter?: (record: LogRecord) => boolean;
  /** Ends the subscription. */
  readonly signal?: AbortSignal;
  readonly onDamage?: (damage: Damage) => void;
}

export interface StoredRecord {
  readonly position: Position;
  /** Of its bytes, as they are now. */
  readonly leafHash: Sha256;
  readonly decoded: RecordedEvent | Damage;
  /** All of it, where what happened is not enough. */
  whole(): LogRecord | Damage;
}

export interface StreamEntry {
  readonly stream: StreamId;
  readonly version: number;
  readonly position: Position;
}

/** A signed note on the tree of the first `size` records (C2SP tlog-checkpoint). */
export interface StoredCheckpoint {
  readonly size: number;
  readonly note: string;
}

/**
 * What a log has stored, as it is stored: for those who check it. All of it is of one moment, as long as whoever reads
 * neither waits nor calls the log in between. Each table comes in the order of its keys, and whatever stands there is
 * given, sense or not.
 */
export interface StoredLog {
  readonly origin: string;
  readonly base: LogBase;
  records(): Iterable<StoredRecord>;
  streams(): Iterable<StreamEntry>;
  leaves(): Iterable<LeafRun>;
  nodes(): Iterable<TreeNode>;
  checkpoints(): Iterable<StoredCheckpoint>;
  /** The verifier keys of those who signed them. */
  keys(): readonly string[];
  blobs(): Iterable<readonly [sha256: string, bytes: Uint8Array]>;
  /** Of the projection whose entries are up to date; undefined where there is none. */
  projectionVersion(projection: string): number | undefined;
  projected(projection: string): Iterable<readonly [key: string, value: Uint8Array]>;
  /** Of one series, the oldest first. */
  snapshots(series: string): Iterable<Snapshot>;
}

export interface EventLog extends AsyncDisposable {
  /** Made when the log was: names this log among all logs. */
  readonly origin: string;
  /** What was made from the log beside it, and can be made anew from it. */
  readonly snapshots: SnapshotStore;
  /** How far named subscriptions have got (named-subscription.ts). */
  readonly cursors: CursorStore;
  /** Where the log begins: what is before it was moved to archives, and nobody who reads is given it. */
  readonly base: LogBase;

  /**
   * @throws ExpectedVersionError if the stream has another version.
   * @throws FailedPreconditionError if records are to leave that are not the oldest, or that a subscription lacks
   * @throws UnavailableError if it cannot be written (a full or a read-only disk); nothing was.
   */
  append(append: Append): Promise<Appended>;

  /** The position of the last record; 0 for an empty log. Sees what other processes have committed. */
  head(): Position;

  /** The version of a stream; 0 if it has no record. */
  version(stream: StreamId): number;

  /** The Merkle tree over the stored bytes of all records (RFC 6962). */
  readonly tree: StoredHashes;

  /** The last record of a stream up to and with a position from the base on: found without reading any. */
  placeOf(stream: StreamId, until: Position): Place;

  /** In order of position. */
  read(options?: ReadOptions): Iterable<LogRecord>;

  /** What `read` gives, without who asked and by which plugin: in half the time. */
  events(options?: ReadOptions): Iterable<RecordedEvent>;

  /** In order of version. */
  readStream(stream: StreamId, options?: ReadStreamOptions): Iterable<LogRecord>;

  /**
   * Everything behind `after`, then whatever comes, from any process: no gap, no double. Ends, without an error, when
   * the signal fires or the log is closed.
   */
  subscribe(options?: SubscribeOptions): AsyncIterable<LogRecord>;

  /** The bytes of a record as they are stored, whatever they are: the evidence (P9). Undefined where nothing is. */
  storedBytes(position: Position): Uint8Array | undefined;

  /** Everything as it is stored, for those who check it. */
  stored(): StoredLog;

  /**
   * Copies all of it, as it is at one moment, to a folder: a log that can be opened there. Others go on appending.
   *
   * @throws UnavailableError if it cannot be written
   */
  copyTo(dir: string): Promise<void>;

  /**
   * Keeps a signed note on the tree, in place of the one of the same size, and its signer's verifier key.
   *
   * @throws UnavailableError if it cannot be written
   */
  keepCheckpoint(checkpoint: StoredCheckpoint, key: string): Promise<void>;

  /**
   * @throws NotFoundError
   * @throws PayloadShreddedError if it was destroyed on purpose
   * @throws UnavailableError if its bytes are not those of the hash
   */
  blob(sha256: Sha256): Uint8Array;

  /** What a projection holds under a key. */
  projected(projection: string, key: string): Uint8Array | undefined;

  /** Everything that a projection holds under keys that begin so, in the order of keys. */
  projectedEntries(projection: string, prefix?: string): Iterable<readonly [key: string, value: Uint8Array]>;
}
