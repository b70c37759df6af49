import type { Position } from './event-log.js';

const maxStreams = 10_000;

/**
 * What this process knows of the log since it wrote last. LMDB numbers its write transactions one by one: if the next
 * one has the next number, nobody else has written meanwhile, and nothing needs to be looked up again.
 */
export class LastWrite {
  #nextTransaction = -1;
  #head: Position = 0;
  readonly #versions = new Map<string, number>();

  /** At the beginning of a write transaction: the head, if it is known. */
  begin(transaction: number): Position | undefined {
    const known = transaction === this.#nextTransaction;
    if (!known || this.#versions.size > maxStreams) this.#versions.clear();
    return known ? this.#head : undefined;
  }

  versionOf(stream: string): number | undefined {
    return this.#versions.get(stream);
  }

  wrote(stream: string, version: number): void {
    this.#versions.set(stream, version);
  }

  /** At its end. LMDB gives the number again if nothing was written. */
  end(transaction: number, head: Position, wrote: boolean): void {
    this.#nextTransaction = wrote ? transaction + 1 : transaction;
    this.#head = head;
  }

  /** It was not committed. */
  forget(): void {
    this.#nextTransaction = -1;
    this.#versions.clear();
  }
}
