/** Wakes whoever waits for something to happen to a task: one listener serves all who wait in this process. */
import type { EventLog, StreamId } from '../event-log/event-log.js';
import { abortError } from '../kernel/call-context.js';
import { CancelledError } from '../kernel/errors.js';
import { taskKey } from '../projections/task-projection.js';
import type { LiveEvents } from './live-events.js';

export class StreamChanges implements Disposable {
  readonly #log: EventLog;
  readonly #live: LiveEvents;
  readonly #ended = new AbortController();
  readonly #waiting = new Map<string, Set<() => void>>();
  #listening: readonly Disposable[] = [];

  constructor(log: EventLog, live: LiveEvents) {
    this.#log = log;
    this.#live = live;
  }

  /**
   * Resolves when the stream has got beyond the version.
   *
   * @throws CancelledError or DeadlineExceededError when the signal fires first
   */
  async beyond(stream: StreamId, version: number, what: string, signal?: AbortSignal): Promise<void> {
    const end = signal ? AbortSignal.any([signal, this.#ended.signal]) : this.#ended.signal;
    const key = taskKey(stream);
    this.#listen();
    while (this.#log.version(stream) <= version) {
      if (end.aborted) throw this.#abortError(signal, what);
      await this.#next(key, stream, version, end);
    }
  }

  #next(key: string, stream: StreamId, version: number, end: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(key) ?? new Set();
      const wake = () => {
        waiting.delete(wake);
        if (waiting.size === 0 && this.#waiting.get(key) === waiting) this.#waiting.delete(key);
        end.removeEventListener('abort', wake);
        resolve();
      };
      waiting.add(wake);
      this.#waiting.set(key, waiting);
      end.addEventListener('abort', wake);
      // What came between the caller's look and this registration woke nobody.
      if (end.aborted || this.#log.version(stream) > version) wake();
    });
  }

  #abortError(signal: AbortSignal | undefined, what: string) {
    return signal?.aborted ? abortError(signal, what) : new CancelledError(`Shiplog was closed before ${what}`);
  }

  #listen(): void {
    if (this.#listening.length > 0) return;
    this.#listening = [
      this.#live.on('record', (record) => wakeAll(this.#waiting.get(taskKey(record)))),
      // It may be of any stream, so all look again.
      this.#live.on('damage', () => {
        for (const waiting of [...this.#waiting.values()]) wakeAll(waiting);
      }),
    ];
  }

  [Symbol.dispose](): void {
    this.#ended.abort();
    for (const listener of this.#listening) listener[Symbol.dispose]();
  }
}

function wakeAll(waiting: ReadonlySet<() => void> | undefined): void {
  for (const wake of [...(waiting ?? [])]) wake();
}
