/** The rules of `EventSink`. */
import { type EventSink, type LogRecord, parseTimestamp } from '@shiplog/core/plugin';
import { expect } from './expect.js';
import type { Rule as RuleOf, Subject, Suite } from './rule.js';

export interface SinkHarness extends AsyncDisposable {
  readonly sink: EventSink;
  /** The positions of the records that have come out at the other end, in the order in which they came, each once. */
  received(): Promise<readonly number[]>;
  /** From now on the other end takes nothing; absent where it cannot fail. */
  fail?(): Promise<void>;
  /** It takes everything again. */
  mend?(): Promise<void>;
}

/** Of the log that the records are as if from. */
const origin = '5f0c2f4e-6d0b-4a57-9d3b-0c1f5a7c9e21';

/** Records as a log has them, of positions from `first` on. */
export function sampleRecords(amount: number, first = 1): readonly LogRecord[] {
  const actor = { uid: 0, gid: 0, pid: 42, loginUid: null, command: 'conformance', user: '', requestId: 'r1' };
  return Array.from({ length: amount }, (_, index) => ({
    position: first + index,
    namespace: 'default',
    task: 'web',
    version: first + index,
    type: '/tasks/exit',
    schema: 1,
    time: parseTimestamp('2026-01-31T12:00:00.000000001Z'),
    actor,
    runtime: 'io.containerd.test.v1',
    runtimeVersion: '1.0.0',
    correlationId: 'r1',
    causation: 0,
    event: { containerId: 'web', id: 'web', pid: 7, exitStatus: 0, text: 'größer \u0000 \ud83d\ude80' },
  }));
}

export type SinkRule = RuleOf<SinkBench>;

const unlessItCannotFail: NonNullable<SinkRule['unless']> = ({ harness }) =>
  harness.fail && harness.mend ? undefined : 'its other end cannot fail';

export class SinkBench {
  readonly harness: SinkHarness;

  constructor(harness: SinkHarness) {
    this.harness = harness;
  }

  deliver(records: readonly LogRecord[], signal: AbortSignal = new AbortController().signal): Promise<void> {
    return this.harness.sink.deliver(records, { signal, origin });
  }

  async close(): Promise<void> {
    await this.harness.mend?.();
    const { sink } = this.harness;
    const disposable = sink as Partial<AsyncDisposable & Disposable>;
    await (disposable[Symbol.asyncDispose] ?? disposable[Symbol.dispose])?.call(sink);
    await this.harness[Symbol.asyncDispose]();
  }
}

const positions = (records: readonly LogRecord[]): number[] => records.map(({ position }) => position);

const sinkRules: readonly SinkRule[] = [
  {
    id: 'K1',
    text: 'when deliver resolves, every record of the batch is at the other end, in order',
    async check(bench) {
      const records = sampleRecords(3);
      await bench.deliver(records);
      expect(await bench.harness.received()).toEqual(positions(records));
    },
  },
  {
    id: 'K2',
    text: 'batches come out in the order in which they were handed in',
    async check(bench) {
      for (const first of [1, 101, 201]) await bench.deliver(sampleRecords(100, first));
      expect(await bench.harness.received()).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
    },
  },
  {
    id: 'K3',
    text: 'what is handed in twice is known by its position at the other end, and does no harm',
    async check(bench) {
      await bench.deliver(sampleRecords(3));
      await bench.deliver(sampleRecords(4));
      expect(await bench.harness.received()).toEqual([1, 2, 3, 4]);
    },
  },
  {
    id: 'K4',
    text: 'while the other end takes nothing, deliver does not resolve; and afterwards the same batch goes through',
    unless: unlessItCannotFail,
    async check(bench) {
      const records = sampleRecords(2);
      await bench.harness.fail?.();
      const given = new AbortController();
      const early = bench.deliver(records, given.signal).then(
        () => 'delivered',
        () => 'failed',
      );
      const outcome = await Promise.race([early, later('waiting')]);
      expect(['failed', 'waiting']).toContain(outcome);
      given.abort();
      await early;
      await bench.harness.mend?.();
      await bench.deliver(records);
      expect(await bench.harness.received()).toEqual(positions(records));
    },
  },
  {
    id: 'K5',
    text: 'deliver ends soon after its signal has fired, also while the other end takes nothing',
    unless: unlessItCannotFail,
    async check(bench) {
      await bench.harness.fail?.();
      const given = new AbortController();
      const delivering = bench.deliver(sampleRecords(1), given.signal).then(
        () => 'delivered',
        () => 'failed',
      );
      given.abort();
      expect(await delivering).toBe('failed');
    },
  },
  {
    id: 'K6',
    text: 'wants changes nothing, and says the same of the same record',
    unless: ({ harness }) => (harness.sink.wants ? undefined : 'it wants everything'),
    async check({ harness }) {
      for (const record of sampleRecords(3)) expect(harness.sink.wants?.(record)).toBe(harness.sink.wants?.(record));
      expect(await harness.received()).toEqual([]);
    },
  },
];

function later<T>(value: T): Promise<T> {
  return new Promise((resolve) => {
    setTimeout(resolve, 300, value);
  });
}

export const sinkSuite: Suite<SinkBench> = {
  contract: 'EventSink',
  chapters: [{ title: 'delivery', rules: sinkRules }],
};

export interface SinkSubject {
  /** Called once for each rule; what it gives is disposed after the rule. */
  open(): Promise<SinkHarness>;
}

export function sinkSubject({ open }: SinkSubject): Subject<SinkBench> {
  return { open: async () => new SinkBench(await open()) };
}
