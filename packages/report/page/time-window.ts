/** The part of the span that is in view. */

/** Ten microseconds: closer, numbers would not tell two instants apart. */
const shortest = 0.01;

export class TimeWindow {
  readonly length: number;
  from = 0;
  to: number;
  readonly #listeners: (() => void)[] = [];

  /** @param length of the span, in milliseconds */
  constructor(length: number) {
    this.length = length;
    this.to = length;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  set(from: number, to: number): void {
    const width = Math.min(this.length, Math.max(shortest, to - from));
    const start = Math.min(Math.max(0, from), this.length - width);
    if (start === this.from && start + width === this.to) return;
    this.from = start;
    this.to = start + width;
    for (const listener of this.#listeners) listener();
  }

  /** @param at stays where it is on the screen @param factor below 1 comes closer */
  zoom(factor: number, at = (this.from + this.to) / 2): void {
    const from = at - (at - this.from) * factor;
    this.set(from, from + (this.to - this.from) * factor);
  }

  /** @param share of the window's own width */
  pan(share: number): void {
    const by = (this.to - this.from) * share;
    this.set(this.from + by, this.to + by);
  }

  /** Brings an instant into view. */
  reveal(at: number): void {
    if (at >= this.from && at <= this.to) return;
    const half = (this.to - this.from) / 2;
    this.set(at - half, at + half);
  }

  all(): void {
    this.set(0, this.length);
  }
}
