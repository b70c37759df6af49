/**
 * A table that is drawn again in its place: each picture is one write over the one before, so nothing flickers. The
 * cursor is hidden meanwhile, and back when it is disposed of.
 */
import type { Output, TableFlags } from './output.js';
import { type Column, renderTable } from './table.js';

const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';
const clearLine = '\u001b[K';
const clearBelow = '\u001b[J';
const clearScreen = '\u001b[H\u001b[2J';

export class LiveTable<R> implements AsyncDisposable {
  readonly #columns: readonly Column<R>[];
  readonly #output: Output;
  readonly #flags: TableFlags;
  readonly #resizes: Disposable;
  /** Lines of the picture that stands there. */
  #drawn = 0;
  #begun = false;
  #resized = false;

  constructor(columns: readonly Column<R>[], output: Output, flags: TableFlags = {}) {
    this.#columns = columns;
    this.#output = output;
    this.#flags = flags;
    this.#resizes = output.onResize(() => {
      this.#resized = true;
    });
  }

  async draw(rows: readonly R[]): Promise<void> {
    const { size, paint } = this.#output;
    if (!size) return this.#output.table(this.#columns, rows, this.#flags);
    const width = this.#flags.trunc === false ? undefined : size.width;
    // The last line of the terminal is the cursor's.
    const lines = renderTable(this.#columns, rows, { paint, width }).slice(0, size.height - 1);
    const text = lines.map((line) => `${line}${clearLine}\n`).join('');
    const start = this.#begun ? this.#start() : hideCursor;
    this.#begun = true;
    this.#drawn = lines.length;
    await this.#output.bytes(`${start}${text}${clearBelow}`);
  }

  /** What stands there was wrapped anew by a terminal of another size, so nobody knows how many lines it has. */
  #start(): string {
    const isAnother = this.#resized;
    this.#resized = false;
    if (isAnother) return clearScreen;
    return this.#drawn === 0 ? '\r' : `\r\u001b[${this.#drawn}A`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#resizes[Symbol.dispose]();
    if (!this.#begun) return;
    this.#begun = false;
    await this.#output.bytes(showCursor);
  }
}
