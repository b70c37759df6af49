/** Records to a handler, one after the other, and what becomes of one that it cannot deal with. */
import { setTimeout as delay } from 'node:timers/promises';
import { assertNever } from '../kernel/assert-never.js';
import type { LogRecord } from './event-log.js';
import type { NamedSubscription } from './named-subscription.js';

/** @param signal fires when the delivery is to end: what waits for something should give up */
export type RecordHandler = (record: LogRecord, signal: AbortSignal) => void | Promise<void>;

export interface DeliveryFailure {
  readonly record: LogRecord;
  /** What the handler threw. */
  readonly error: unknown;
  /** How often it has had the record by now. */
  readonly attempts: number;
}

/**
 * `retry` gives it the record again, after a wait; `skip` goes on behind it, which is counted in the subscription; `stop`
 * ends the delivery with the error, and the record is the first one next time.
 */
export type FailureDecision = 'retry' | 'skip' | 'stop';

export interface DeliverOptions {
  /** `retry` when absent: a record is never lost, and one that cannot be dealt with holds up those behind it. */
  readonly onFailure?: (failure: DeliveryFailure) => FailureDecision | Promise<FailureDecision>;
  /** The wait before the second attempt, in milliseconds; it doubles with each. 100 when absent. */
  readonly firstWait?: number;
  /** It does not grow beyond, in milliseconds; 30,000 when absent. */
  readonly longestWait?: number;
}

export async function deliverTo(
  subscription: NamedSubscription,
  handler: RecordHandler,
  options: DeliverOptions,
): Promise<void> {
  for await (const record of subscription) {
    if (!(await deliver(subscription, record, handler, options))) return;
  }
}

/** False if the subscription has ended before it was dealt with. */
async function deliver(
  subscription: NamedSubscription,
  record: LogRecord,
  handler: RecordHandler,
  options: DeliverOptions,
): Promise<boolean> {
  const { onFailure = () => 'retry' } = options;
  const signal = subscription.ended;
  for (let attempts = 1; !signal.aborted; attempts += 1) {
    try {
      await handler(record, signal);
    } catch (error) {
      if (signal.aborted) return false;
      subscription.reportFailure(record, error, attempts);
      const decision = await onFailure({ record, error, attempts });
      switch (decision) {
        case 'retry':
          await delay(waitAfter(attempts, options), undefined, { signal }).catch(() => undefined);
          continue;
        case 'skip':
          subscription.skip(record);
          return true;
        case 'stop':
          throw error;
        default:
          return assertNever(decision);
      }
    }
    subscription.acknowledge(record);
    return true;
  }
  return false;
}

function waitAfter(attempts: number, { firstWait = 100, longestWait = 30_000 }: DeliverOptions): number {
  return Math.min(longestWait, firstWait * 2 ** (attempts - 1));
}
