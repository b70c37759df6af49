/** The only place that prints. stdout is data, stderr is talk. */
import type { Writable } from 'node:stream';
import type { LiveTable } from './live-table.js';
import { printable } from './printable.js';
import { Progress, type ProgressText } from './progress.js';
import { type Paint, paintFor } from './style.js';
import type { Column, RowRenderer } from './table.js';

/** Nobody reads stdout any more (`shiplog events | head -1`). No fault: the command just ends. */
export class OutputClosedError extends Error {
  override readonly name = 'OutputClosedError';
  constructor() {
    super('nobody reads the output any more');
  }
}

/** A stream to print on; a terminal has a width. */
export type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };

export interface OutputStreams {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
}

/** What a command that prints a table takes; see addTableOptions. */
export interface TableFlags {
  readonly trunc?: boolean;
}

const batchLength = 64 * 1024;
/** A look at the clock costs more than to count. */
const looksAtClock = 1024;

export class Output {
  readonly #stdout: OutputStream;
  readonly #stderr: OutputStream;
  readonly #progress: Progress;
  readonly paint: Paint;

  constructor({ stdout, stderr }: OutputStreams, env: NodeJS.ProcessEnv) {
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.paint = paintFor(stdout, env);
    this.#progress = new Progress(stderr, env);
    // A failed write is told to whoever wrote; the event would end the process.
    stdout.on('error', () => {});
    stderr.on('error', () => {});
  }

  /** The width of the terminal; undefined where stdout is none. */
  get width(): number | undefined {
    return this.#stdout.isTTY ? this.#stdout.columns : undefined;
  }

  /** The same with its height, in character cells; undefined where it has none, or none yet. */
  get size(): { readonly width: number; readonly height: number } | undefined {
    const { isTTY, columns, rows } = this.#stdout;
    return isTTY && columns && rows ? { width: columns, height: rows } : undefined;
  }

  /** Calls when the terminal has another size. */
  onResize(listener: () => void): Disposable {
    this.#stdout.on('resize', listener);
    return { [Symbol.dispose]: () => void this.#stdout.off('resize', listener) };
  }

  /**
   * Bytes as they are. The buffer may be used again once it resolves.
   *
   * @throws OutputClosedError
   */
  bytes(bytes: Uint8Array | string): Promise<void> {
    this.#progress.clear();
    return write(this.#stdout, bytes);
  }

  /** The container's stderr, as it is. */
  async errorBytes(bytes: Uint8Array): Promise<void> {
    this.#progress.clear();
    try {
      await write(this.#stderr, bytes);
    } catch (error) {
      if (!(error instanceof OutputClosedError)) throw error;
    }
  }

  line(text: string): Promise<void> {
    return this.bytes(`${text}\n`);
  }

  /** Many lines, a good deal of them at a time. */
  async lines(lines: Iterable<string>): Promise<void> {
    let batch = '';
    for (const line of lines) {
      batch += `${line}\n`;
      if (batch.length < batchLength) continue;
      await this.bytes(batch);
      batch = '';
    }
    if (batch !== '') await this.bytes(batch);
  }

  json(value: unknown): Promise<void> {
    return this.line(JSON.stringify(value));
  }

  /** @param trunc false for lines as long as they have to be, whatever the terminal's width */
  async table<R>(columns: readonly Column<R>[], rows: readonly R[], { trunc = true }: TableFlags = {}): Promise<void> {
    const { renderTable } = await import('./table.js');
    const options = { paint: this.paint, width: trunc ? this.width : undefined };
    await this.lines(await renderTable(columns, rows, options));
  }

  /** A table that is drawn again and again in its place; where stdout is no terminal, one below the other. */
  async liveTable<R>(columns: readonly Column<R>[], { trunc = true }: TableFlags = {}): Promise<LiveTable<R>> {
    const { LiveTable } = await import('./live-table.js');
    return new LiveTable(columns, this, trunc);
  }

  /** For rows that are printed as they come. */
  async rowRenderer<R>(columns: readonly Column<R>[], { trunc = true }: TableFlags = {}): Promise<RowRenderer<R>> {
    const [{ RowRenderer }, { loadWidths }] = await Promise.all([import('./table.js'), import('./cell-width.js')]);
    await loadWidths();
    return new RowRenderer(columns, { paint: this.paint, width: trunc ? this.width : undefined });
  }

  /** `key: value`, a line each; what is undefined is left out. */
  async keyValues(values: Readonly<Record<string, unknown>>): Promise<void> {
    for (const [key, value] of Object.entries(values)) {
      if (value !== undefined) await this.line(`${key}: ${printable(String(value))}`.trimEnd());
    }
  }

  /**
   * Says on the human's terminal what takes longer than a second, as long as it does: never in a pipe or a file.
   *
   * @param text asked for anew at each second
   */
  during<T>(text: ProgressText, work: Promise<T>): Promise<T> {
    return this.#progress.during(text, work);
  }

  /** The same for a walk over many things that lets no timer run: told of each, it says how many they were. */
  counting(what: string): Disposable & { count(): void } {
    let counted = 0;
    const ticker = this.#progress.ticker(() => `${what} ${counted}`);
    return {
      count: () => {
        counted += 1;
        if (counted % looksAtClock === 0) ticker.tick();
      },
      [Symbol.dispose]: () => ticker[Symbol.dispose](),
    };
  }

  /** For a program that reads this one, also where its talk goes to a terminal. */
  hideProgress(): void {
    this.#progress.disable();
  }

  /** A line for the human in front of it. It is written before the process can end, and its loss is no failure. */
  talk(text: string): void {
    this.#progress.clear();
    this.#stderr.write(`shiplog: ${text}\n`);
  }

  /** The same for text that stands for itself: a help. */
  talkBlock(text: string): void {
    this.#progress.clear();
    this.#stderr.write(text);
  }

  /** Resolves when everything is out of this process. */
  async flush(): Promise<void> {
    await Promise.allSettled([write(this.#stdout, ''), write(this.#stderr, '')]);
  }
}

function write(stream: OutputStream, chunk: Uint8Array | string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(chunk, (error) => (error ? reject(asOutputError(error)) : resolve()));
  });
}

const closedCodes = new Set(['EPIPE', 'ERR_STREAM_DESTROYED', 'ECONNRESET']);

function asOutputError(error: Error): Error {
  return closedCodes.has((error as NodeJS.ErrnoException).code ?? '') ? new OutputClosedError() : error;
}
