import { setTimeout as delay } from 'node:timers/promises';
import { type Delivery, type EventSink, errorMessageOf, type LogRecord, UnavailableError } from '@shiplog/core/plugin';
import { toCloudEvent } from './cloud-event.ts';

export interface HttpSinkOptions {
  readonly url: string;
  /** Milliseconds for one request. */
  readonly timeout: number;
  readonly token?: () => string;
  /** Milliseconds before the first repetition, doubled with each; 200 when absent. */
  readonly firstPause?: number;
}

const tries = 4;
const longestPause = 5_000;

/** What passes by itself; anything else is for people to mend. */
const passing = new Set([408, 425, 429, 500, 502, 503, 504]);

export class HttpSink implements EventSink {
  readonly #options: HttpSinkOptions;

  constructor(options: HttpSinkOptions) {
    this.#options = options;
  }

  /**
   * Tries a few times by itself, for what passes in seconds. What it gives up comes again, from where Shiplog
   * knows it to be: the endpoint knows an event that comes twice by its `id`.
   */
  async deliver(records: readonly LogRecord[], { signal, origin }: Delivery): Promise<void> {
    const body = JSON.stringify(records.map((record) => toCloudEvent(record, origin)));
    for (let attempt = 1; ; attempt += 1) {
      const { failure, retryAfter } = await this.#post(body, signal);
      signal.throwIfAborted();
      if (failure === undefined) return;
      if (retryAfter === undefined || attempt === tries) throw new UnavailableError(failure);
      const { firstPause = 200 } = this.#options;
      const pause = Math.min(longestPause, Math.max(retryAfter, firstPause * 2 ** (attempt - 1)));
      await delay(pause, undefined, { signal });
    }
  }

  /** `retryAfter`, in milliseconds, is there where another try may help. */
  async #post(body: string, signal: AbortSignal): Promise<{ failure?: string; retryAfter?: number }> {
    const { url, timeout, token } = this.#options;
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/cloudevents-batch+json; charset=utf-8',
          ...(token && { authorization: `Bearer ${token()}` }),
        },
        body,
        // A redirected POST may arrive as a GET, or as nothing.
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)]),
      });
      await response.body?.cancel();
      if (response.ok) return {};
      const failure = `the endpoint answered ${response.status}`;
      if (!passing.has(response.status)) return { failure };
      const seconds = Number(response.headers.get('retry-after'));
      return { failure, retryAfter: Number.isFinite(seconds) ? seconds * 1_000 : 0 };
    } catch (error) {
      const { cause } = error as { cause?: unknown };
      return { failure: `the endpoint cannot be reached: ${errorMessageOf(cause ?? error)}`, retryAfter: 0 };
    }
  }
}
