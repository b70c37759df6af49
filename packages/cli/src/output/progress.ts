/** One line on the human's terminal that says what takes so long, and goes away when it is done. */
import type { Writable } from 'node:stream';
import { printable } from './printable.js';

/** What is over sooner needs no explanation. */
const silentMs = 1_000;
const redrawMs = 1_000;

const eraseLine = '\r\u001b[K';

export type ProgressText = () => string;

export class Progress {
  readonly #stream: Writable & { readonly columns?: number };
  #enabled: boolean;
  #drawn = false;

  constructor(stream: Writable & { readonly isTTY?: boolean; readonly columns?: number }, env: NodeJS.ProcessEnv) {
    this.#stream = stream;
    this.#enabled = stream.isTTY === true && env.TERM !== 'dumb';
  }

  /** Shows the text, which is asked for anew each time, from the first second on until the work is done. */
  async during<T>(text: ProgressText, work: Promise<T>): Promise<T> {
    if (!this.#enabled) return work;
    const begun = Date.now();
    const draw = () => this.#draw(text, Math.floor((Date.now() - begun) / 1000));
    let timer = setTimeout(() => {
      draw();
      timer = setInterval(draw, redrawMs);
    }, silentMs);
    try {
      return await work;
    } finally {
      // One call stops either kind.
      clearTimeout(timer);
      this.clear();
    }
  }

  /** The same for work that lets no timer run, and calls this again and again: it writes at most once a second. */
  ticker(text: ProgressText): Disposable & { tick(): void } {
    const begun = Date.now();
    let due = begun + silentMs;
    return {
      tick: () => {
        const now = Date.now();
        if (!this.#enabled || now < due) return;
        due = now + redrawMs;
        this.#draw(text, Math.floor((now - begun) / 1000));
      },
      [Symbol.dispose]: () => this.clear(),
    };
  }

  disable(): void {
    this.#enabled = false;
  }

  /** Before anything else is written on the terminal; the next second draws it again. */
  clear(): void {
    if (!this.#drawn) return;
    this.#drawn = false;
    this.#stream.write(eraseLine);
  }

  #draw(text: ProgressText, seconds: number): void {
    const line = `${printable(text())} (${seconds} s)`;
    this.#drawn = true;
    // A line that wraps could not be erased.
    this.#stream.write(`${eraseLine}${line.slice(0, Math.max(0, (this.#stream.columns ?? 80) - 1))}`);
  }
}
