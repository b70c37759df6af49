/**
 * lmdb-js 3.5 forgets commits: whoever opens the log writes the number of the last transaction into the lock file that all
 * share, as it read it from the data file a moment before, whatever was committed since. The next writer would go on from
 * there, over the newer commit, and until then readers would not see it. So who opens looks at once what the data file says,
 * and puts the number right; and each writer looks again as soon as it holds the write lock.
 */
import { closeSync, fdatasyncSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { storageCodeOf } from '../kernel/storage.js';
import { readMetaPage, readU64 } from './lmdb-meta-pages.js';
import { dataFile, lockFile } from './lmdb-schema.js';

/** In the lock file: LMDB's `mtb_txnid`, 64 bits, little-endian. */
const numberAt = 8;

interface Files {
  readonly data: number;
  readonly lock: number;
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
    this.#mend();
  }

  /** Where a transaction that has just begun stands on an old state, it is to be given up, and begun again. */
  correct(transaction: number): boolean {
    const last = this.#committed();
    if (transaction > last) return false;
    this.#write(last);
    return true;
  }

  /** Not before LMDB has closed the log. */
  [Symbol.dispose](): void {
    this.#files.users -= 1;
    if (this.#files.users > 0) return;
    files.delete(this.#dir);
    closeSync(this.#files.data);
    closeSync(this.#files.lock);
  }

  /** Without the write lock: what is committed meanwhile, and taken back by this, is seen by the next look. */
  #mend(): void {
    for (let last = this.#committed(); this.#number() < last; last = this.#committed()) this.#write(last);
  }

  #committed(): number {
    return readMetaPage(this.#files.data)?.transaction ?? 0;
  }

  #number(): number {
    const number = Buffer.alloc(8);
    readSync(this.#files.lock, number, 0, number.length, numberAt);
    return readU64(number, 0);
  }

  /** What was read of the data file may be in memory only, and whoever sees the number believes it to be on disk (P1). */
  #write(last: number): void {
    fdatasyncSync(this.#files.data);
    const number = Buffer.alloc(8);
    number.writeBigUInt64LE(BigInt(last));
    writeSync(this.#files.lock, number, 0, number.length, numberAt);
  }
}

function openFiles(dir: string): Files {
  const data = openSync(join(dir, dataFile), 'r');
  try {
    return { data, lock: openSync(join(dir, lockFile), 'r+'), users: 0 };
  } catch (error) {
    closeSync(data);
    throw error;
  }
}
