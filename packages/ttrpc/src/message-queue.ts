/** What came on one stream and nobody has read yet. */
export interface Queued<T> {
  readonly message: T;
  /** Bytes on the wire. */
  readonly size: number;
}

/** Read once, by one reader. Whoever fills it is told of what is read, so that it can hold back. */
export class MessageQueue<T> implements AsyncIterable<T> {
  readonly #items: Queued<T>[] = [];
  readonly #onSize: (bytes: number) => void;
  readonly #onLeft: () => void;
  #end: { readonly error?: unknown } | undefined;
  #left = false;
  #wake: (() => void) | undefined;

  /**
   * @param onSize told of each change of what is in the queue: bytes, negative for what was read
   * @param onLeft told when the reader leaves before the end
   */
  constructor(onSize: (bytes: number) => void, onLeft: () => void) {
    this.#onSize = onSize;
    this.#onLeft = onLeft;
  }

  push(message: T, size: number): void {
    if (this.#end || this.#left) return;
    this.#items.push({ message, size });
    this.#onSize(size);
    this.#wake?.();
  }

  /** No more comes. The first end counts. */
  end(): void {
    this.#end ??= {};
    this.#wake?.();
  }

  /** What is in it is still read, and then this is thrown. */
  fail(error: unknown): void {
    this.#end ??= { error };
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    try {
      for (;;) {
        const item = this.#items.shift();
        if (item !== undefined) {
          this.#onSize(-item.size);
          yield item.message;
        } else if (this.#end) {
          if ('error' in this.#end) throw this.#end.error;
          return;
        } else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      }
    } finally {
      this.#leave();
    }
  }

  #leave(): void {
    this.#left = true;
    this.#onSize(-this.#items.reduce((sum, { size }) => sum + size, 0));
    this.#items.length = 0;
    if (!this.#end) this.#onLeft();
  }
}
