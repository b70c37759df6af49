import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { LmdbEventLog } from '../../src/event-log/lmdb-event-log.js';
import { Subscriptions } from '../../src/event-log/subscriptions.js';
import { LogProcess } from './log-process.js';
import { newRecord } from './new-record.js';
import { tempFolder } from './temp-folder.js';

const stream = { namespace: 'default', task: 'web' };

async function append(log: LmdbEventLog, amount: number): Promise<void> {
  const records = Array.from({ length: amount }, () => newRecord('/a'));
  await log.append({ stream, expectedVersion: 'any', records });
}

/** What one life of a subscriber was given, before it was killed at some instant. */
async function lifeOf(
  path: string,
  until: (given: readonly number[]) => boolean | Promise<boolean>,
): Promise<number[]> {
  await using subscriber = LogProcess.run('deliver', path);
  const given: number[] = [];
  do given.push(Number(await subscriber.line()));
  while (!(await until(given)));
  await subscriber.kill();
  return [...given, ...(await subscriber.rest()).map(Number)];
}

describe('a subscriber in a process of its own', { timeout: 60_000 }, () => {
  it('may be killed at any instant: the next one goes on without a gap, and in order (N1, N2)', async () => {
    await using folder = await tempFolder();
    await using log = await LmdbEventLog.open(folder.path);
    await append(log, 200);
    const lives: number[][] = [];
    for (let round = 0; round < 6; round += 1) {
      const least = Math.ceil(Math.random() * 400);
      const given = await lifeOf(folder.path, async (positions) => {
        // There is always more to come.
        if (log.head() - (positions.at(-1) ?? 0) < 100) await append(log, 200);
        return positions.length >= least && Math.random() < 0.1;
      });
      lives.push(given);
    }
    const subscriptions = new Subscriptions(log);
    let dealtWith = 0;
    for (const given of lives) {
      const [first = 0] = given;
      expect(first).toBeGreaterThan(0);
      expect(first).toBeLessThanOrEqual(dealtWith + 1);
      expect(given).toEqual(given.map((_, index) => first + index));
      dealtWith = Math.max(dealtWith, given.at(-1) ?? 0);
    }
    const [cursor] = subscriptions.list();
    expect(cursor).toMatchObject({ name: 'mirror', active: false });
    expect(cursor?.position).toBeLessThanOrEqual(dealtWith);
  });

  it('keeps others from its name while it lives, and not when it was killed (N3)', async () => {
    await using folder = await tempFolder();
    await using log = await LmdbEventLog.open(folder.path);
    await append(log, 10);
    const subscriptions = new Subscriptions(log);
    await lifeOf(folder.path, async (positions) => {
      if (positions.length < 10) return false;
      await expect(subscriptions.open('mirror')).rejects.toThrow('is held by process');
      while (subscriptions.list()[0]?.position !== 10) await delay(10);
      return true;
    });
    await append(log, 1);
    await using heir = await subscriptions.open('mirror');
    for await (const { position } of heir) {
      expect(position).toBe(11);
      break;
    }
  });

  it('that is stopped in the middle of its work holds up nobody who appends (N4)', async () => {
    await using folder = await tempFolder();
    await using log = await LmdbEventLog.open(folder.path);
    await append(log, 10);
    const subscriptions = new Subscriptions(log);
    await using subscription = await subscriptions.open('stuck');
    const never = Promise.withResolvers<void>();
    const given = Promise.withResolvers<void>();
    const reading = (async () => {
      for await (const _record of subscription) {
        given.resolve();
        await never.promise;
      }
    })();
    await given.promise;
    for (let turn = 0; turn < 200; turn += 1) await append(log, 1);
    expect(log.head()).toBe(210);
    expect(subscriptions.list()).toMatchObject([{ name: 'stuck', position: 0, lag: 210, active: true }]);
    never.resolve();
    await subscription[Symbol.asyncDispose]();
    await reading;
  });
});
