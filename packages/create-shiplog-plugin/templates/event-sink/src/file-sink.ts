import { open } from 'node:fs/promises';
import type { Delivery, EventSink, LogRecord } from '@shiplog/core/plugin';

const newline = 10;

export class FileSink implements EventSink {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** A record may come twice: whoever reads the file knows it by its position. */
  async deliver(records: readonly LogRecord[], { signal }: Delivery): Promise<void> {
    signal.throwIfAborted();
    await using file = await open(this.#path, 'a+', 0o600);
    const { size } = await file.stat();
    const last = Buffer.alloc(1);
    if (size > 0) await file.read(last, 0, 1, size - 1);
    // A line that was cut short by a crash is not continued.
    const start = size > 0 && last[0] !== newline ? '\n' : '';
    await file.appendFile(start + records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    // Shiplog moves on behind what was delivered: so it has to be on disk.
    await file.sync();
  }
}
