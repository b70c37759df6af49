import { join } from 'node:path';
import { LmdbEventLog, Subscriptions } from '@shiplog/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useHost } from './cli-harness.js';

const owner = useHost();
const opened = new AsyncDisposableStack();
afterAll(() => opened.disposeAsync());

let head: number;
let subscriptions: Subscriptions;

// This process is the subscriber: it reads what a task has left in the log, which others append to.
beforeAll(async () => {
  const { host } = owner;
  await host.ok('run', '--rm', '--rootfs', host.rootfs, 'web', 'true');
  const log = opened.use(await LmdbEventLog.open(join(host.root, 'log')));
  subscriptions = opened.use(new Subscriptions(log));
  head = log.head();
}, 60_000);

/** Reads until a position, and acknowledges it. */
async function readTo(name: string, position: number) {
  const subscription = opened.use(await subscriptions.open(name));
  for await (const record of subscription) if (record.position === position) break;
  subscription.acknowledge(position);
  subscription.flush();
  return subscription;
}

const list = () => owner.host.json('subscriptions');

describe('subscriptions', () => {
  it('are listed with who reads, how far they are, and how far behind', async () => {
    const reading = await readTo('mirror', 2);
    const idle = await readTo('archive', head);
    await idle[Symbol.asyncDispose]();
    expect(await list()).toEqual([
      {
        ...{ name: 'archive', status: 'idle', position: head, lag: 0, skipped: 0 },
        acknowledgedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      },
      {
        ...{ name: 'mirror', status: 'active', position: 2, lag: head - 2, pid: process.pid, skipped: 0 },
        acknowledgedAt: expect.any(String),
      },
    ]);
    const text = await owner.host.ok('subscriptions');
    expect(text).toMatch(/^SUBSCRIPTION +STATUS +POSITION +LAG +PID +ACKNOWLEDGED \(UTC\) +SKIPPED +FAILURE$/m);
    expect(text).toMatch(new RegExp(`^mirror +active +2 +${head - 2} +${process.pid} +\\d`, 'm'));
    await reading[Symbol.asyncDispose]();
  });

  it('show what their reader cannot deal with', async () => {
    const broken = subscriptions.deliver('broken', () => Promise.reject(new Error('no such host')), {
      onFailure: () => 'stop',
    });
    await expect(broken).rejects.toThrow('no such host');
    const [found] = await list().then((all) => all.filter(({ name }) => name === 'broken'));
    expect(found).toMatchObject({
      ...{ status: 'failing', position: 0 },
      failure: { position: 1, attempts: 1, message: 'no such host' },
    });
  });

  it('are completed by name, and deleted', async () => {
    const completed = await owner.host.ok('completion', 'fish', '--', 'subscriptions', '--delete', 'mi');
    expect(completed).toBe(`mirror\tacknowledged 2 of ${head}\n:none\n`);
    await owner.host.ok('subscriptions', '--delete', 'mirror', '--delete', 'archive');
    expect((await list()).map(({ name }) => name)).toEqual(['broken']);
    const { exitCode, stderr } = await owner.host.run(['subscriptions', '--delete', 'mirror']);
    expect([exitCode, stderr]).toEqual([125, 'shiplog: there is no subscription mirror\n']);
  });

  it('that are being read are deleted by force alone', async () => {
    const subscription = opened.use(await subscriptions.open('held'));
    for await (const record of subscription) if (record.position === 1) break;
    const { exitCode, stderr } = await owner.host.run(['subscriptions', '--delete', 'held']);
    expect(exitCode).toBe(125);
    expect(stderr).toContain(`shiplog: the subscription held is held by process ${process.pid} since `);
    await owner.host.ok('subscriptions', '--delete', 'held', '--force');
    subscription.acknowledge(1);
    expect(() => subscription.flush()).toThrow('the subscription held was deleted');
  });

  it.each([
    [['subscriptions', '--force'], '--force goes with --delete: name a subscription'],
    [['subscriptions', '--delete', 'a b'], 'subscription "a b" is not valid'],
  ])('%j is refused', async (args, message) => {
    const { exitCode, stderr } = await owner.host.run(args);
    expect(exitCode).toBe(125);
    expect(stderr).toContain(`shiplog: ${message}`);
  });
});
