/**
 * lmdb-js 3.5 forgets commits: whoever opens the log writes the number of the last transaction into the lock file that all
 * share, as it read it from the data file a moment before, whatever was committed since. The next writer would go on from
 * there, over the newer commit, and until then readers would not see what others have seen.
 *
 * So each writer looks at the data file as soon as it holds the write lock. Readers cannot: what stands there may be about
 * to be committed, and not on disk yet. They go by a file of ours, `shown`, with the number of the last transaction that
 * anybody was told of or has read; who finds a lower one in the lock file puts that right.
 */
import { closeSync, constants, fchownSync, fdatasyncSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { storageCodeOf } from '../kernel/storage.js';
import { readMetaPage, readU64 } from './lmdb-meta-pages.js';
import { dataFile, lockFile, shownFile } from './lmdb-schema.js';

const numberBytes = 8;
/** In the lock file: LMDB's `mtb_txnid`, 64 bits, little-endian. */
const numberAt = 8;
/** Of numbers in `shown`, each at its remainder: who is late with a lower one does not write over a higher one. */
const shownSlots = 8;

interface Files {
  readonly data: number;
  readonly lock: number;
  readonly shown: number;
  users: number;
}

/**
 * By folder. Closing the lock file drops every lock that this process has on it, LMDB's own too: so it is closed once, when
 * nobody in this process has the log open any more.
 */
const files = new Map<string, Files>();

export class LastTransaction implements Disposable {
  readonly #dir: string;
  readonly #files: Files;
  readonly #number = Buffer.alloc(numberBytes);
  readonly #slots = Buffer.alloc(shownSlots * numberBytes);

  /**
   * As soon as LMDB has opened the log in `dir`. Undefined on a read-only file system, where there need not be a lock file:
   * nobody writes there.
   */
  static of(dir: string): LastTransaction | undefined {
    try {
      return new LastTransaction(dir, files.get(dir) ?? openFiles(dir));
    } catch (error) {
      if (['EROFS', 'ENOENT'].includes(storageCodeOf(error))) return undefined;
      throw error;
    }
  }

  private constructor(dir: string, known: Files) {
    known.users += 1;
    files.set(dir, known);
    this.#dir = dir;
    this.#files = known;
    this.#begin();
  }

  /**
   * Where a transaction that has just begun stands on an old state, it is to be given up, and begun again. On what it stands else,
   * whoever wrote that may have been killed before he could say so; a refusal tells of it.
   */
  correct(transaction: number): boolean {
    const last = this.#committed();
    if (transaction > last) {
      this.#show(transaction - 1);
      return false;
    }
    this.#putBack(last);
    return true;
  }

  /** The transaction has returned; one that changed nothing has left no trace, and its number goes to the next one. */
  committed(transaction: number): void {
    const known = this.#last();
    if (known >= transaction) this.#show(known);
    else if (this.#committed() >= transaction) this.#putBack(transaction);
  }

  /**
   * Begins a reader's snapshot that has all that anybody was told of or has read until now.
   *
   * @param begin gives the snapshot up that there is, and begins another
   */
  beginReading(begin: () => void): void {
    for (;;) {
      const shown = this.#shown();
      const before = this.#last();
      begin();
      const after = this.#last();
      const seen = Math.max(before, after);
      if (seen > shown) this.#show(seen);
      if (Math.min(before, after) >= shown) return;
      // A data file that was put in the place of another one has no such transaction.
      if (this.#committed() < shown) this.#forgetShown();
      else this.#write(shown);
    }
  }

  /** Not before LMDB has closed the log. */
  [Symbol.dispose](): void {
    this.#files.users -= 1;
    if (this.#files.users > 0) return;
    files.delete(this.#dir);
    for (const file of [this.#files.data, this.#files.lock, this.#files.shown]) closeSync(file);
  }

  /** Without the write lock: what is committed meanwhile, and taken back by this, is seen by the next look. */
  #begin(): void {
    for (let last = this.#committed(); this.#last() < last; last = this.#committed()) this.#putBack(last);
  }

  /** What the data file has. It may be about to be committed by somebody, and not be on disk yet. */
  #committed(): number {
    return readMetaPage(this.#files.data)?.transaction ?? 0;
  }

  #last(): number {
    this.#number.fill(0);
    readSync(this.#files.lock, this.#number, 0, numberBytes, numberAt);
    return readU64(this.#number, 0);
  }

  /** Nobody sees it before it is on disk (L4). */
  #putBack(last: number): void {
    fdatasyncSync(this.#files.data);
    this.#write(last);
    this.#show(last);
  }

  #write(last: number): void {
    writeNumber(this.#files.lock, last, numberAt);
  }

  #shown(): number {
    this.#slots.fill(0);
    readSync(this.#files.shown, this.#slots, 0, this.#slots.length, 0);
    let last = 0;
    for (let at = 0; at < this.#slots.length; at += numberBytes) last = Math.max(last, readU64(this.#slots, at));
    return last;
  }

  #show(last: number): void {
    try {
      writeNumber(this.#files.shown, last, (last % shownSlots) * numberBytes);
    } catch {
      // On a full disk, before the file has its block. What is committed is not to be reported as failed for it.
    }
  }

  #forgetShown(): void {
    this.#slots.fill(0);
    writeSync(this.#files.shown, this.#slots, 0, this.#slots.length, 0);
  }
}

function writeNumber(file: number, value: number, at: number): void {
  const number = Buffer.alloc(numberBytes);
  number.writeBigUInt64LE(BigInt(value));
  writeSync(file, number, 0, numberBytes, at);
}

function openFiles(dir: string): Files {
  const opened: number[] = [];
  const open = (name: string, flags: number) => {
    const file = openSync(join(dir, name), flags, 0o600);
    opened.push(file);
    return file;
  };
  const { O_RDONLY, O_RDWR, O_CREAT, O_NOFOLLOW } = constants;
  try {
    const data = open(dataFile, O_RDONLY);
    // Last but one, so that what is missing is found before: closing the lock file drops LMDB's locks.
    const shown = open(shownFile, O_RDWR | O_CREAT | O_NOFOLLOW);
    const lock = open(lockFile, O_RDWR | O_NOFOLLOW);
    for (const made of [shown, lock]) giveToOwner(made, data);
    return { data, shown, lock, users: 0 };
  } catch (error) {
    for (const file of opened) closeSync(file);
    throw error;
  }
}

/** Root may look at somebody else's log, and have made what was missing: it is to be the same one's, who could not open it else. */
function giveToOwner(made: number, data: number): void {
  const { uid, gid } = fstatSync(data);
  if (process.geteuid?.() !== 0 || fstatSync(made).uid === uid) return;
  try {
    fchownSync(made, uid, gid);
  } catch {
    // Some file systems, and user namespaces, do not know him.
  }
}
