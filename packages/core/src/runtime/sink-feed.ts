/**
 * Hands the log to a sink: batch after batch, under a named subscription, at least once.
 *
 * Invariants:
 *  F1  The subscription moves on only behind what the sink has delivered.
 *  F2  What could not be delivered comes again, and nothing behind it comes before it.
 *  F3  One process at a time feeds a sink of a root; another waits until that one is gone.
 */
import { setTimeout as delay, setImmediate } from 'node:timers/promises';
import type { EventLog, LogRecord } from '../event-log/event-log.js';
import type { NamedSubscription } from '../event-log/named-subscription.js';
import type { Subscriptions } from '../event-log/subscriptions.js';
import { errorCodeOf, errorMessageOf, isShiplogError, UnavailableError } from '../kernel/errors.js';
import type { EventSink } from './event-sink.js';

export interface SinkFeed {
  readonly log: EventLog;
  readonly subscriptions: Subscriptions;
  /** The plugin's ID, and the subscription's name. */
  readonly id: string;
  readonly sink: EventSink;
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
  const { log, sink, signal, once } = feed;
  const goal = once ? log.head() : Number.POSITIVE_INFINITY;
  const unreadable = Promise.withResolvers<undefined>();
  // A record that cannot be read is not the sink's: `shiplog replay --verify` tells of it.
  const onDamage = ({ position }: { readonly position: number }) => {
    if (position >= goal) unreadable.resolve(undefined);
  };
  await using subscription = await takeTurn(feed, onDamage);
  if (!subscription || subscription.position >= goal) return;
  for await (const batch of batchesOf(subscription, unreadable.promise)) {
    const wanted = batch.filter((record) => sink.wants?.(record) ?? true);
    if (wanted.length > 0) await deliver(feed, subscription, wanted);
    const last = batch.at(-1);
    if (signal.aborted || !last) return;
    subscription.acknowledge(last);
    if (last.position >= goal) return;
  }
}

/** What is there at once, `batchSize` of them at most. */
async function* batchesOf(
  subscription: NamedSubscription,
  end: Promise<undefined>,
): AsyncGenerator<readonly LogRecord[], void, undefined> {
  const records = subscription[Symbol.asyncIterator]();
  let coming = records.next();
  for (;;) {
    const first = await Promise.race([coming, end]);
    if (!first || first.done) return;
    const batch = [first.value];
    coming = records.next();
    while (batch.length < batchSize) {
      const next = await Promise.race([coming, setImmediate(undefined)]);
      if (!next || next.done) break;
      batch.push(next.value);
      coming = records.next();
    }
    yield batch;
  }
}

async function deliver(
  { log: { origin }, id, sink, signal, once, onError, firstPause = 500 }: SinkFeed,
  subscription: NamedSubscription,
  batch: readonly LogRecord[],
): Promise<void> {
  const [first] = batch;
  for (let tries = 1; !signal.aborted; tries += 1) {
    try {
      await sink.deliver(batch, { signal, origin });
      return;
    } catch (cause) {
      if (signal.aborted) return;
      if (first) subscription.reportFailure(first, cause, tries);
      const range = `positions ${first?.position} to ${batch.at(-1)?.position}`;
      const error = new UnavailableError(`sink ${id} has not taken ${range}: ${errorMessageOf(cause)}`, { cause });
      if (once && tries === triesOfOnce) throw error;
      onError(error);
      await delay(Math.min(longestPause, firstPause * 2 ** (tries - 1)), undefined, { signal }).catch(() => undefined);
    }
  }
}

/** F3. Undefined if nobody waits any more. */
async function takeTurn(
  { subscriptions, id, signal, once }: SinkFeed,
  onDamage: (damage: { readonly position: number }) => void,
): Promise<NamedSubscription | undefined> {
  while (!signal.aborted) {
    try {
      return await subscriptions.open(id, { signal, onDamage });
    } catch (cause) {
      if (!isHeldByOther(cause)) throw cause;
      if (once) {
        throw new UnavailableError(`another process feeds sink ${id} now: leave it to that one, or end it first`, {
          cause,
        });
      }
      await delay(standbyMs, undefined, { signal }).catch(() => undefined);
    }
  }
  return undefined;
}

function isHeldByOther(error: unknown): boolean {
  return isShiplogError(error) && errorCodeOf(error) === 'failed-precondition' && error.details.pid !== undefined;
}
