import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LmdbEventLog } from '../../src/event-log/lmdb-event-log.js';
import { counting } from './counting.js';
import { LogProcess } from './log-process.js';
import { newRecord } from './new-record.js';
import { tempFolder } from './temp-folder.js';

const shared = { namespace: 'default', task: 'shared' };
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);
const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString();

async function fill(path: string, amount: number): Promise<void> {
  await using log = await LmdbEventLog.open(path, { projections: [counting(1)] });
  const records = upTo(amount).map(() => newRecord('/a'));
  await log.append({ stream: shared, expectedVersion: 'any', records });
}

describe('several processes on one log', { timeout: 30_000 }, () => {
  it('make it together: one origin', async () => {
    await using folder = await tempFolder();
    const path = join(folder.path, 'new', 'log');
    await using stack = new AsyncDisposableStack();
    const processes = upTo(4).map(() => stack.use(LogProcess.run('stay', path, '1')));
    const origins = await Promise.all(processes.map((process) => process.line()));
    await using log = await LmdbEventLog.open(path);
    expect(origins).toEqual(upTo(4).map(() => log.origin));
  });

  it('win each version once, and nobody misses a record (P6, L1, L2)', async () => {
    await using folder = await tempFolder();
    await using log = await LmdbEventLog.open(folder.path, { projections: [counting(1)] });
    const total = 5 * 40;
    await using follower = LogProcess.run('follow', folder.path, String(total));
    expect(await follower.line()).toBe('ready');
    const here: number[] = [];
    const following = (async () => {
      for await (const { position } of log.subscribe()) {
        here.push(position);
        if (position === total) break;
      }
    })();
    const writers = upTo(5).map(async () => {
      await using writer = LogProcess.run('compete', folder.path, '40');
      return await writer.rest();
    });
    const won = (await Promise.all(writers)).flat().map(Number);
    await following;
    expect(won.sort((a, b) => a - b)).toEqual(upTo(total));
    expect([...log.readStream(shared)].map(({ version }) => version)).toEqual(upTo(total));
    expect(here).toEqual(upTo(total));
    expect((await follower.rest()).map(Number)).toEqual(upTo(total));
    expect(text(log.projected('counting', 'shared'))).toBe(`v1 ${total}`);
  });

  it('may be killed at any instant: what was acknowledged is there, whole, and the others go on (P1, L3)', async () => {
    await using folder = await tempFolder();
    await using log = await LmdbEventLog.open(folder.path, { projections: [counting(1)] });
    for (let round = 1; round <= 4; round += 1) {
      await using writer = LogProcess.run('append', folder.path);
      const acknowledged: string[] = [];
      while (acknowledged.length < 30 * round) acknowledged.push((await writer.line()) ?? 'it ended');
      await writer.kill();
      acknowledged.push(...(await writer.rest()));
      const positions = new Set([...log.read()].map(({ position }) => String(position)));
      expect(acknowledged.flatMap((line) => line.split(' ')).filter((position) => !positions.has(position))).toEqual(
        [],
      );
      const { version } = await log.append({
        stream: shared,
        expectedVersion: 'any',
        records: [newRecord('/after'), newRecord('/after')],
      });
      expect(version % 2).toBe(0);
      expect(text(log.projected('counting', 'shared'))).toBe(`v1 ${version}`);
      expect([...log.read()].map(({ position }) => position)).toEqual(upTo(version));
    }
  });

  it('end when they say so, also with an append under way, and others write on (P6)', async () => {
    await using folder = await tempFolder();
    await using log = await LmdbEventLog.open(folder.path);
    await using leaving = LogProcess.run('leave', folder.path);
    expect(await leaving.exited()).toBe(7);
    const { version } = await log.append({ stream: shared, expectedVersion: 'any', records: [newRecord('/b')] });
    expect(version).toBeGreaterThan(0);
  });

  it('end by themselves when they leave the log open, unless somebody waits for a record', async () => {
    await using folder = await tempFolder();
    await using forgetful = LogProcess.run('forget', folder.path);
    expect(await forgetful.rest()).toEqual(['{"done":true}']);
    expect(await forgetful.exited()).toBe(0);
  });

  it('make a projection of another version anew, all at once', async () => {
    await using folder = await tempFolder();
    await fill(folder.path, 1_000);
    await using stack = new AsyncDisposableStack();
    const processes = upTo(4).map(() => stack.use(LogProcess.run('stay', folder.path, '2')));
    const origins = await Promise.all(processes.map((process) => process.line()));
    await using log = await LmdbEventLog.open(folder.path, { readOnly: true, projections: [counting(2)] });
    expect(origins).toEqual(upTo(4).map(() => log.origin));
    expect(text(log.projected('counting', 'shared'))).toBe('v2 1000');
  });

  it('grow the file for each other', async () => {
    await using folder = await tempFolder();
    await using log = await LmdbEventLog.open(folder.path, { projections: [counting(1)] });
    await using writer = LogProcess.run('append', folder.path);
    const records = upTo(100).map(() => newRecord('/large', { text: 'x'.repeat(10_000) }));
    for (let turn = 0; turn < 20; turn += 1) {
      await log.append({ stream: shared, expectedVersion: 'any', records });
      expect(await writer.line()).toMatch(/^\d+ \d+$/);
      const until = log.head();
      expect([...log.read({ after: until - 100, until })]).toHaveLength(100);
    }
    await writer.kill();
    expect([...log.read()].map(({ position }) => position)).toEqual(upTo(log.head()));
  });
});
