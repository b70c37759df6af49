import { describe, expect, it } from 'vitest';
import { Subscriptions } from '../../src/event-log/subscriptions.js';
import { machine, opts } from './harness.js';

type Host = Awaited<ReturnType<typeof machine>>;

async function life(host: Host, id: string): Promise<void> {
  const task = await host.manager.create(id, opts);
  await task.start();
  await task.kill(9);
  await task.wait();
  await host.manager.delete(id);
}

describe('a subscriber never slows a task (N4)', () => {
  it('one that never comes back from its first record', async () => {
    await using host = await machine();
    await life(host, 'first');
    await using subscriptions = new Subscriptions(host.log);
    const given = Promise.withResolvers<void>();
    const delivering = subscriptions.deliver('stuck', (_record, signal) => {
      given.resolve();
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
    });
    await given.promise;
    for (let turn = 0; turn < 20; turn += 1) await life(host, `t${turn}`);
    expect(subscriptions.list()).toMatchObject([{ name: 'stuck', position: 0, lag: host.log.head(), active: true }]);
    await subscriptions[Symbol.asyncDispose]();
    await delivering;
  });

  it('one that throws at each record, and one whose filter throws', async () => {
    await using host = await machine();
    await using subscriptions = new Subscriptions(host.log);
    const broken = subscriptions.deliver(
      'broken',
      () => {
        throw new Error('broken');
      },
      { firstWait: 1, longestWait: 1 },
    );
    const filtering = subscriptions.deliver('filtering', () => undefined, {
      filter: () => {
        throw new Error('a broken filter');
      },
    });
    const refused = expect(filtering).rejects.toThrow('a broken filter');
    for (let turn = 0; turn < 20; turn += 1) await life(host, `t${turn}`);
    await refused;
    expect(subscriptions.list()).toMatchObject([
      { name: 'broken', position: 0 },
      { name: 'filtering', active: false },
    ]);
    expect(host.errors).toEqual([]);
    await subscriptions[Symbol.asyncDispose]();
    await broken;
  });
});
