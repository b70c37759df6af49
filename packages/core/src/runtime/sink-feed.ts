/**
 * Hands the log to a sink: batch after batch, from its cursor on, at least once.
 *
 * Invariants:
 *  F1  The cursor moves on only behind what the sink has delivered.
 *  F2  What could not be delivered comes again, and nothing behind it comes before it.
 *  F3  One process at a time feeds a sink of a root; another waits until that one is gone.
 */
import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { EventLog, LogRecord, Position } from '../event-log/event-log.js';
import { errorMessageOf, UnavailableError } from '../kernel/errors.js';
import type { EventSink, SinkCursor } from './event-sink.js';

export interface SinkFeed {
  readonly log: EventLog;
  /** The plugin's ID. */
  readonly id: string;
  readonly sink: EventSink;
  readonly cursor: SinkCursor;
  readonly signal: AbortSignal;
  /** Ends when all that was in the log is delivered, and gives up after some failures. */
  readonly once?: boolean;
  readonly onError: (error: unknown) => void;
  /** Milliseconds before the first repetition, doubled with each one up to a minute; 500 when absent. */
  readonly firstPause?: number;
}

const batchSize = 100;
const longestPause = 60_000;
const triesOfOnce = 5;
const standbyMs = 2_000;

/**
 * Ends without an error when the signal fires.
 *
 * @throws UnavailableError with `once`, if the sink does not take what it is given, or another process feeds it
 */
export async function feedSink(feed: SinkFeed): Promise<void> {
  await using _turn = await takeTurn(feed);
  const { log, sink, cursor, signal, once } = feed;
  let position = cursor.read();
  while (!signal.aborted) {
    const { batch, last } = nextBatch(log, sink, position);
    if (last === position) {
      if (once) return;
      await nextRecord(log, position, signal);
      continue;
    }
    if (batch.length > 0) await deliver(feed, batch);
    if (signal.aborted) return;
    position = last;
    await cursor.write(position);
  }
}

function nextBatch(log: EventLog, sink: EventSink, after: Position): { batch: LogRecord[]; last: Position } {
  const batch: LogRecord[] = [];
  let last = after;
  let looked = 0;
  // A record that cannot be read is not the sink's: `shiplog replay --verify` tells of it.
  for (const record of log.read({ after })) {
    last = record.position;
    if (sink.wants?.(record) ?? true) batch.push(record);
    looked += 1;
    if (looked === batchSize) break;
  }
  return { batch, last };
}

async function nextRecord(log: EventLog, after: Position, signal: AbortSignal): Promise<void> {
  for await (const _ of log.subscribe({ after, signal })) return;
}

async function deliver(
  { log: { origin }, id, sink, signal, once, onError, firstPause = 500 }: SinkFeed,
  batch: LogRecord[],
) {
  for (let tries = 1; !signal.aborted; tries += 1) {
    try {
      await sink.deliver(batch, { signal, origin });
      return;
    } catch (cause) {
      if (signal.aborted) return;
      const range = `positions ${batch[0]?.position} to ${batch.at(-1)?.position}`;
      const error = new UnavailableError(`sink ${id} has not taken ${range}: ${errorMessageOf(cause)}`, { cause });
      if (once && tries === triesOfOnce) throw error;
      onError(error);
      await delay(Math.min(longestPause, firstPause * 2 ** (tries - 1)), undefined, { signal }).catch(() => undefined);
    }
  }
}

/** F3. The kernel takes the name back with the process, however that ends. */
async function takeTurn({ log, id, signal, once }: SinkFeed): Promise<AsyncDisposable> {
  const name = createHash('sha256').update(`${log.origin}\0${id}`).digest('hex').slice(0, 40);
  const path = `\0shiplog-sink-${name}`;
  while (!signal.aborted) {
    const server = createServer((socket) => socket.destroy());
    const taken = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
      server.once('error', resolve);
      server.listen({ path }, () => resolve(undefined));
    });
    if (!taken) {
      server.unref();
      return { [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())) };
    }
    if (taken.code !== 'EADDRINUSE') throw new UnavailableError(`cannot feed sink ${id}: ${taken.message}`);
    if (once) throw new UnavailableError(`another process feeds sink ${id} now: leave it to that one, or end it first`);
    await delay(standbyMs, undefined, { signal }).catch(() => undefined);
  }
  return { [Symbol.asyncDispose]: async () => undefined };
}
