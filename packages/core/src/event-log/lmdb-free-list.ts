/**
 * The pages of `data.mdb` that the next append may write over, as lmdb-js's LMDB lists them: 64 bits each, little-endian. First
 * how many follow; then a page, or how many pages stand together, as a negative number, and the first of them. 0 is a gap.
 */
const entryBytes = 8;
/** Before them there are the two pages that every file begins with. */
const firstPage = 2n;

export class FreeList {
  readonly #lastPage: bigint;
  readonly #blocks: (readonly [first: bigint, count: bigint])[] = [];
  #isWhole = true;

  constructor(lastPage: number) {
    this.#lastPage = BigInt(lastPage);
  }

  /** What one transaction has freed. */
  add(bytes: Buffer): void {
    const count = bytes.length < entryBytes ? -1n : bytes.readBigInt64LE(0);
    if (count < 0n || (count + 1n) * BigInt(entryBytes) > BigInt(bytes.length)) {
      this.#isWhole = false;
      return;
    }
    let together = 1n;
    for (let index = 1; index <= Number(count); index += 1) {
      const entry = bytes.readBigInt64LE(index * entryBytes);
      if (entry < 0n) together = -entry;
      else if (entry > 0n) {
        this.#blocks.push([entry, together]);
        together = 1n;
      }
    }
  }

  has(page: number): boolean {
    return this.#blocks.some(([first, count]) => first <= page && page < first + count);
  }

  /** What is wrong with it; undefined where nothing is. */
  wrong(isUsed: (page: number) => boolean): string | undefined {
    if (!this.#isWhole) return 'a list of them is cut short';
    for (const [first, count] of this.#blocks) {
      if (first < firstPage || first + count - 1n > this.#lastPage) return `page ${first} is none of the file`;
      for (let page = Number(first); page < Number(first + count); page += 1) {
        if (isUsed(page)) return `page ${page} is in use`;
      }
    }
    return undefined;
  }
}
