/**
 * A subscription with a name: the log keeps how far it has got, so that whoever reads under that name next goes on there.
 *
 * Invariants:
 *  N1  At least once: a record comes again until it is acknowledged, also after a crash.
 *  N2  In order, and never a gap: acknowledging a position acknowledges everything before it, and nothing behind it.
 *  N3  One reader at a time: the cursor names its process, and only the holder of the cursor moves it on. Who reads while
 *      another does is refused; the cursor of a process that is gone is taken over.
 *  N4  A subscriber never holds up a task: it reads in chunks, keeps no lock, and writes a few times a second at most.
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../kernel/clock.js';
import { errorMessageOf, FailedPreconditionError, InvalidArgumentError, NotFoundError } from '../kernel/errors.js';
import type { SubscriptionName } from '../kernel/identifiers.js';
import { openTokens } from './cursor-lease.js';
import type { Cursor, CursorFailure } from './cursor-store.js';
import type { Damage, EventLog, LogRecord, Position } from './event-log.js';

export interface NamedSubscriptionOptions {
  /** Only these records; the others are as good as acknowledged once everything before them is. All when absent. */
  readonly filter?: (record: LogRecord) => boolean;
  /** Ends it, without an error. */
  readonly signal?: AbortSignal;
  readonly onDamage?: (damage: Damage) => void;
}

/** What was acknowledged is written so long after it at most; what only the filter passed over, later. */
const writeMillis = 250;
const passedOverMillis = 1_000;
/** More of an error's words is not kept. */
const maxMessageLength = 300;

export class NamedSubscription implements AsyncIterable<LogRecord>, AsyncDisposable {
  readonly name: SubscriptionName;
  /** Fires when nothing more will come: by the options' signal, when it is disposed of, or when it was lost. */
  readonly ended: AbortSignal;
  readonly #log: EventLog;
  readonly #clock: Clock;
  readonly #token: string;
  readonly #options: NamedSubscriptionOptions;
  readonly #closing = new AbortController();
  /** What is to be written; `#stored` is what was. */
  #state: Pick<Cursor, 'position' | 'failure' | 'skipped'>;
  #stored: Pick<Cursor, 'position' | 'failure' | 'skipped'>;
  #delivered: Position;
  /** How far was read, records that nobody wants included. */
  #read: Position;
  #timer: { readonly due: number; readonly handle: NodeJS.Timeout } | undefined;
  #fault: unknown;
  #iterated = false;

  /** @param cursor that this process holds under the token */
  constructor(log: EventLog, cursor: Cursor, clock: Clock, options: NamedSubscriptionOptions) {
    const { name, position, failure, skipped, holder } = cursor;
    this.name = name as SubscriptionName;
    this.#log = log;
    this.#clock = clock;
    this.#options = options;
    const { signal } = this.#closing;
    this.ended = options.signal ? AbortSignal.any([options.signal, signal]) : signal;
    this.#token = holder?.token ?? randomUUID();
    this.#state = { position, failure, skipped };
    this.#stored = this.#state;
    this.#delivered = position;
    this.#read = position;
  }

  /** Everything up to and with it is acknowledged. */
  get position(): Position {
    return this.#state.position;
  }

  /** How many records stand behind it in the log. */
  get lag(): number {
    return this.#log.head() - this.#state.position;
  }

  /**
   * What is not acknowledged, then whatever comes. Can be done once.
   *
   * @throws FailedPreconditionError if another process has taken it over
   * @throws NotFoundError if it was deleted
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<LogRecord, void, undefined> {
    if (this.#iterated) throw new FailedPreconditionError(`the subscription ${this.name} is being read already`);
    this.#iterated = true;
    const { filter, onDamage } = this.#options;
    const following = { after: this.#state.position, signal: this.ended, ...(onDamage && { onDamage }) };
    for await (const record of this.#log.subscribe(following)) {
      const wanted = !filter || filter(record);
      if (wanted) this.#delivered = record.position;
      this.#read = record.position;
      if (wanted) yield record;
      else if (this.#isUpToDate()) this.#advance(record.position, passedOverMillis);
    }
    if (this.#fault) throw this.#fault;
  }

  /**
   * Says that this record, and all before it, has been dealt with. It is on disk a little later (`flush`): after a crash
   * those come again that were acknowledged last.
   *
   * @throws InvalidArgumentError for a position that was not delivered
   * @throws whatever stood in the way of writing what was acknowledged before
   */
  acknowledge(upTo: LogRecord | Position): void {
    if (this.#fault) throw this.#fault;
    const position = typeof upTo === 'number' ? upTo : upTo.position;
    if (!Number.isSafeInteger(position) || position > this.#delivered) {
      throw new InvalidArgumentError(
        `position ${position} cannot be acknowledged: ${this.name} has been given records up to ${this.#delivered}`,
      );
    }
    if (position <= this.#state.position) return;
    this.#advance(position >= this.#delivered ? this.#read : position, writeMillis);
  }

  /** Says that a record could not be dealt with, for whoever looks at the subscription. It is not acknowledged by that. */
  reportFailure({ position }: LogRecord, error: unknown, attempts: number): void {
    const message = errorMessageOf(error).slice(0, maxMessageLength);
    const failure: CursorFailure = { position, attempts, message, at: this.#clock.now() };
    this.#state = { ...this.#state, failure };
    this.#writeWithin(writeMillis);
  }

  /** Acknowledges a record that could not be dealt with, and counts it. */
  skip(record: LogRecord): void {
    this.#state = { ...this.#state, skipped: this.#state.skipped + 1 };
    this.acknowledge(record);
  }

  /**
   * Writes what was acknowledged; it is on disk when this returns. A subscription that cannot write has ended.
   *
   * @throws FailedPreconditionError if another process has taken it over
   * @throws NotFoundError if it was deleted
   * @throws UnavailableError if it cannot be written
   */
  flush(): void {
    clearTimeout(this.#timer?.handle);
    this.#timer = undefined;
    if (this.#state === this.#stored) return;
    const state = this.#state;
    try {
      this.#log.cursors.change(this.name, (before) => {
        const held = this.#held(before);
        return { ...held, ...state, ...(state.position > held.position && { acknowledgedAt: this.#clock.now() }) };
      });
    } catch (error) {
      this.#fault = error;
      this.#closing.abort();
      throw error;
    }
    this.#stored = state;
  }

  /** Writes what was acknowledged, and lets go of the name. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!openTokens.has(this.#token)) return;
    this.#closing.abort();
    try {
      if (!this.#fault) this.flush();
      this.#log.cursors.change(this.name, (before) =>
        before?.holder?.token === this.#token ? { ...before, holder: null } : before,
      );
    } finally {
      clearTimeout(this.#timer?.handle);
      openTokens.delete(this.#token);
    }
  }

  #isUpToDate(): boolean {
    return this.#state.position >= this.#delivered;
  }

  #advance(position: Position, within: number): void {
    const { failure } = this.#state;
    this.#state = { ...this.#state, position, failure: failure && failure.position > position ? failure : null };
    this.#writeWithin(within);
  }

  /** Soon, and with whatever else comes until then: each write waits for the disk, and others wait for it. */
  #writeWithin(millis: number): void {
    const due = performance.now() + millis;
    if (this.#timer && this.#timer.due <= due) return;
    clearTimeout(this.#timer?.handle);
    const handle = setTimeout(() => {
      try {
        this.flush();
      } catch {
        // Whoever reads or acknowledges next is told.
      }
    }, millis);
    this.#timer = { due, handle };
  }

  /** N3. */
  #held(cursor: Cursor | undefined): Cursor {
    if (!cursor) throw new NotFoundError(`the subscription ${this.name} was deleted`, { details: { name: this.name } });
    if (cursor.holder?.token === this.#token) return cursor;
    const other = cursor.holder ? `by process ${cursor.holder.process.pid}` : 'and is free now';
    throw new FailedPreconditionError(`the subscription ${this.name} was taken over ${other}: open it again`, {
      details: { name: this.name },
    });
  }
}
