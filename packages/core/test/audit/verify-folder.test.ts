import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyFolder } from '../../src/audit/verify-folder.js';
import { verifyLog } from '../../src/audit/verify-log.js';
import { LmdbEventLog } from '../../src/event-log/lmdb-event-log.js';
import type { MetaPage } from '../../src/event-log/lmdb-meta-pages.js';
import { pageFault } from '../../src/event-log/lmdb-page-check.js';
import { isShiplogError, UnavailableError } from '../../src/kernel/errors.js';
import { tempFolder } from '../event-log/temp-folder.js';
import { type AuditedLog, auditedLog, copyOf, flipBit, projections, refusal, tamper } from './audited-log.js';
import { inMeta, inPage, metasOf, newestOf, nodesOf, start } from './file-pages.js';

let honest: AuditedLog;
let bytes: Buffer;
beforeAll(async () => {
  honest = await auditedLog();
  bytes = readFileSync(join(honest.path, 'data.mdb'));
});
afterAll(() => honest[Symbol.asyncDispose]());

describe('the file of a log', () => {
  it('hangs together, whatever version wrote it', async () => {
    expect(pageFault(join(honest.path, 'data.mdb'))).toBeUndefined();
    const old = new URL('../../../../test/fixtures/logs/1-stored-bytes/data.mdb', import.meta.url);
    expect(pageFault(fileURLToPath(old))).toBeUndefined();
    expect(await verifyFolder(honest.path)).toMatchObject({ verified: true });
  });

  it('cut to any length is told, and no process ends of it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), async (length) => {
        await using folder = await copyOf(honest);
        truncateSync(join(folder.path, 'data.mdb'), length);
        const opening = LmdbEventLog.open(folder.path, { readOnly: true });
        await expect(opening).rejects.toThrow(/was cut short|is not a log/);
        await expect(opening).rejects.toMatchObject({ code: 'unavailable' });
        const verification = await verifyFolder(folder.path);
        expect(verification).toMatchObject({ verified: false, findings: [{ kind: 'file' }] });
      }),
      { numRuns: 40 },
    );
  });

  it('cut short is refused to writers, too, and stays what it is', async () => {
    await using folder = await copyOf(honest);
    const path = join(folder.path, 'data.mdb');
    truncateSync(path, bytes.length - 4096);
    await expect(LmdbEventLog.open(folder.path)).rejects.toThrow('put a copy back');
    expect(readFileSync(path).equals(bytes.subarray(0, -4096))).toBe(true);
  });

  it('with any bit flipped is told, or what it says is what it said; no process ends of it', async () => {
    const before = await verifyFolder(honest.path);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length * 8 - 1), async (bit) => {
        await using folder = await tempFolder();
        writeFileSync(join(folder.path, 'data.mdb'), flipBit(bytes, bit));
        try {
          const after = await verifyFolder(folder.path);
          // Many bytes belong to nothing: free pages, and the room between keys and data.
          if (after.verified) expect(after).toEqual(before);
        } catch (error) {
          expect(isShiplogError(error)).toBe(true);
        }
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  it('whose newest state was struck out, so that an older one counts, is told', async () => {
    await using folder = await copyOf(honest);
    const path = join(folder.path, 'data.mdb');
    const transactionAt = (page: number) => page * 4096 + 24 + 128;
    const [first, second] = [bytes.readBigUInt64LE(transactionAt(0)), bytes.readBigUInt64LE(transactionAt(1))];
    const older = Buffer.from(bytes);
    const newest = first > second ? 0 : 1;
    older.writeBigUInt64LE(0n, transactionAt(newest));
    writeFileSync(path, older);
    expect(await verifyFolder(folder.path)).toMatchObject({
      verified: false,
      findings: [{ kind: 'file', message: expect.stringMatching(/it ends with transactions \d+ and \d+/) }],
    });
  });

  it.each([
    ['is no longer marked as one', 18],
    ['has a map of a size that nobody has', 24 + 16 + 7],
    ['has a last page beyond all', 24 + 120 + 7],
    ['is of an environment of another kind', 24 + 24 + 5],
  ])('whose first page %s is told before LMDB opens it', async (_what, offset) => {
    await using folder = await copyOf(honest);
    const changed = Buffer.from(bytes);
    changed[offset] = (changed[offset] ?? 0) ^ 0x7f;
    writeFileSync(join(folder.path, 'data.mdb'), changed);
    await expect(LmdbEventLog.open(folder.path, { readOnly: true })).rejects.toThrow('is not a log: put the log back');
    expect(await verifyFolder(folder.path)).toMatchObject({ verified: false, findings: [{ kind: 'file' }] });
  });

  /** What LMDB would go by without a word, and ruin more, or take for true. */
  it.each<[what: string, change: (file: Buffer, newer: MetaPage) => void, fault: string]>([
    [
      'has a page in use that it lists as free',
      (file, { free, main }) => {
        const [list] = nodesOf(file, free.root ?? 0);
        // Behind the length of the list: its first page, alone.
        file.writeBigInt64LE(1n, list?.data ?? 0);
        file.writeBigInt64LE(BigInt(main.root ?? 0), (list?.data ?? 0) + 8);
      },
      'is in use',
    ],
    [
      'lists as free what is no page of it',
      (file, { free, lastPage }) => {
        const [list] = nodesOf(file, free.root ?? 0);
        file.writeBigInt64LE(1n, list?.data ?? 0);
        file.writeBigInt64LE(BigInt(lastPage + 1), (list?.data ?? 0) + 8);
      },
      'is none of the file',
    ],
    [
      'has a list of free pages that is cut short',
      (file, { free }) => void file.writeBigInt64LE(4096n, nodesOf(file, free.root ?? 0)[0]?.data ?? 0),
      'a list of them is cut short',
    ],
    [
      'has two keys in the wrong order',
      (file, { main }) => {
        const [first, second] = nodesOf(file, main.root ?? 0);
        const pointer = file.readUInt16LE(first?.pointer ?? 0);
        file.copyWithin(first?.pointer ?? 0, second?.pointer ?? 0, (second?.pointer ?? 0) + 2);
        file.writeUInt16LE(pointer, second?.pointer ?? 0);
      },
      'has a key out of order',
    ],
    [
      'has a page of a transaction to come',
      (file, { main, transaction }) =>
        void file.writeBigUInt64LE(BigInt(transaction + 1), start(main.root ?? 0) + inPage.transaction),
      'is of a transaction to come',
    ],
    [
      'has pages of no last transaction',
      (file, newer) => {
        for (const page of [0, 1]) {
          const turn = newer.transaction + 4 - (page === newestOf(newer) ? 0 : 1);
          file.writeBigUInt64LE(BigInt(turn), start(page) + inMeta.transaction);
        }
      },
      'no page is of its last transaction',
    ],
    [
      'has the transaction before pass for the last one',
      (file, newer) =>
        void file.writeBigUInt64LE(BigInt(newer.transaction - 2), start(newestOf(newer)) + inMeta.transaction),
      'is of a transaction to come',
    ],
    [
      'says that it goes on far behind its end',
      (file, newer) => void file.writeUInt8(0x80, start(newestOf(newer)) + inMeta.lastPage + 3),
      'is not there: the file has',
    ],
  ])('that %s is told', async (_what, change, fault) => {
    await using folder = await copyOf(honest);
    const path = join(folder.path, 'data.mdb');
    const changed = Buffer.from(bytes);
    change(changed, metasOf(path)[0]);
    writeFileSync(path, changed);
    expect(await verifyFolder(folder.path)).toMatchObject({
      verified: false,
      findings: [{ kind: 'file', message: expect.stringContaining(fault) }],
    });
  });

  it('whose table begins at a page of another kind is not opened, and stays what it is', async () => {
    await using folder = await copyOf(honest);
    const path = join(folder.path, 'data.mdb');
    const changed = Buffer.from(bytes);
    const [newer] = metasOf(path);
    // In the head of a table its root stands behind 40 bytes.
    changed.writeBigUInt64LE(1n, (nodesOf(changed, newer.main.root ?? 0)[0]?.data ?? 0) + 40);
    writeFileSync(path, changed);
    for (const readOnly of [false, true]) {
      const opening = LmdbEventLog.open(folder.path, { readOnly });
      await expect(opening).rejects.toThrow(
        /data\.mdb is damaged \(table \w+: page 1 is not there: .*\): put a copy back/,
      );
      await expect(opening).rejects.toMatchObject({ code: 'unavailable' });
    }
    expect(readFileSync(path).equals(changed)).toBe(true);
  });

  it('whose damage lies far from the roots is opened, and is told where it is come to', async () => {
    await using folder = await tempFolder();
    const path = join(folder.path, 'data.mdb');
    const stream = { namespace: 'default', task: 'web' };
    {
      await using log = await LmdbEventLog.open(folder.path);
      const records = Array.from({ length: 2_000 }, (_, index) => refusal(index));
      await log.append({ stream, expectedVersion: 0, records });
    }
    const changed = readFileSync(path);
    const last = changed.lastIndexOf('{"position":2000,');
    // In front of the text stands the key; in front of that, and of its own length, what kind of node it is.
    changed.writeUInt16LE(0x04, last - 8 - 4);
    writeFileSync(path, changed);
    expect(await verifyFolder(folder.path)).toMatchObject({ verified: false, findings: [{ kind: 'file' }] });
    await using log = await LmdbEventLog.open(folder.path, { readOnly: true });
    for (const read of [
      () => log.head(),
      () => [...log.read()],
      () => [...log.events()],
      () => [...log.readStream(stream)],
    ]) {
      expect(read).toThrow(UnavailableError);
      expect(read).toThrow(/is damaged \(MDB_.*\): `shiplog audit verify` says more/);
    }
  });

  it.each(['{"tasks":5}', '{"tasjs":4}', '{"tasks"', 'null'])(
    'whose list of projections was changed to %s says what it said, and goes on',
    async (listed) => {
      await using folder = await copyOf(honest);
      const before = await verifyFolder(folder.path);
      await tamper(folder.path, ({ meta }) => meta.putSync('projections', listed));
      expect(await verifyFolder(folder.path)).toEqual(before);
      await using log = await LmdbEventLog.open(folder.path, { projections });
      expect(verifyLog(log)).toEqual(before);
    },
  );

  it('that is none is told', async () => {
    await using folder = await tempFolder();
    await expect(verifyFolder(folder.path)).rejects.toMatchObject({ code: 'not-found' });
    copyFileSync(new URL(import.meta.url), join(folder.path, 'data.mdb'));
    expect(await verifyFolder(folder.path)).toMatchObject({ verified: false, findings: [{ kind: 'file' }] });
  });
});
