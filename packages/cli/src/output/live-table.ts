/**
 * A table that is drawn again in its place: each picture is one write over the one before, so nothing flickers. The
 * cursor is hidden meanwhile, and back when it is disposed of.
 */
import type { Paint } from './style.js';
import { type Column, renderTable } from './table.js';

/** Where it is drawn: stdout. */
export interface Canvas {
  readonly paint: Paint;
  /** In character cells; undefined where it is no terminal. */
  readonly size: { readonly width: number; readonly height: number } | undefined;
  onResize(listener: () => void): Disposable;
  bytes(text: string): Promise<void>;
}

const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';
const clearLine = '\u001b[K';
const clearBelow = '\u001b[J';
const clearScreen = '\u001b[H\u001b[2J';

export class LiveTable<R> implements AsyncDisposable {
  readonly #columns: readonly Column<R>[];
  readonly #canvas: Canvas;
  readonly #trunc: boolean;
  readonly #resizes: Disposable;
  /** Lines of the picture that stands there. */
  #drawn = 0;
  #begun = false;
  #resized = false;

  /** @param trunc false for lines as long as they have to be */
  constructor(columns: readonly Column<R>[], canvas: Canvas, trunc: boolean) {
    this.#columns = columns;
    this.#canvas = canvas;
    this.#trunc = trunc;
    this.#resizes = canvas.onResize(() => {
      this.#resized = true;
    });
  }

  async draw(rows: readonly R[]): Promise<void> {
    const { size, paint } = this.#canvas;
    const all = await renderTable(this.#columns, rows, { paint, width: this.#trunc ? size?.width : undefined });
    if (!size) return this.#canvas.bytes(`${all.join('\n')}\n`);
    // The last line of the terminal is the cursor's.
    const lines = all.slice(0, size.height - 1);
    const text = lines.map((line) => `${line}${clearLine}\n`).join('');
    const start = this.#begun ? this.#start() : hideCursor;
    this.#begun = true;
    this.#drawn = lines.length;
    await this.#canvas.bytes(`${start}${text}${clearBelow}`);
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
    await this.#canvas.bytes(showCursor);
  }
}
