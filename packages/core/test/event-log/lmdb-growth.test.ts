/** The file of a log does not grow by what died, and its map grows by itself. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { LmdbEventLog } from '../../src/event-log/lmdb-event-log.js';
import { openEnvironment } from '../../src/event-log/lmdb-schema.js';
import { counting } from './counting.js';
import { LogProcess } from './log-process.js';
import { tempFolder } from './temp-folder.js';

const mebibyte = 1 << 20;
const sizeOf = (dir: string) => statSync(join(dir, 'data.mdb')).size;

function mapSizeOf(dir: string): number {
  const root = openEnvironment(dir, true);
  const { mapSize } = root.getStats() as { readonly mapSize: number };
  void root.close();
  return mapSize;
}

describe('a reader that died', () => {
  it('keeps the file from growing for as long as it lives, and no longer', { timeout: 30_000 }, async () => {
    await using folder = await tempFolder();
    await using log = await LmdbEventLog.open(folder.path);
    // Written over and over: with nobody who still sees the old ones, their pages are used again.
    const churn = (rounds: number): number => {
      const before = sizeOf(folder.path);
      for (let round = 0; round < rounds; round += 1) {
        log.snapshots.put([{ series: 'churn', position: 1, bytes: Buffer.alloc(mebibyte / 4, round) }]);
      }
      return sizeOf(folder.path) - before;
    };
    churn(20);
    expect(churn(40)).toBeLessThan(mebibyte);
    await using reader = LogProcess.run('hold', folder.path);
    expect(await reader.line()).toBe('holding');
    expect(churn(40)).toBeGreaterThan(5 * mebibyte);
    await reader.kill();
    // It is looked for at times, by whoever writes.
    await delay(1_100);
    churn(4);
    expect(churn(40)).toBeLessThan(mebibyte);
  });
});

describe('the map', () => {
  it('grows by itself, in each of the processes that write and read at once', { timeout: 60_000 }, async () => {
    await using folder = await tempFolder();
    await using log = await LmdbEventLog.open(folder.path, { projections: [counting(1)] });
    const first = mapSizeOf(folder.path);
    const each = 100;
    await using follower = LogProcess.run('follow', folder.path, String(2 * each));
    expect(await follower.line()).toBe('ready');
    const writers = [1, 2].map(async () => {
      await using writer = LogProcess.run('enlarge', folder.path, String(each));
      return await writer.rest();
    });
    const seen: number[] = [];
    for await (const { position, event } of log.subscribe()) {
      expect(event.text).toHaveLength(100_000);
      if (seen.push(position) === 2 * each) break;
    }
    for (const lines of await Promise.all(writers)) expect(lines).toEqual(Array(each).fill('same'));
    expect(await follower.rest()).toEqual(seen.map(String));
    expect(sizeOf(folder.path)).toBeGreaterThan(10 * first);
    expect(mapSizeOf(folder.path)).toBeGreaterThan(10 * first);
  });
});
