import { type FSWatcher, watch } from 'node:fs';

/** The kernel tells of the write, and the writer makes it visible right after: look again when it surely has. */
const settleMillis = 5;
/** In case the kernel dropped an event. */
const heartbeatMillis = 1_000;
/** Where files cannot be watched: too many watchers on the host, or a file system without them. */
const pollMillis = 20;

/**
 * Calls back soon after anybody has written to a file, and perhaps more often. It keeps the process alive, as a server
 * does that listens.
 */
export class FileWatch implements Disposable {
  readonly #onChange: () => void;
  readonly #heartbeat: NodeJS.Timeout;
  #watcher: FSWatcher | undefined;
  #settle: NodeJS.Timeout | undefined;

  constructor(path: string, onChange: () => void) {
    this.#onChange = onChange;
    try {
      this.#watcher = watch(path, () => this.#changed());
      this.#watcher.on('error', () => this.#watcher?.close());
    } catch {
      this.#watcher = undefined;
    }
    this.#heartbeat = setInterval(onChange, this.#watcher ? heartbeatMillis : pollMillis);
  }

  [Symbol.dispose](): void {
    this.#watcher?.close();
    clearInterval(this.#heartbeat);
    clearTimeout(this.#settle);
  }

  #changed(): void {
    this.#onChange();
    this.#settle ??= setTimeout(() => {
      this.#settle = undefined;
      this.#onChange();
    }, settleMillis);
  }
}
