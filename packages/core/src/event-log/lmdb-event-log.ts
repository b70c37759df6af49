import { randomUUID } from 'node:crypto';
import { type Clock, SystemClock } from '../kernel/clock.js';
import { UnavailableError } from '../kernel/errors.js';
import type { Sha256 } from '../kernel/identifiers.js';
import type { StoredHashes } from '../merkle/tree.js';
import { checkStream } from './append-plan.js';
import type { CursorStore } from './cursor-store.js';
import { decodeEvent } from './event-codec.js';
import type {
  Append,
  Appended,
  EventLog,
  LogRecord,
  Place,
  Position,
  ReadOptions,
  ReadStreamOptions,
  RecordedEvent,
  StoredCheckpoint,
  StoredLog,
  StreamId,
  SubscribeOptions,
} from './event-log.js';
import type { LiveBus } from './live-bus.js';
import { LmdbAppender } from './lmdb-appender.js';
import { lmdbBase } from './lmdb-base.js';
import { LmdbCursors } from './lmdb-cursors.js';
import { headOf, placeOf, versionOf } from './lmdb-lookup.js';
import { archivedPayload } from './lmdb-payloads.js';
import { rebuildStale, staleProjections } from './lmdb-projections.js';
import { beginOf, readChunk, readProjected, readRange, readStream } from './lmdb-reader.js';
import { lastKey, projectionKey, readableVersion, schemaVersion, type Tables } from './lmdb-schema.js';
import { destroyPayloads, NotDestroyed } from './lmdb-shred.js';
import { LmdbSnapshots } from './lmdb-snapshots.js';
import { LmdbStore } from './lmdb-store.js';
import { storedLog } from './lmdb-stored-log.js';
import { catchUp, storedHashes } from './lmdb-tree.js';
import type { LogBase } from './log-base.js';
import type { Projection } from './projection.js';
import { decodeRecord } from './record-codec.js';
import { checkedBlob } from './shredding.js';
import type { SnapshotStore } from './snapshot-store.js';
import { checkProjections } from './staged-projections.js';
import { type Followed, follow } from './subscription.js';

export interface LmdbEventLogOptions {
  readonly projections?: readonly Projection[];
  /** Says when the log was made. */
  readonly clock?: Clock;
  /** Nothing is written, also not to make a projection anew; the log must be there. */
  readonly readOnly?: boolean;
}

/**
 * The log on LMDB (lmdb-schema.ts says what stands where). Any number of processes may have it open (P6).
 *
 * A commit is on disk before anybody sees it (L4).
 */
export class LmdbEventLog implements EventLog {
  readonly origin: string;
  readonly snapshots: SnapshotStore;
  readonly cursors: CursorStore;
  readonly #store: LmdbStore;
  readonly #bus: LiveBus;
  readonly #appender: LmdbAppender;
  #closing: Promise<void> | undefined;

  /**
   * Makes the folder (0700) and the log (0600) where there is none, and makes anew those projections whose stored
   * version is another.
   *
   * @throws NotFoundError if it is to be read only, and there is none
   * @throws UnavailableError if the folder cannot be used, or a newer program has written the log
   * @throws ProjectionError if a projection cannot be made anew
   */
  static async open(dir: string, options: LmdbEventLogOptions = {}): Promise<LmdbEventLog> {
    const { projections = [], clock = new SystemClock(), readOnly = false } = options;
    checkProjections(projections);
    const store = LmdbStore.acquire(dir, readOnly);
    try {
      prepare(store, projections, clock);
      return new LmdbEventLog(store, projections);
    } catch (error) {
      await store.release();
      throw error;
    }
  }

  private constructor(store: LmdbStore, projections: readonly Projection[]) {
    this.origin = store.tables.meta.get('origin') ?? '';
    this.#store = store;
    this.#bus = store.openBus();
    this.snapshots = new LmdbSnapshots(store);
    this.cursors = new LmdbCursors(store);
    this.#appender = new LmdbAppender(store, projections);
  }

  async append(append: Append): Promise<Appended> {
    this.#assertOpen();
    this.#assertWritable();
    const { shred = [] } = append;
    if (shred.length === 0) return this.#appender.append(append);
    for (;;) {
      const destroyed = await destroyPayloads(this.#store, shred);
      try {
        return await this.#appender.append(append, destroyed);
      } catch (error) {
        if (!(error instanceof NotDestroyed)) throw error;
      }
    }
  }

  head(): Position {
    return this.#reading(headOf);
  }

  get tree(): StoredHashes {
    return storedHashes(this.#opened());
  }

  get base(): LogBase {
    this.#opened();
    return lmdbBase(this.#store);
  }

  version(stream: StreamId): number {
    checkStream(stream);
    return this.#reading((tables) => versionOf(tables, stream));
  }

  placeOf(stream: StreamId, until: Position): Place {
    checkStream(stream);
    return this.#reading((tables) => placeOf(tables, stream, until));
  }

  read({ after = 0, until = this.head(), onDamage }: ReadOptions = {}): Iterable<LogRecord> {
    this.#assertOpen();
    return readRange(this.#store, after, until, onDamage, decodeRecord);
  }

  events({ after = 0, until = this.head(), onDamage }: ReadOptions = {}): Iterable<RecordedEvent> {
    this.#assertOpen();
    return readRange(this.#store, after, until, onDamage, decodeEvent);
  }

  readStream(stream: StreamId, { afterVersion = 0, onDamage }: ReadStreamOptions = {}): Iterable<LogRecord> {
    checkStream(stream);
    this.#assertOpen();
    return readStream(this.#store, stream, afterVersion, onDamage);
  }

  /** While somebody waits for the next record, the process stays alive: close the log, or use a signal. */
  subscribe(options: SubscribeOptions = {}): AsyncIterable<LogRecord> {
    this.#assertOpen();
    const followed: Followed = {
      bus: this.#bus,
      beginOf: (after) => beginOf(this.#store, after),
      readChunk: (after, onDamage) =>
        this.#store.reading(() => readChunk(this.#store, after, lastKey - 1, onDamage, decodeRecord)),
      watch: () => this.#store.watch(),
    };
    return follow(followed, options);
  }

  storedBytes(position: Position): Uint8Array | undefined {
    return this.#reading(({ log }) => log.getBinary(position));
  }

  stored(): StoredLog {
    this.#opened();
    return storedLog(this.#store, this.origin);
  }

  copyTo(dir: string): Promise<void> {
    this.#opened();
    return this.#store.copyTo(dir);
  }

  async keepCheckpoint({ size, note }: StoredCheckpoint, key: string): Promise<void> {
    const { checkpoints, meta } = this.#opened();
    this.#assertWritable();
    this.#store.transact(() => {
      checkpoints.putSync(size, note);
      const keys = (meta.get('keys') ?? '').split('\n').filter((known) => known !== '' && known !== key);
      meta.putSync('keys', [...keys, key].join('\n'));
    });
  }

  blob(sha256: Sha256): Uint8Array {
    const key = Buffer.from(sha256, 'hex');
    const bytes = this.#reading(({ blobs }) =>
      key.length > 0 ? (blobs.get(key) ?? archivedPayload(this.#store, sha256)) : undefined,
    );
    return checkedBlob(sha256, bytes, this);
  }

  projected(projection: string, key: string): Uint8Array | undefined {
    return this.#reading(({ projections }) => projections.get(projectionKey(projection, key)));
  }

  projectedEntries(projection: string, prefix = ''): Iterable<readonly [key: string, value: Uint8Array]> {
    this.#assertOpen();
    return readProjected(this.#store, projection, prefix);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async #close(): Promise<void> {
    this.#bus.close();
    await this.#appender.idle();
    await this.#store.release();
  }

  #assertWritable(): void {
    if (this.#store.readOnly) throw new UnavailableError(`the log in ${this.#store.dir} was opened for reading only`);
  }

  #reading<T>(work: (tables: Tables) => T): T {
    const tables = this.#opened();
    return this.#store.reading(() => work(tables));
  }

  #assertOpen(): void {
    if (this.#bus.closed) throw new UnavailableError(`the log in ${this.#store.dir} is closed`);
  }

  /** The tables, as of now. What reads by chunks takes them so by itself. */
  #opened(): Tables {
    this.#assertOpen();
    this.#store.refresh();
    return this.#store.tables;
  }
}

/** Makes the log's own entries, and what projections lack; a log that has both is not written to. */
function prepare(store: LmdbStore, projections: readonly Projection[], clock: Clock): void {
  const { meta } = store.tables;
  store.refresh();
  const wanted = store.readOnly ? readableVersion : schemaVersion;
  const lifted = meta.get('origin') !== undefined && Number(meta.get('schema')) >= wanted;
  if (lifted && staleProjections(store, projections).length === 0) return;
  if (store.readOnly) {
    throw new UnavailableError(`the log in ${store.dir} must be opened for writing once, to bring it up to date`);
  }
  store.transact(() => {
    if (meta.get('origin') === undefined) {
      meta.putSync('origin', randomUUID());
      meta.putSync('created', clock.now());
    }
    lift(store);
    rebuildStale(store, projections);
  });
}

/**
 * Schema 1 had no tree: it is made from the records, whose bytes stay as they are. Schema 2 had all of its records: who
 * knows no other would take those that were moved away for lost.
 */
function lift({ tables }: LmdbStore): void {
  catchUp(tables);
  tables.meta.putSync('schema', String(schemaVersion));
}
