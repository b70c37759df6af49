/** What the suite needs of a log, and the words in which its rules are written. */
import {
  type Append,
  type Appended,
  type EventLog,
  type LogRecord,
  type NewRecord,
  type Projection,
  parseTimestamp,
  type SubscribeOptions,
} from '@shiplog/core';
import type { Rule } from './rule.js';

export interface EventLogHarness extends AsyncDisposable {
  /** New and empty. */
  readonly log: EventLog;
  /** Another handle on the same log, as another process would have it. Absent where a log has one handle only. */
  again?(): Promise<EventLog>;
}

export type LogRule = Rule<LogBench>;

/** Of rules that are about two handles on one log. */
export const unlessAlone: NonNullable<LogRule['unless']> = (bench) =>
  bench.isAlone ? 'this log has one handle only' : undefined;

/** How many records each task has. `/forget` drops the count, and `/poison` is more than it can take. */
export const counts: Projection = {
  name: 'counts',
  version: 1,
  apply(record, store) {
    if (record.type === '/poison') throw new Error('poisoned');
    const key = `${record.namespace}/${record.task}`;
    const before = store.get(key);
    if (record.type === '/forget') store.delete(key);
    else store.put(key, Buffer.from(String(Number(before ? Buffer.from(before).toString() : 0) + 1)));
  },
};

export const task = (name: string): Append['stream'] => ({ namespace: 'default', task: name });

export function record(type: string, event: NewRecord['event'] = {}): NewRecord {
  const actor = { uid: 0, gid: 0, pid: 42, loginUid: null, command: 'conformance', user: '', requestId: 'r1' };
  return {
    type,
    schema: 1,
    time: parseTimestamp('2026-01-31T12:00:00.000000001Z'),
    actor,
    runtime: 'io.containerd.test.v1',
    runtimeVersion: '1.0.0',
    correlationId: 'r1',
    causation: 0,
    event,
  };
}

/** One open harness, and short ways to say what the rules do with it. */
export class LogBench {
  readonly #harness: EventLogHarness;

  constructor(harness: EventLogHarness) {
    this.#harness = harness;
  }

  get isAlone(): boolean {
    return this.#harness.again === undefined;
  }

  async close(): Promise<void> {
    await this.#harness[Symbol.asyncDispose]();
  }

  get log(): EventLog {
    return this.#harness.log;
  }

  again(): Promise<EventLog> {
    if (!this.#harness.again) throw new Error('this log has no second handle');
    return this.#harness.again();
  }

  /** One append of any version, of records of these types. */
  append(name: string, ...types: readonly string[]): Promise<Appended> {
    return appendTo(this.log, name, ...types);
  }

  /** `amount` records of one task, appended at once. */
  async fill(name: string, amount: number): Promise<void> {
    await this.append(name, ...Array.from({ length: amount }, (_, index) => `/fill/${index}`));
  }

  positions(): number[] {
    return [...this.log.read()].map(({ position }) => position);
  }

  count(name: string): string | undefined {
    const bytes = this.log.projected(counts.name, `default/${name}`);
    return bytes && Buffer.from(bytes).toString();
  }
}

export function appendTo(log: EventLog, name: string, ...types: readonly string[]): Promise<Appended> {
  return log.append({
    stream: task(name),
    expectedVersion: 'any',
    records: types.map((type) => record(type)),
  });
}

export async function collect(log: EventLog, amount: number, options: SubscribeOptions = {}): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  if (amount === 0) return records;
  for await (const next of log.subscribe(options)) {
    records.push(next);
    if (records.length === amount) break;
  }
  return records;
}

export const upTo = (last: number, after = 0): number[] =>
  Array.from({ length: last - after }, (_, index) => after + index + 1);
