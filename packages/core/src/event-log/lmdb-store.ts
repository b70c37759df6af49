/**
 * One LMDB environment, shared by all handles that this process has on a folder: LMDB allows a process to open a file
 * only once, and a second writer in it would wait for the first one on the thread that the first one needs.
 *
 * Who owns what: the store owns the file, its write transactions (one at a time), the bus and the watcher. A handle
 * owns nothing but its place among the store's users.
 */
import { join } from 'node:path';
import { ABORT, type RootDatabase } from 'lmdb';
import { UnavailableError } from '../kernel/errors.js';
import { syncNames } from '../kernel/storage.js';
import type { Position } from './event-log.js';
import { FileWatch } from './file-watch.js';
import { LiveBus } from './live-bus.js';
import { damagedFile, unavailable } from './lmdb-errors.js';
import { prepareFiles } from './lmdb-files.js';
import { LastTransaction } from './lmdb-last-transaction.js';
import { headOf } from './lmdb-lookup.js';
import {
  dataFile,
  openEnvironment,
  openTables,
  readableVersion,
  readSchemaVersion,
  schemaVersion,
  type Tables,
} from './lmdb-schema.js';

/** How often a process that writes looks for readers that died. */
const clearMillis = 1_000;

const stores = new Map<string, LmdbStore>();

export class LmdbStore {
  readonly dir: string;
  readonly readOnly: boolean;
  readonly tables: Tables;
  readonly #root: RootDatabase;
  readonly #lastTransaction: LastTransaction | undefined;
  readonly #buses = new Set<LiveBus>();
  #users = 0;
  #watchers = 0;
  #fileWatch: FileWatch | undefined;
  #closed = false;
  #clearedAt = performance.now();
  #broken: UnavailableError | undefined;

  /** @throws NotFoundError, UnavailableError */
  static acquire(dir: string, readOnly: boolean): LmdbStore {
    const path = prepareFiles(dir, readOnly);
    let store = stores.get(keyOf(path, readOnly));
    if (!store) {
      store = new LmdbStore(path, readOnly);
      stores.set(keyOf(path, readOnly), store);
    }
    store.#users += 1;
    return store;
  }

  private constructor(dir: string, readOnly: boolean) {
    this.dir = dir;
    this.readOnly = readOnly;
    try {
      this.#root = openEnvironment(dir, readOnly);
    } catch (error) {
      throw unavailable('cannot open', dir, error);
    }
    try {
      this.#lastTransaction = LastTransaction.of(dir);
      // In one go with what it is decided by: two openings of a new log would else both make it.
      this.tables = readOnly ? this.#openTables() : this.#transaction(() => this.#openTables());
    } catch (error) {
      void this.#close();
      throw unavailable('cannot open', dir, error);
    }
  }

  /** The last user closes the file; none may use the store afterwards. */
  async release(): Promise<void> {
    this.#users -= 1;
    if (this.#users > 0) return;
    this.#closed = true;
    stores.delete(keyOf(this.dir, this.readOnly));
    this.#fileWatch?.[Symbol.dispose]();
    this.#fileWatch = undefined;
    await this.#close();
  }

  /**
   * Runs `work` inside a write transaction, and returns when that is on disk. If it throws, nothing was written.
   *
   * It is done in one go, on this thread: nobody's write lock ever waits for an event loop (docs/adr/0002).
   *
   * @throws UnavailableError if it cannot be committed
   */
  transact<T>(work: () => T): T {
    if (this.#broken) throw this.#broken;
    this.#clearReaders();
    try {
      return this.#transaction(work);
    } catch (error) {
      this.#broken = this.#examine();
      throw unavailable('cannot write to', this.dir, error);
    }
  }

  /**
   * Copies what is committed now to another folder that is there, without its free pages; others go on writing.
   *
   * @throws UnavailableError if it cannot be written
   */
  async copyTo(dir: string): Promise<void> {
    this.refresh();
    try {
      await this.#root.backup(dir, true);
      await settleCopy(dir);
    } catch (error) {
      throw unavailable('cannot copy', this.dir, error);
    }
  }

  /**
   * Runs `work`, which reads.
   *
   * @throws UnavailableError if LMDB comes to a page that is damaged: opening looks at the roots of tables only
   */
  reading<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw damagedFile(this.dir, error);
    }
  }

  /**
   * From here on reads see whatever any process has committed. (lmdb-js keeps its snapshot for a turn of the loop.)
   *
   * @throws UnavailableError if the log is closed, or damaged
   */
  refresh(): void {
    if (this.#closed) throw new UnavailableError(`the log in ${this.dir} is closed`);
    const begin = () => {
      this.#root.resetReadTxn();
      this.tables.meta.get('schema');
    };
    this.reading(() => {
      if (this.#lastTransaction) this.#lastTransaction.beginReading(begin);
      else begin();
    });
  }

  /** A handle's own: it hears of every append from here on until it closes it. */
  openBus(): LiveBus {
    const bus = new LiveBus();
    this.#buses.add(bus);
    return bus;
  }

  /** Tells every handle of this process how far the log goes now. */
  announce(head: Position): void {
    for (const bus of this.#buses) {
      if (bus.closed) this.#buses.delete(bus);
      else bus.announce(head);
    }
  }

  /** From now on, what other processes append is announced on the bus. */
  watch(): Disposable {
    this.#watchers += 1;
    this.#fileWatch ??= new FileWatch(join(this.dir, dataFile), () => this.#look());
    let watching = true;
    return {
      [Symbol.dispose]: () => {
        if (!watching) return;
        watching = false;
        this.#watchers -= 1;
        if (this.#watchers > 0) return;
        this.#fileWatch?.[Symbol.dispose]();
        this.#fileWatch = undefined;
      },
    };
  }

  /** Every write transaction, since each begins with a look at what the last one was. */
  #transaction<T>(work: () => T): T {
    for (;;) {
      let number = 0;
      const done = this.#root.transactionSync(() => {
        number = this.#root.getWriteTxnId();
        return this.#lastTransaction?.correct(number) ? ABORT : { result: work() };
      });
      if (done === ABORT) continue;
      this.#lastTransaction?.committed(number);
      return (done as { readonly result: T }).result;
    }
  }

  async #close(): Promise<void> {
    await this.#root.close();
    this.#lastTransaction?.[Symbol.dispose]();
  }

  /** LMDB refuses all work once it could not write its root page; lmdb-js would wait for it for ever. */
  #examine(): UnavailableError | undefined {
    try {
      this.refresh();
      headOf(this.tables);
      return undefined;
    } catch (cause) {
      return new UnavailableError(`the log in ${this.dir} is out of order: check the disk, then open it again`, {
        cause,
      });
    }
  }

  /**
   * What a reader saw that died while it read is kept for it, and the file grows by all that changes meanwhile: its slot is
   * freed. (lmdb-js does so on opening.)
   */
  #clearReaders(): void {
    const now = performance.now();
    if (now - this.#clearedAt < clearMillis) return;
    this.#clearedAt = now;
    this.#root.readerCheck();
  }

  #look(): void {
    if (this.#closed) return;
    this.refresh();
    this.announce(headOf(this.tables));
  }

  #openTables(): Tables {
    const stored = readSchemaVersion(this.#root);
    if (stored !== undefined && !(stored >= 1 && stored <= schemaVersion)) {
      throw new UnavailableError(
        `the log in ${this.dir} has schema version ${stored}, this program knows ${schemaVersion}: use the one that wrote it`,
        { details: { dir: this.dir, stored, known: schemaVersion } },
      );
    }
    // Before anything in it is believed to be on disk (P1). Folders above may have been made just now.
    if (stored === undefined && !this.readOnly) syncNames(this.dir);
    const tables = openTables(this.#root, !this.readOnly);
    if (stored !== undefined && this.readOnly && stored < readableVersion) {
      throw new UnavailableError(`the log in ${this.dir} must be opened for writing once, to bring it up to date`);
    }
    if (!tables || (this.readOnly && stored === undefined)) {
      throw new UnavailableError(`the log in ${this.dir} was never made to its end: open it for writing once`);
    }
    return tables;
  }
}

/**
 * LMDB's copy has one state of the file only, in the place that the next transaction may write to: were that cut short,
 * nothing would be left. Two transactions that change nothing make it as safe as any other.
 */
async function settleCopy(dir: string): Promise<void> {
  const copy = openEnvironment(dir, false);
  try {
    const meta = openTables(copy, false)?.meta;
    const schema = meta?.get('schema');
    if (meta === undefined || schema === undefined) throw new Error('the copy is no log');
    for (let times = 0; times < 2; times += 1) copy.transactionSync(() => meta.putSync('schema', schema));
  } finally {
    await copy.close();
  }
}

function keyOf(dir: string, readOnly: boolean): string {
  return `${readOnly ? 'read' : 'write'}:${dir}`;
}
