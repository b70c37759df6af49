import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyFolder } from '../../src/audit/verify-folder.js';
import { LmdbEventLog } from '../../src/event-log/lmdb-event-log.js';
import { pageFault } from '../../src/event-log/lmdb-page-check.js';
import { isShiplogError } from '../../src/kernel/errors.js';
import { tempFolder } from '../event-log/temp-folder.js';
import { type AuditedLog, auditedLog, copyOf, flipBit } from './audited-log.js';

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

  it('that is none is told', async () => {
    await using folder = await tempFolder();
    await expect(verifyFolder(folder.path)).rejects.toMatchObject({ code: 'not-found' });
    copyFileSync(new URL(import.meta.url), join(folder.path, 'data.mdb'));
    expect(await verifyFolder(folder.path)).toMatchObject({ verified: false, findings: [{ kind: 'file' }] });
  });
});
