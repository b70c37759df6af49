/**
 * Catch-up, then live: one loop for every log. It only ever reads behind the last position that it has seen, so a
 * record comes once; and it waits only after a read that found nothing.
 *
 * No wake-up is lost: `watch` begins before the first read, and between a read that found nothing and the waiting there
 * is no turn of the event loop in which an announcement could pass unheard.
 */
import { setImmediate } from 'node:timers/promises';
import type { LogRecord, Position, ReadOptions, SubscribeOptions } from './event-log.js';
import type { LiveBus } from './live-bus.js';

/** Some records in order of position. */
export interface Chunk<R = LogRecord> {
  readonly records: readonly R[];
  /** How far was read, damaged records included: where the next chunk begins. */
  readonly last: Position;
}

export interface Followed {
  readonly bus: LiveBus;
  /** Where reading begins that is to begin behind a position: not before the log does. */
  beginOf(after: Position): Position;
  /** Never more than fits in memory; `last` is `after` when there is nothing new. */
  readChunk(after: Position, onDamage: ReadOptions['onDamage']): Chunk;
  /** From now on, what other processes append is announced too. */
  watch(): Disposable;
}

export async function* follow(log: Followed, options: SubscribeOptions): AsyncGenerator<LogRecord, void, undefined> {
  const { filter, signal, onDamage } = options;
  const ended = (): boolean => log.bus.closed || signal?.aborted === true;
  if (ended()) return;
  let position = log.beginOf(options.after ?? 0);
  using _watch = log.watch();
  while (!ended()) {
    const { records, last } = log.readChunk(position, onDamage);
    if (last === position) {
      await log.bus.changed(signal);
      continue;
    }
    for (const record of records) {
      if (filter && !filter(record)) continue;
      yield record;
      if (ended()) return;
    }
    position = last;
    await setImmediate(); // A long catch-up must not starve the rest of the process.
  }
}
