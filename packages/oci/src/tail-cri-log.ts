import { watch } from 'node:fs';
import { open } from 'node:fs/promises';
import { CriLogParser, type CriRecord } from './cri-log.js';

/** conmon writes at most 8 KiB at a time; this takes a burst of them in one read. */
const readSize = 256 * 1024;

/**
 * The records of a log file, in batches as they come. It ends when `ended` has fired and everything that was in the
 * file by then has been given: with a signal that fired before, it gives what is there.
 *
 * A batch's bytes are valid until the next one is asked for.
 *
 * @param begin the byte to begin with; a record that began before it is left out
 * @param onDamage told of each line that is no record
 */
export async function* tailCriLog(
  path: string,
  ended: AbortSignal,
  begin = 0,
  onDamage: () => void = () => {},
): AsyncGenerator<readonly CriRecord[]> {
  await using file = await open(path, 'r');
  using changes = new Changes(path, ended);
  let cut = begin > 0;
  const parser = new CriLogParser(() => {
    if (!cut) onDamage();
    cut = false;
  });
  const buffer = Buffer.allocUnsafe(readSize);
  let position = Math.max(0, begin - 1);
  // With a blank in front it is no record: the rest of one, or the newline in front of the one to begin with.
  if (begin > 0) parser.push(Buffer.from(' ')).next();
  for (;;) {
    // Asked for before the read: what is written after the read leaves a mark, and what came before the end is read.
    const last = ended.aborted;
    const changed = changes.next();
    const { bytesRead } = await file.read(buffer, 0, readSize, position);
    if (bytesRead > 0) {
      position += bytesRead;
      const records = [...parser.push(buffer.subarray(0, bytesRead))];
      if (records.length > 0) yield records;
    } else {
      if (last) return;
      await changed;
    }
  }
}

/** Wakes a reader when the file has changed or the end has come. */
class Changes implements Disposable {
  readonly #watcher: ReturnType<typeof watch> | undefined;
  readonly #ended: AbortSignal;
  #next = Promise.withResolvers<void>();

  constructor(path: string, ended: AbortSignal) {
    this.#ended = ended;
    if (ended.aborted) return;
    this.#watcher = watch(path, this.#wake);
    // The file may be gone before its end was told of; the end comes all the same.
    this.#watcher.on('error', this.#wake);
    ended.addEventListener('abort', this.#wake);
  }

  /** Resolves at the first change after this call. */
  next(): Promise<void> {
    this.#next = Promise.withResolvers<void>();
    return this.#next.promise;
  }

  readonly #wake = (): void => this.#next.resolve();

  [Symbol.dispose](): void {
    this.#watcher?.close();
    this.#ended.removeEventListener('abort', this.#wake);
  }
}
