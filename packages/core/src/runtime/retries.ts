/**
 * Work of this process that nobody waits for and that could not be done now: a runtime hung, a log could not be written.
 * It is tried again, after pauses that grow, until it is done or the root is closed.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { errorMessageOf } from '../kernel/errors.js';

/** Milliseconds before the first of the further tries, and at most between two. */
export interface Pauses {
  readonly first: number;
  readonly most: number;
}

const usualPauses: Pauses = { first: 1_000, most: 60_000 };

export class Retries implements Disposable {
  readonly #onError: (error: unknown) => void;
  readonly #pauses: Pauses;
  readonly #underway = new Set<string>();
  readonly #ended = new AbortController();

  /** @param onError told once of each thing that goes wrong with a piece of work, however often it does */
  constructor(onError: (error: unknown) => void, pauses = usualPauses) {
    this.#onError = onError;
    this.#pauses = pauses;
  }

  /**
   * Does it after a pause, and again after longer ones.
   *
   * @param key work of one key is underway once
   * @param work whether it is done
   */
  later(key: string, work: () => Promise<boolean>): void {
    if (this.#underway.has(key) || this.#ended.signal.aborted) return;
    this.#underway.add(key);
    void this.#untilDone(work).finally(() => this.#underway.delete(key));
  }

  async #untilDone(work: () => Promise<boolean>): Promise<void> {
    const { signal } = this.#ended;
    let told: string | undefined;
    for (let wait = this.#pauses.first; ; wait = Math.min(2 * wait, this.#pauses.most)) {
      await delay(wait, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      try {
        if (await work()) return;
      } catch (error) {
        if (signal.aborted) return;
        if (told !== errorMessageOf(error)) this.#onError(error);
        told = errorMessageOf(error);
      }
    }
  }

  /** Waits for nothing that is underway: what it brings about is in the log, or the next opening does it. */
  [Symbol.dispose](): void {
    this.#ended.abort();
  }
}
