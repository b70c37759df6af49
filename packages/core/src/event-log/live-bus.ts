import { EventEmitter } from 'eventemitter3';
import type { Position } from './event-log.js';

interface LiveEvents {
  /** Records up to and with this position are in the log; whoever appended them. */
  appended: [head: Position];
  closed: [];
}

/** Tells the subscriptions of this process that there is something new to read. It carries no records: the log does. */
export class LiveBus {
  readonly #emitter = new EventEmitter<LiveEvents>();
  #announced: Position = 0;
  #closed = false;

  get closed(): boolean {
    return this.#closed;
  }

  /** Only what is new is announced. */
  announce(head: Position): void {
    if (head <= this.#announced) return;
    this.#announced = head;
    this.#emitter.emit('appended', head);
  }

  close(): void {
    this.#closed = true;
    this.#emitter.emit('closed');
    this.#emitter.removeAllListeners();
  }

  /** Resolves at the next announcement, or when the bus closes or the signal fires; at once if either has happened. */
  changed(signal?: AbortSignal): Promise<void> {
    if (this.#closed || signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.#emitter.off('appended', done);
        this.#emitter.off('closed', done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      this.#emitter.on('appended', done);
      this.#emitter.on('closed', done);
      signal?.addEventListener('abort', done);
    });
  }
}
