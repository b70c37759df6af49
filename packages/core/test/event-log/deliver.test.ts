import { describe, expect, it } from 'vitest';
import type { DeliverOptions, FailureDecision } from '../../src/event-log/deliver.js';
import type { LogRecord, Position } from '../../src/event-log/event-log.js';
import { MemoryEventLog } from '../../src/event-log/memory-event-log.js';
import { Subscriptions } from '../../src/event-log/subscriptions.js';
import { newRecord } from './new-record.js';

async function logOf(amount: number): Promise<MemoryEventLog> {
  const log = new MemoryEventLog();
  const records = Array.from({ length: amount }, () => newRecord('/a'));
  await log.append({ stream: { namespace: 'default', task: 'web' }, expectedVersion: 'any', records });
  return log;
}

/** Everything that the handler was given until it has dealt with the last record; at one it fails some times. */
async function delivered(
  log: MemoryEventLog,
  { poison, failures, ...options }: DeliverOptions & { readonly poison: Position; readonly failures: number },
): Promise<number[]> {
  const subscriptions = new Subscriptions(log);
  const ending = new AbortController();
  const given: number[] = [];
  let failed = 0;
  const handler = ({ position }: LogRecord) => {
    given.push(position);
    if (position === poison && failed < failures) {
      failed += 1;
      throw new Error(`no room for ${position}`);
    }
    if (position === log.head()) ending.abort();
  };
  await subscriptions.deliver('mirror', handler, { firstWait: 1, ...options, signal: ending.signal });
  return given;
}

describe('a handler', () => {
  it('is given a record again until it has dealt with it, and none behind it before', async () => {
    const log = await logOf(4);
    expect(await delivered(log, { poison: 2, failures: 3 })).toEqual([1, 2, 2, 2, 2, 3, 4]);
    expect(log.cursors.get('mirror')).toMatchObject({ position: 4, failure: null, skipped: 0 });
  });

  it('passes over a record that it decides to skip, which is counted', async () => {
    const log = await logOf(4);
    const onFailure = ({ attempts }: { attempts: number }): FailureDecision => (attempts < 2 ? 'retry' : 'skip');
    expect(await delivered(log, { poison: 2, failures: 99, onFailure })).toEqual([1, 2, 2, 3, 4]);
    expect(log.cursors.get('mirror')).toMatchObject({ position: 4, skipped: 1, failure: null });
  });

  it('ends with the error where it decides to stop, and gets that record first next time', async () => {
    const log = await logOf(4);
    const stopped = delivered(log, { poison: 2, failures: 99, onFailure: () => 'stop' });
    await expect(stopped).rejects.toThrow('no room for 2');
    expect(log.cursors.get('mirror')).toMatchObject({
      ...{ position: 1, holder: null },
      failure: { position: 2, attempts: 1, message: 'no room for 2' },
    });
    expect(await delivered(log, { poison: 0, failures: 0 })).toEqual([2, 3, 4]);
    expect(log.cursors.get('mirror')).toMatchObject({ position: 4, failure: null });
  });

  it('is told what failed, and how often', async () => {
    const log = await logOf(2);
    const told: unknown[] = [];
    const onFailure = (failure: { record: LogRecord; error: unknown; attempts: number }): FailureDecision => {
      told.push([failure.record.position, String(failure.error), failure.attempts]);
      return 'retry';
    };
    await delivered(log, { poison: 1, failures: 2, onFailure });
    expect(told).toEqual([
      [1, 'Error: no room for 1', 1],
      [1, 'Error: no room for 1', 2],
    ]);
  });

  it('that waits for its next attempt ends when the signal fires', async () => {
    const log = await logOf(2);
    const ending = new AbortController();
    const subscriptions = new Subscriptions(log);
    const delivering = subscriptions.deliver(
      'mirror',
      () => {
        throw new Error('never');
      },
      {
        firstWait: 1_000_000,
        signal: ending.signal,
        onFailure: () => {
          setImmediate(() => ending.abort());
          return 'retry';
        },
      },
    );
    await delivering;
    expect(subscriptions.list()).toMatchObject([{ position: 0, active: false, failure: { attempts: 1 } }]);
  });

  it('that hangs is told to give up by its signal', async () => {
    const log = await logOf(2);
    const subscriptions = new Subscriptions(log);
    const begun = Promise.withResolvers<void>();
    const delivering = subscriptions.deliver('mirror', (_record, signal) => {
      begun.resolve();
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    });
    await begun.promise;
    await subscriptions[Symbol.asyncDispose]();
    await delivering;
    expect(subscriptions.list()).toMatchObject([{ position: 0, active: false, failure: null }]);
  });
});
