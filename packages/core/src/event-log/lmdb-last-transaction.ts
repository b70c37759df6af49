/**
 * lmdb-js 3.5 forgets commits: whoever opens the log writes the number of the last transaction into the lock file that all
 * share, as it read it from the data file a moment before, whatever was committed since. The next writer would go on from
 * there, over the newer commit. So each looks, as soon as it holds the write lock, what the data file says, and puts it right.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { readMetaPage } from './lmdb-meta-pages.js';
import { dataFile, lockFile } from './lmdb-schema.js';

/** In the lock file: LMDB's `mtb_txnid`, 64 bits, little-endian. */
const numberAt = 8;

export class LastTransaction implements Disposable {
  readonly #data: number;
  readonly #lock: number;

  constructor(dir: string) {
    this.#data = openSync(join(dir, dataFile), 'r');
    this.#lock = openSync(join(dir, lockFile), 'r+');
  }

  /** Where a transaction that has just begun stands on an old state, it is to be given up, and begun again. */
  correct(transaction: number): boolean {
    const last = readMetaPage(this.#data)?.transaction ?? 0;
    if (transaction > last) return false;
    const number = Buffer.alloc(8);
    number.writeBigUInt64LE(BigInt(last));
    writeSync(this.#lock, number, 0, number.length, numberAt);
    return true;
  }

  /** Not before LMDB has closed the files: closing the lock file drops this process's locks on it. */
  [Symbol.dispose](): void {
    closeSync(this.#data);
    closeSync(this.#lock);
  }
}
