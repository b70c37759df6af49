import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { LmdbEventLog } from '../../src/event-log/lmdb-event-log.js';
import { LastTransaction } from '../../src/event-log/lmdb-last-transaction.js';
import { openEnvironment, openTables, type Tables } from '../../src/event-log/lmdb-schema.js';
import { newRecord } from './new-record.js';
import { tempFolder } from './temp-folder.js';

const calls = vi.hoisted(() => [] as string[]);

vi.mock(import('node:fs'), async (original) => {
  const actual = await original();
  return {
    ...actual,
    fdatasyncSync: (file: number) => {
      calls.push('sync the log');
      actual.fdatasyncSync(file);
    },
    writeSync: ((...args: Parameters<typeof actual.writeSync>) => {
      calls.push('write a number');
      return actual.writeSync(...args);
    }) as typeof actual.writeSync,
  };
});

const stream = { namespace: 'default', task: 'web' };

/** What lmdb-js does on opening, where somebody commits meanwhile: the last transaction is the one before. */
const forget = `
  const { openSync, readSync, writeSync } = require('node:fs');
  const file = openSync(process.argv[1], 'r+');
  const number = Buffer.alloc(8);
  readSync(file, number, 0, 8, 8);
  number.writeBigUInt64LE(number.readBigUInt64LE() - 1n);
  writeSync(file, number, 0, 8, 8);`;

/** In a process of its own: whoever closes the lock file drops its locks on it. */
function forgetLast(dir: string): void {
  execFileSync(process.execPath, ['-e', forget, join(dir, 'lock.mdb')]);
}

/** Also there: what it has as the last transaction. */
function lastIn(dir: string): bigint {
  const say = "String(require('node:fs').readFileSync(process.argv[1]).readBigUInt64LE(8))";
  return BigInt(execFileSync(process.execPath, ['-p', say, join(dir, 'lock.mdb')], { encoding: 'utf8' }).trim());
}

async function withTables(dir: string, work: (tables: Tables) => Promise<void>): Promise<void> {
  const root = openEnvironment(dir, false);
  const tables = openTables(root, false);
  try {
    if (tables) await work(tables);
  } finally {
    await root.close();
  }
}

const append = (log: LmdbEventLog) => log.append({ stream, expectedVersion: 'any', records: [newRecord('/a')] });

describe('an opening in the moment of a commit', { timeout: 30_000 }, () => {
  it('takes nothing back: the next append is behind what was returned (P1)', async () => {
    await using folder = await tempFolder();
    await using log = await LmdbEventLog.open(folder.path);
    for (const position of [1, 2, 3, 4]) {
      expect((await append(log)).records).toMatchObject([{ position, version: position }]);
      forgetLast(folder.path);
    }
    await append(log);
    expect([...log.read()].map(({ position }) => position)).toEqual([1, 2, 3, 4, 5]);
  });

  it('hides nothing from readers that anybody has seen (P6)', async () => {
    await using folder = await tempFolder();
    await using log = await LmdbEventLog.open(folder.path);
    await append(log);
    await append(log);
    forgetLast(folder.path);
    expect(log.head()).toBe(2);
  });

  it('hides nothing that was read and whose writer was killed before it could say so', async () => {
    await using folder = await tempFolder();
    await using log = await LmdbEventLog.open(folder.path);
    await append(log);
    await append(log);
    writeFileSync(join(folder.path, 'shown'), Buffer.alloc(64));
    expect(log.head()).toBe(2);
    forgetLast(folder.path);
    expect(log.head()).toBe(2);
  });

  it('hides nothing that a refusal was told from, whose writer was killed before it could say so', async () => {
    await using folder = await tempFolder();
    await using log = await LmdbEventLog.open(folder.path);
    await append(log);
    await append(log);
    writeFileSync(join(folder.path, 'shown'), Buffer.alloc(64));
    const again = log.append({ stream, expectedVersion: 1, records: [newRecord('/a')] });
    await expect(again).rejects.toMatchObject({ actual: 2 });
    forgetLast(folder.path);
    expect(log.head()).toBe(2);
  });

  it('does not show what is being committed and is not on disk yet (L4)', async () => {
    await using folder = await tempFolder();
    await using log = await LmdbEventLog.open(folder.path);
    await append(log);
    await append(log);
    // So it stands while LMDB waits for the disk: the data file has the last one, and nobody was told of it.
    writeFileSync(join(folder.path, 'shown'), Buffer.alloc(64));
    forgetLast(folder.path);
    expect(log.head()).toBe(1);
  });

  it('takes no number from a data file that another one was put in the place of', async () => {
    await using folder = await tempFolder();
    await using other = await tempFolder();
    {
      await using log = await LmdbEventLog.open(folder.path);
      await append(log);
      await log.copyTo(other.path);
      for (let times = 0; times < 20; times += 1) await append(log);
    }
    copyFileSync(join(other.path, 'data.mdb'), join(folder.path, 'data.mdb'));
    await using log = await LmdbEventLog.open(folder.path);
    expect(log.head()).toBe(1);
    forgetLast(folder.path);
    await append(log);
    expect(log.head()).toBe(2);
  });

  it('takes nothing back by the tables that the opening makes', async () => {
    await using folder = await tempFolder();
    await (await LmdbEventLog.open(folder.path))[Symbol.asyncDispose]();
    await withTables(folder.path, async ({ payloads, meta }) => {
      payloads?.dropSync();
      await meta.put('created', 'the last commit');
    });
    const { of } = LastTransaction;
    vi.spyOn(LastTransaction, 'of').mockImplementationOnce((dir) => {
      const last = of(dir);
      forgetLast(dir);
      return last;
    });
    await (await LmdbEventLog.open(folder.path))[Symbol.asyncDispose]();
    await withTables(folder.path, async ({ meta }) => expect(meta.get('created')).toBe('the last commit'));
  });

  it.each<[what: string, look: (log: LmdbEventLog, dir: string) => unknown]>([
    ['who opens', (_log, dir) => LastTransaction.of(dir)?.[Symbol.dispose]()],
    ['who appends', (log) => append(log)],
  ])('is told to nobody before it is on disk (P1): %s', async (_, look) => {
    await using folder = await tempFolder();
    await using log = await LmdbEventLog.open(folder.path);
    await append(log);
    forgetLast(folder.path);
    calls.length = 0;
    await look(log, folder.path);
    expect(calls.slice(0, 2)).toEqual(['sync the log', 'write a number']);
  });

  it('is put right by the opening itself', async () => {
    await using folder = await tempFolder();
    await using log = await LmdbEventLog.open(folder.path);
    await append(log);
    forgetLast(folder.path);
    const wrong = lastIn(folder.path);
    using _opened = LastTransaction.of(folder.path);
    expect(lastIn(folder.path)).toBe(wrong + 1n);
  });
});

describe('the lock file', () => {
  /** Of this process, as the kernel has them. */
  const locksOn = (dir: string) => {
    const { ino } = statSync(join(dir, 'lock.mdb'));
    return readFileSync('/proc/locks', 'utf8')
      .split('\n')
      .filter((line) => line.includes(` ${process.pid} `) && line.includes(`:${ino} `)).length;
  };

  it('stays locked for LMDB until nobody in the process has the log open', async () => {
    await using folder = await tempFolder();
    const first = await LmdbEventLog.open(folder.path);
    await append(first);
    const second = await LmdbEventLog.open(folder.path, { readOnly: true });
    expect(locksOn(folder.path)).toBeGreaterThan(0);
    await first[Symbol.asyncDispose]();
    expect(locksOn(folder.path)).toBeGreaterThan(0);
    await second[Symbol.asyncDispose]();
    expect(locksOn(folder.path)).toBe(0);
  });
});
