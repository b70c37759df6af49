import type { LogRecord } from '../event-log/event-log.js';

/**
 * Takes the log elsewhere: to a bus, an archive, an HTTP endpoint. It is handed records in the order of the log, under a
 * subscription of its own, at least once each: what a sink does with a record must do no harm when it is done twice.
 *
 * Whoever feeds it (`openShiplog` in a process that stays, or `shiplog feed`) calls `deliver` for one batch after the
 * other, and never for two at once.
 */
export interface EventSink {
  /** Which records it wants; all, when absent. The others move its subscription on, and nothing else. */
  wants?(record: LogRecord): boolean;
  /**
   * Resolves when the other end has all of them for good: then its subscription moves on. Until then they come again, in this
   * process or the next.
   *
   * @param records at least one, in the order of the log, each wanted
   * @throws anything, if they could not all be delivered: the same ones come again after a pause, which grows
   */
  deliver(records: readonly LogRecord[], delivery: Delivery): Promise<void>;
}

export interface Delivery {
  /** Fires when nobody waits any more; `deliver` then ends soon, either way. */
  readonly signal: AbortSignal;
  /** The log's own ID, a UUID: positions count within it. */
  readonly origin: string;
}
