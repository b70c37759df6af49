/** Keeps the snapshots of a log up to date in the background, for as long as somebody has it open. */
import { setTimeout as delay } from 'node:timers/promises';
import type { EventLog } from '../event-log/event-log.js';
import { keepSnapshots } from './keep-snapshots.js';
import { StateSnapshots } from './state-snapshots.js';

/** How often is looked whether there is something to do. */
const lookMillis = 1_000;
/**
 * So many at most are made by a program that closes the log: with a log that has none yet, each short command does its
 * part, and none of them takes noticeably longer.
 */
const madeAtClose = 2;

export class SnapshotKeeper implements AsyncDisposable {
  readonly #log: EventLog;
  readonly #onError: (error: unknown) => void;
  readonly #ended = new AbortController();
  readonly #keeping: Promise<void>;

  /** @param onError told why none could be made: questions about the past take longer then, and nothing else */
  constructor(log: EventLog, onError: (error: unknown) => void) {
    this.#log = log;
    this.#onError = onError;
    this.#keeping = this.#keep();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#keeping;
    await this.#make({ limit: madeAtClose });
  }

  async #keep(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      // Nobody is kept alive by it.
      await delay(lookMillis, undefined, { signal, ref: false }).catch(() => undefined);
      if (!signal.aborted) await this.#make({ signal });
    }
  }

  async #make(options: { readonly signal?: AbortSignal; readonly limit?: number }): Promise<void> {
    try {
      await keepSnapshots(new StateSnapshots(this.#log), options);
    } catch (error) {
      this.#onError(error);
    }
  }
}
