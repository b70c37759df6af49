/** The tasks that a stream has had, one after the other, and how their execs ended: what stays of them for good. */

import type { LogRecord } from '../event-log/event-log.js';
import { carriedOn, type LogBase } from '../event-log/log-base.js';
import type { Timestamp } from '../kernel/clock.js';
import type { ExitRecord } from '../task/events.js';
import type { AbsentTask, TaskState } from '../task/state.js';
import { upcast } from '../task/upcast.js';
import type { VersionedState } from './task-projection.js';

/** One of the tasks that had a name, one after the other. */
export interface PastTask extends VersionedState {
  /** As it is, or as it was when it was deleted. */
  readonly state: Exclude<TaskState, AbsentTask>;
  /** Those that have ended, by ID; of one ID the last. */
  readonly execs: Readonly<Record<string, PastExec>>;
}

export interface PastExec {
  readonly exit: ExitRecord;
  /** Null while it is there: shown with its task, and deleted with it. */
  readonly deletedAt: Timestamp | null;
}

export const historyFoldName = 'history';
export const historyFoldVersion = 1;

/** What is known of a stream beside its state. */
export class StreamHistory {
  /** Those before the present one, or the last one. */
  readonly past: PastTask[];
  #execs: Map<string, PastExec>;

  constructor({
    past,
    execs,
  }: { readonly past: readonly PastTask[]; readonly execs: Readonly<Record<string, PastExec>> }) {
    this.past = [...past];
    this.#execs = new Map(Object.entries(execs));
  }

  /** As far as it was archived. */
  static atBase(base: LogBase, key: string): StreamHistory {
    const bytes = base.folded(historyFoldName, key);
    return new StreamHistory(bytes ? carriedOn(historyFoldName, bytes) : { past: [], execs: {} });
  }

  get isEmpty(): boolean {
    return this.past.length === 0 && this.#execs.size === 0;
  }

  /** @param before the stream's state before the record */
  take(before: VersionedState, record: LogRecord): void {
    const event = upcast(record);
    if (event?.type === '/tasks/create-requested' && !isThere(before.state)) {
      this.past.push(...this.#lastOf(before));
      this.#execs = new Map();
    }
    if (event?.type !== '/tasks/exit' && event?.type !== '/tasks/delete') return;
    if (event.id === event.containerId) return;
    const { pid, exitStatus, exitedAt, certainty, evidence, oomKilled } = event;
    this.#execs.set(event.id, {
      exit: { pid, exitStatus, exitedAt, certainty, evidence, oomKilled },
      deletedAt: event.type === '/tasks/delete' ? record.time : null,
    });
  }

  /** All of them, the oldest first. @param last the stream's state */
  tasks(last: VersionedState): readonly PastTask[] {
    return [...this.past, ...this.#lastOf(last)];
  }

  encode(): Uint8Array {
    return Buffer.from(JSON.stringify({ past: this.past, execs: Object.fromEntries(this.#execs) }));
  }

  #lastOf({ state, version }: VersionedState): readonly PastTask[] {
    return state.status === 'absent' ? [] : [{ state, version, execs: Object.fromEntries(this.#execs) }];
  }
}

function isThere({ status }: TaskState): boolean {
  return status !== 'absent' && status !== 'deleted';
}
