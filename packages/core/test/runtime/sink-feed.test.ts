import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { MemoryEventLog } from '../../src/event-log/memory-event-log.js';
import { Subscriptions } from '../../src/event-log/subscriptions.js';
import type { EventSink } from '../../src/runtime/event-sink.js';
import { feedSink, type SinkFeed } from '../../src/runtime/sink-feed.js';
import { newRecord } from '../event-log/new-record.js';

const id = 'io.containerd.sink.v1';
const stream = { namespace: 'default', task: 'web' };

/** A log, a sink that keeps what it took, and its cursor. */
function setUp(sink: Partial<EventSink> = {}) {
  const log = new MemoryEventLog({ projections: [] });
  const taken: number[] = [];
  const subscriptions = new Subscriptions(log);
  const position = () => log.cursors.get(id)?.position ?? 0;
  const errors: string[] = [];
  const ended = new AbortController();
  const took = new EventTarget();
  const feed = (options: Partial<SinkFeed> = {}) =>
    feedSink({
      log,
      id,
      subscriptions,
      signal: ended.signal,
      firstPause: 1,
      onError: (error) => errors.push((error as Error).message),
      sink: {
        async deliver(records) {
          taken.push(...records.map(({ position }) => position));
          took.dispatchEvent(new Event('taken'));
        },
        ...sink,
      },
      ...options,
    });
  const append = (amount: number) =>
    log.append({
      stream,
      expectedVersion: 'any',
      records: Array.from({ length: amount }, () => newRecord('/tasks/exit')),
    });
  const has = async (amount: number) => {
    while (taken.length < amount) await setImmediate();
  };
  return { log, taken, position, subscriptions, errors, ended, feed, append, has };
}

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

describe('a sink', () => {
  it('gets everything behind its cursor in order, in batches, then what comes', async () => {
    const host = setUp();
    await host.append(250);
    const feeding = host.feed();
    await host.has(250);
    await host.append(3);
    await host.has(253);
    host.ended.abort();
    await feeding;
    expect(host.taken).toEqual(upTo(253));
  });

  it('goes on behind its cursor, and ends at the head with once', async () => {
    const host = setUp();
    await host.append(5);
    await using earlier = await host.subscriptions.open(id, { start: 3 });
    await earlier[Symbol.asyncDispose]();
    await host.feed({ once: true });
    expect(host.taken).toEqual([4, 5]);
    expect(host.position()).toBe(5);
  });

  it('gets what it wants, and its cursor passes the rest', async () => {
    const host = setUp({ wants: ({ position }) => position % 2 === 0 });
    await host.append(5);
    await host.feed({ once: true });
    expect(host.taken).toEqual([2, 4]);
    expect(host.position()).toBe(5);
  });

  it('gets the same batch again until it has taken it, and nothing behind it before (F1, F2)', async () => {
    const seen: number[][] = [];
    const host = setUp({
      async deliver(records) {
        seen.push(records.map(({ position }) => position));
        expect(host.position()).toBe(0);
        if (seen.length < 4) throw new Error('down');
      },
    });
    await host.append(2);
    await host.feed({ once: true });
    expect(seen).toEqual([1, 2, 3, 4].map(() => [1, 2]));
    expect(host.errors).toEqual([1, 2, 3].map(() => 'sink io.containerd.sink.v1 has not taken positions 1 to 2: down'));
    expect(host.position()).toBe(2);
  });

  it('that never takes it is given up with once, its cursor where it was', async () => {
    const host = setUp({ deliver: () => Promise.reject(new Error('down')) });
    await host.append(1);
    await expect(host.feed({ once: true })).rejects.toMatchObject({ code: 'unavailable' });
    expect(host.position()).toBe(0);
  });

  it('is told when nobody waits any more', async () => {
    const asked = Promise.withResolvers<void>();
    const host = setUp({
      deliver: (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
          asked.resolve();
        }),
    });
    await host.append(1);
    const feeding = host.feed();
    await asked.promise;
    host.ended.abort();
    await feeding;
    expect([host.position(), host.errors]).toEqual([0, []]);
  });

  it('is fed by one process at a time (F3)', async () => {
    const host = setUp();
    await host.append(1);
    const feeding = host.feed();
    await host.has(1);
    await expect(host.feed({ once: true })).rejects.toThrow('another process feeds sink io.containerd.sink.v1 now');
    host.ended.abort();
    await feeding;
    await host.feed({ once: true, signal: new AbortController().signal });
  });
});
