import { type ConsoleSize, errorCodeOf } from '@shiplog/core';
import type { Output } from '../output/output.js';

/** The terminal that output is printed on. */
export type Screen = Pick<Output, 'size' | 'onResize'>;

export interface Resizable {
  resizePty(size: ConsoleSize): Promise<void>;
}

/** Gives a process's terminal the size of the user's, now and whenever that changes. */
export class SizeFollower implements Disposable {
  readonly #screen: Screen;
  readonly #process: Resizable;
  readonly #onError: (error: unknown) => void;
  readonly #listening: Disposable;
  /** One after the other, so that the last one counts. */
  #last: Promise<void> = Promise.resolve();

  constructor(screen: Screen, process: Resizable, onError: (error: unknown) => void) {
    this.#screen = screen;
    this.#process = process;
    this.#onError = onError;
    this.#listening = screen.onResize(() => this.#follow());
    this.#follow();
  }

  /** Makes a program that draws on its terminal draw again: it looks only when the size is another one. */
  redraw(): void {
    const { size } = this.#screen;
    if (size) this.#resize({ ...size, height: size.height + 1 });
    this.#follow();
  }

  #follow(): void {
    const { size } = this.#screen;
    if (size) this.#resize(size);
  }

  #resize(size: ConsoleSize): void {
    this.#last = this.#last
      .then(() => this.#process.resizePty(size))
      .catch((error: unknown) => {
        // It has ended, and its terminal with it.
        const code = errorCodeOf(error);
        if (code !== 'not-found' && code !== 'failed-precondition') this.#onError(error);
      });
  }

  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]();
  }
}
