import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { LogRecord } from '../../src/event-log/event-log.js';
import { MemoryEventLog } from '../../src/event-log/memory-event-log.js';
import type { NamedSubscription } from '../../src/event-log/named-subscription.js';
import { type OpenSubscriptionOptions, Subscriptions } from '../../src/event-log/subscriptions.js';
import type { ProcessIdentity, ProcessTable } from '../../src/kernel/process-identity.js';
import { newRecord } from './new-record.js';

/** A process with this pid; those are dead that a test says so. */
class Processes implements ProcessTable {
  readonly #pid: number;
  readonly dead = new Set<number>();

  constructor(pid: number) {
    this.#pid = pid;
  }

  self(): ProcessIdentity {
    return { pid: this.#pid, startTime: this.#pid, bootId: 'boot' };
  }

  isAlive({ pid }: ProcessIdentity): boolean {
    return !this.dead.has(pid);
  }
}

async function fill(log: MemoryEventLog, amount: number, task = 'web'): Promise<void> {
  const records = Array.from({ length: amount }, () => newRecord('/a'));
  await log.append({ stream: { namespace: 'default', task }, expectedVersion: 'any', records });
}

async function logOf(amount: number): Promise<MemoryEventLog> {
  const log = new MemoryEventLog();
  await fill(log, amount);
  return log;
}

/** Reads so many, and leaves the rest. */
async function take(subscription: NamedSubscription, amount: number): Promise<number[]> {
  const positions: number[] = [];
  if (amount === 0) return positions;
  for await (const { position } of subscription) {
    positions.push(position);
    if (positions.length === amount) break;
  }
  return positions;
}

/** One life of a subscriber: reads so many, acknowledges so many of them, and is gone. */
async function live(
  subscriptions: Subscriptions,
  { read, acknowledge = read, ...options }: OpenSubscriptionOptions & { read: number; acknowledge?: number },
): Promise<number[]> {
  await using subscription = await subscriptions.open('mirror', options);
  const positions = await take(subscription, read);
  const last = positions[acknowledge - 1];
  if (last !== undefined) subscription.acknowledge(last);
  return positions;
}

describe('a named subscription', () => {
  it('goes on behind what was acknowledged (N1, N2)', async () => {
    const subscriptions = new Subscriptions(await logOf(9));
    expect(await live(subscriptions, { read: 4, acknowledge: 2 })).toEqual([1, 2, 3, 4]);
    expect(await live(subscriptions, { read: 3, acknowledge: 0 })).toEqual([3, 4, 5]);
    expect(await live(subscriptions, { read: 5 })).toEqual([3, 4, 5, 6, 7]);
    expect(await live(subscriptions, { read: 2 })).toEqual([8, 9]);
    expect(subscriptions.list()).toMatchObject([{ name: 'mirror', position: 9, lag: 0, active: false }]);
  });

  it.each<[OpenSubscriptionOptions['start'], number]>([
    [undefined, 1],
    ['beginning', 1],
    [4, 5],
    [0, 1],
    [9, 10],
    ['end', 10],
  ])('that is new and starts at %s has first position %s', async (start, first) => {
    const log = await logOf(9);
    const subscriptions = new Subscriptions(log);
    const reading = live(subscriptions, { read: 1, ...(start !== undefined && { start }) });
    await fill(log, 1);
    expect(await reading).toEqual([first]);
  });

  it('that is there already goes on, whatever start says', async () => {
    const subscriptions = new Subscriptions(await logOf(9));
    await live(subscriptions, { read: 5 });
    expect(await live(subscriptions, { read: 1, start: 'beginning' })).toEqual([6]);
  });

  it.each([-1, 10, 1.5, Number.NaN])('cannot start behind %s', async (start) => {
    const subscriptions = new Subscriptions(await logOf(9));
    await expect(subscriptions.open('mirror', { start })).rejects.toThrow('the log has 0 to 9');
    expect(subscriptions.list()).toEqual([]);
  });

  it.each(['', 'a b', '-x', 'x'.repeat(77)])('cannot have the name %j', async (name) => {
    await expect(new Subscriptions(await logOf(1)).open(name)).rejects.toThrow('subscription');
  });

  it('can acknowledge only what it was given', async () => {
    const subscriptions = new Subscriptions(await logOf(9));
    await using subscription = await subscriptions.open('mirror');
    await take(subscription, 3);
    expect(() => subscription.acknowledge(4)).toThrow('has been given records up to 3');
    expect(() => subscription.acknowledge(Number.NaN)).toThrow('cannot be acknowledged');
    subscription.acknowledge(3);
    subscription.acknowledge(1);
    expect(subscription.position).toBe(3);
  });

  it('is read once', async () => {
    const subscriptions = new Subscriptions(await logOf(9));
    await using subscription = await subscriptions.open('mirror');
    await take(subscription, 1);
    await expect(take(subscription, 1)).rejects.toThrow('is being read already');
  });

  it('has what it acknowledged on disk when it has flushed', async () => {
    const log = await logOf(9);
    const subscriptions = new Subscriptions(log);
    await using subscription = await subscriptions.open('mirror');
    await take(subscription, 3);
    subscription.acknowledge(2);
    expect(log.cursors.get('mirror')).toMatchObject({ position: 0, acknowledgedAt: null });
    subscription.flush();
    expect(log.cursors.get('mirror')).toMatchObject({ position: 2, acknowledgedAt: expect.any(String) });
  });

  it('writes by itself, and not once for each record (N4)', async () => {
    const log = await logOf(1_000);
    const writing = vi.spyOn(log.cursors, 'change');
    const subscriptions = new Subscriptions(log);
    await using subscription = await subscriptions.open('mirror');
    let seen = 0;
    for await (const record of subscription) {
      subscription.acknowledge(record);
      seen += 1;
      if (seen === 1_000) break;
    }
    expect(writing.mock.calls.length).toBeLessThan(100);
    while (log.cursors.get('mirror')?.position !== 1_000) await delay(10);
  });
});

describe('a filter', () => {
  const filter = ({ task }: LogRecord) => task === 'db';

  async function mixed(): Promise<MemoryEventLog> {
    const log = await logOf(3);
    await fill(log, 2, 'db');
    await fill(log, 3);
    return log;
  }

  it('says what comes; what it passes over is acknowledged with what stands before it', async () => {
    const subscriptions = new Subscriptions(await mixed());
    expect(await live(subscriptions, { read: 2, filter })).toEqual([4, 5]);
    expect(subscriptions.list()).toMatchObject([{ position: 5 }]);
  });

  it('leaves no lag behind where nothing comes', async () => {
    const log = await mixed();
    const subscriptions = new Subscriptions(log);
    const ending = new AbortController();
    const subscription = await subscriptions.open('mirror', { filter, signal: ending.signal });
    const reading = (async () => {
      for await (const record of subscription) subscription.acknowledge(record);
    })();
    while (subscription.lag > 0) await delay(1);
    ending.abort();
    await reading;
    await subscription[Symbol.asyncDispose]();
    expect(subscriptions.list()).toMatchObject([{ position: 8, lag: 0 }]);
  });

  it('never passes over what is not acknowledged (N1)', async () => {
    const subscriptions = new Subscriptions(await mixed());
    await live(subscriptions, { read: 2, acknowledge: 1, filter });
    expect(subscriptions.list()).toMatchObject([{ position: 4 }]);
    expect(await live(subscriptions, { read: 1, filter })).toEqual([5]);
  });
});

describe('one reader at a time (N3)', () => {
  it('in one process', async () => {
    const subscriptions = new Subscriptions(await logOf(9));
    const first = await subscriptions.open('mirror');
    await expect(subscriptions.open('mirror')).rejects.toThrow(
      /^the subscription mirror is held by process \d+ since 20.*: one reads at a time; end that one, or take another name$/,
    );
    await using _other = await subscriptions.open('other');
    await first[Symbol.asyncDispose]();
    await using _second = await subscriptions.open('mirror');
  });

  it('of all processes: a living one is respected, a dead one is replaced', async () => {
    const log = await logOf(9);
    const processes = new Processes(2);
    const [one, two] = [new Subscriptions(log, { processes: new Processes(1) }), new Subscriptions(log, { processes })];
    const dying = await one.open('mirror');
    await take(dying, 4);
    dying.acknowledge(2);
    dying.flush();
    await expect(two.open('mirror')).rejects.toThrow('is held by process 1');
    processes.dead.add(1);
    await using heir = await two.open('mirror');
    expect(await take(heir, 2)).toEqual([3, 4]);
    // It was not dead after all: it may not move on what is no longer its own.
    dying.acknowledge(4);
    expect(() => dying.flush()).toThrow('the subscription mirror was taken over by process 2');
    expect(two.list()).toMatchObject([{ position: 2, active: true, holder: { process: { pid: 2 } } }]);
    await dying[Symbol.asyncDispose]().catch(() => undefined);
    expect(two.list()).toMatchObject([{ active: true, holder: { process: { pid: 2 } } }]);
  });

  it('one that lost it hears of it where it reads', async () => {
    const log = await logOf(9);
    const processes = new Processes(2);
    processes.dead.add(1);
    const old = await new Subscriptions(log, { processes: new Processes(1) }).open('mirror');
    const reading = (async () => {
      for await (const record of old) old.acknowledge(record);
    })();
    onTestFinished(() => old[Symbol.asyncDispose]().catch(() => undefined));
    await using _heir = await new Subscriptions(log, { processes }).open('mirror');
    await expect(reading).rejects.toThrow('was taken over by process 2');
  });
});

describe('a subscription is deleted', () => {
  it('when nobody reads', async () => {
    const subscriptions = new Subscriptions(await logOf(9));
    await live(subscriptions, { read: 5 });
    subscriptions.delete('mirror');
    expect(subscriptions.list()).toEqual([]);
    expect(() => subscriptions.delete('mirror')).toThrow('there is no subscription mirror');
    expect(() => subscriptions.delete('mirror', { force: true })).toThrow('there is no subscription mirror');
    expect(await live(subscriptions, { read: 1 })).toEqual([1]);
  });

  it('by force while somebody reads, who hears of it', async () => {
    const subscriptions = new Subscriptions(await logOf(9));
    const subscription = await subscriptions.open('mirror');
    onTestFinished(() => subscription[Symbol.asyncDispose]().catch(() => undefined));
    expect(() => subscriptions.delete('mirror')).toThrow('end that one, or delete it by force');
    subscriptions.delete('mirror', { force: true });
    await take(subscription, 1);
    subscription.acknowledge(1);
    expect(() => subscription.flush()).toThrow('the subscription mirror was deleted');
  });
});

it('a log that was put back from an older copy is not read on as if nothing had been', async () => {
  const log = await logOf(9);
  const subscriptions = new Subscriptions(log);
  await live(subscriptions, { read: 9 });
  log.cursors.change('mirror', (before) => before && { ...before, position: 20 });
  await expect(subscriptions.open('mirror')).rejects.toThrow('has acknowledged position 20, but the log ends at 9');
});

it('closing the subscriptions of a log closes each that is open', async () => {
  const subscriptions = new Subscriptions(await logOf(9));
  const subscription = await subscriptions.open('mirror');
  await take(subscription, 2);
  subscription.acknowledge(2);
  await subscriptions[Symbol.asyncDispose]();
  expect(subscription.ended.aborted).toBe(true);
  expect(subscriptions.list()).toMatchObject([{ position: 2, active: false, holder: null }]);
});

it('a slow subscriber holds up no append, and has nothing piled up for it (N4)', async () => {
  const log = await logOf(1);
  const subscriptions = new Subscriptions(log);
  await using stuck = await subscriptions.open('stuck');
  const first = Promise.withResolvers<void>();
  const done = Promise.withResolvers<void>();
  const reading = (async () => {
    for await (const record of stuck) {
      first.resolve();
      await done.promise;
      stuck.acknowledge(record);
      if (record.position === 1_001) return;
    }
  })();
  await first.promise;
  for (let turn = 0; turn < 1_000; turn += 1) await fill(log, 1);
  expect(stuck.lag).toBe(1_001);
  done.resolve();
  await reading;
  expect(stuck.lag).toBe(0);
});
