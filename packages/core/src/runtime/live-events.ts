/**
 * The typed live bus: what comes into the log from now on, from any process, by topic. It is fed by one subscription
 * to the log, so nobody hears of an event that is not there, or hears of one twice; whoever needs what was before, or
 * must not miss anything over a restart, subscribes to the log itself.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { EventEmitter } from 'eventemitter3';
import type { EventLog, LogRecord, Position } from '../event-log/event-log.js';
import type { TaskEventOf, TaskTopic } from '../task/events.js';
import { upcast } from '../task/upcast.js';

type Topics = { [T in TaskTopic]: [event: TaskEventOf<T>, record: LogRecord] };

interface Everything {
  /** Any record, of a known topic or not. */
  record: [record: LogRecord];
  /** Something came that cannot be read. */
  damage: [];
}

/** Between two tries to read a log that cannot be read. */
const retryMs = 1_000;

export class LiveEvents implements AsyncDisposable {
  readonly #log: EventLog;
  readonly #onError: (error: unknown) => void;
  readonly #emitter = new EventEmitter<Topics & Everything>();
  readonly #ended = new AbortController();
  #following: Promise<void> | undefined;

  /** @param onError told what a listener threw: neither the other listeners nor the task is harmed by it (P8). */
  constructor(log: EventLog, onError: (error: unknown) => void) {
    this.#log = log;
    this.#onError = onError;
  }

  /** Until the result is disposed of, the listener is called for each event of the topic. */
  on<T extends keyof (Topics & Everything)>(
    topic: T,
    listener: (...args: (Topics & Everything)[T]) => void | Promise<void>,
  ): Disposable {
    const guarded = async (...args: unknown[]) => {
      try {
        await listener(...(args as (Topics & Everything)[T]));
      } catch (error) {
        this.#onError(error);
      }
    };
    this.#emitter.on(topic, guarded as never);
    this.#following ??= this.#follow(this.#log.head());
    return { [Symbol.dispose]: () => void this.#emitter.off(topic, guarded as never) };
  }

  /** Goes on behind what it has seen when the log could not be read for a while. */
  async #follow(after: Position): Promise<void> {
    const { signal } = this.#ended;
    let position = after;
    while (!signal.aborted) {
      try {
        const onDamage = () => void this.#emit('damage');
        for await (const record of this.#log.subscribe({ after: position, signal, onDamage })) {
          position = record.position;
          this.#emit('record', record);
          const event = upcast(record);
          if (event) this.#emit(event.type, event, record);
        }
        return;
      } catch (error) {
        this.#onError(error);
        await delay(retryMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  #emit(topic: string, ...args: unknown[]): void {
    (this.#emitter.emit as (topic: string, ...args: unknown[]) => boolean).call(this.#emitter, topic, ...args);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#following;
  }
}
