/** The named subscriptions of a log: opened, served, listed, deleted. */
import { type Clock, SystemClock } from '../kernel/clock.js';
import { FailedPreconditionError, InvalidArgumentError, NotFoundError } from '../kernel/errors.js';
import { parseSubscriptionName } from '../kernel/identifiers.js';
import { type ProcessTable, ProcFsProcessTable } from '../kernel/process-identity.js';
import { assertFree, isHeld, newHolder, openTokens } from './cursor-lease.js';
import type { Cursor } from './cursor-store.js';
import { type DeliverOptions, deliverTo, type RecordHandler } from './deliver.js';
import type { EventLog, Position } from './event-log.js';
import { NamedSubscription, type NamedSubscriptionOptions } from './named-subscription.js';

export interface OpenSubscriptionOptions extends NamedSubscriptionOptions {
  /**
   * Where a subscription begins that is not there yet: with the first record of the log, behind the last one, or behind a position.
   * `beginning` when absent. One that is there goes on where it was.
   */
  readonly start?: 'beginning' | 'end' | Position;
}

/** A subscription, for whoever looks at it. */
export interface SubscriptionStatus extends Cursor {
  /** How many records it has not acknowledged, those that its filter passes over included. */
  readonly lag: number;
  /** Whether somebody reads at this moment. */
  readonly active: boolean;
}

/** Whoever closes it first closes what was opened by it. */
export class Subscriptions implements AsyncDisposable {
  readonly #open = new Set<NamedSubscription>();
  readonly #log: EventLog;
  readonly #clock: Clock;
  readonly #processes: ProcessTable;

  constructor(
    log: EventLog,
    { clock = new SystemClock(), processes = new ProcFsProcessTable() }: SubscriptionsOptions = {},
  ) {
    this.#log = log;
    this.#clock = clock;
    this.#processes = processes;
  }

  /**
   * Begins to read under a name, where its last reader has got to.
   *
   * @throws InvalidArgumentError if the name is no identifier, or a start is no position of the log
   * @throws FailedPreconditionError if somebody reads under that name, or has acknowledged what the log does not have
   * @throws UnavailableError if the log cannot be written to
   */
  async open(name: string, options: OpenSubscriptionOptions = {}): Promise<NamedSubscription> {
    const parsed = parseSubscriptionName(name);
    const start = this.#startOf(options.start ?? 'beginning');
    const holder = newHolder(this.#processes, this.#clock.now());
    const cursor = this.#log.cursors.change(parsed, (before) => {
      if (!before) return newCursor(parsed, start, holder);
      assertFree(before, this.#processes, 'one reads at a time; end that one, or take another name');
      this.#assertBehind(before);
      return { ...before, holder };
    });
    openTokens.add(holder.token);
    const subscription = new NamedSubscription(this.#log, cursor as Cursor, this.#clock, options);
    this.#open.add(subscription);
    subscription.ended.addEventListener('abort', () => this.#open.delete(subscription), { once: true });
    return subscription;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#open].map((subscription) => subscription[Symbol.asyncDispose]()));
  }

  /**
   * Gives the handler one record after the other, and acknowledges each that it has dealt with. One that it throws at is
   * tried again, with a growing wait in between, until `onFailure` decides otherwise. Returns when the signal fires or
   * the log is closed.
   *
   * @throws what the handler threw, where `onFailure` says `stop`; and as `open`
   */
  async deliver(
    name: string,
    handler: RecordHandler,
    options: OpenSubscriptionOptions & DeliverOptions = {},
  ): Promise<void> {
    await using subscription = await this.open(name, options);
    await deliverTo(subscription, handler, options);
  }

  /** In the order of names. @param onDamage told of each that cannot be read */
  list(onDamage?: (name: string) => void): readonly SubscriptionStatus[] {
    const head = this.#log.head();
    return this.#log.cursors
      .all(onDamage)
      .map((cursor) => ({ ...cursor, lag: head - cursor.position, active: isHeld(cursor, this.#processes) }));
  }

  /**
   * Forgets how far a subscription has got.
   *
   * @param force also while somebody reads: that reader is told when it acknowledges next
   * @throws NotFoundError if there is none
   * @throws FailedPreconditionError if somebody reads under that name
   */
  delete(name: string, { force = false }: { readonly force?: boolean } = {}): void {
    const parsed = parseSubscriptionName(name);
    const none = () => new NotFoundError(`there is no subscription ${name}`, { details: { name } });
    if (force) {
      if (!this.#log.cursors.drop(parsed)) throw none();
      return;
    }
    this.#log.cursors.change(parsed, (before) => {
      if (!before) throw none();
      assertFree(before, this.#processes, 'end that one, or delete it by force');
      return undefined;
    });
  }

  #startOf(start: 'beginning' | 'end' | Position): Position {
    const head = this.#log.head();
    const begin = this.#log.base.position;
    if (start === 'beginning') return begin;
    if (start === 'end') return head;
    if (Number.isSafeInteger(start) && start >= begin && start <= head) return start;
    throw new InvalidArgumentError(
      `a subscription cannot start behind position ${start}: the log has ${begin} to ${head}`,
    );
  }

  /** A log that was put back from an older copy would give its next records positions that were acknowledged already. */
  #assertBehind({ name, position }: Cursor): void {
    const head = this.#log.head();
    if (position <= head) return;
    throw new FailedPreconditionError(
      `the subscription ${name} has acknowledged position ${position}, but the log ends at ${head}: it is an older copy; delete the subscription to begin anew`,
      { details: { name, position, head } },
    );
  }
}

export interface SubscriptionsOptions {
  readonly clock?: Clock;
  readonly processes?: ProcessTable;
}

function newCursor(name: string, position: Position, holder: NonNullable<Cursor['holder']>): Cursor {
  const createdAt = holder.since;
  return { name, position, createdAt, acknowledgedAt: null, holder, failure: null, skipped: 0 };
}
