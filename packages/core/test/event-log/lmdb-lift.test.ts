import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { verifyLog } from '../../src/audit/verify-log.js';
import { LmdbEventLog } from '../../src/event-log/lmdb-event-log.js';
import { openEnvironment, openTables } from '../../src/event-log/lmdb-schema.js';
import { leafHash } from '../../src/merkle/hash.js';
import { asOf } from '../../src/projections/as-of.js';
import { verifyProjection } from '../../src/projections/replay.js';
import { taskProjection } from '../../src/projections/task-projection.js';
import { newRecord } from './new-record.js';
import { tempFolder } from './temp-folder.js';

const fixtures = new URL('../../../../test/fixtures/logs/', import.meta.url);
const fixture = (name: string) => new URL(`1-stored-bytes/${name}`, fixtures);

async function oldLog(): Promise<{ readonly path: string } & AsyncDisposable> {
  const folder = await tempFolder();
  copyFileSync(fixture('data.mdb'), join(folder.path, 'data.mdb'));
  return folder;
}

async function storedTexts(path: string): Promise<(string | undefined)[]> {
  const root = openEnvironment(path, true);
  const log = openTables(root, false)?.log;
  const texts = [...(log?.getRange({}) ?? [])].map(({ value }) => value);
  await root.close();
  return texts;
}

describe('a log of schema 1', () => {
  const texts = readFileSync(fixture('records.jsonl'), 'utf8').trimEnd().split('\n');
  const projections = [taskProjection];

  it('is lifted when it is opened for writing: it has a tree then, and its records are what they were (P9)', async () => {
    await using folder = await oldLog();
    {
      await using log = await LmdbEventLog.open(folder.path, { projections });
      expect(log.head()).toBe(69);
      expect(log.tree.hashes(0, 0, 69)).toEqual(texts.map((text) => leafHash(Buffer.from(text))));
      expect(verifyProjection(log)).toMatchObject({ records: 69, streams: 7, differences: [], damage: [] });
    }
    expect(await storedTexts(folder.path)).toEqual(texts);
  });

  it('cannot be lifted by who may only read', async () => {
    await using folder = await oldLog();
    const opening = LmdbEventLog.open(folder.path, { readOnly: true });
    await expect(opening).rejects.toThrow('must be opened for writing once');
  });

  it('goes on where it ended, and what a program from then appends meanwhile gets into the tree', async () => {
    await using folder = await oldLog();
    await (await LmdbEventLog.open(folder.path, { projections }))[Symbol.asyncDispose]();
    const root = openEnvironment(folder.path, false);
    const [last = ''] = texts.slice(-1);
    root.transactionSync(() =>
      openTables(root, false)?.log.putSync(70, last.replace('"position":69', '"position":70')),
    );
    await root.close();
    await using log = await LmdbEventLog.open(folder.path, { projections });
    const stream = { namespace: 'default', task: 'later' };
    const { records, leafHashes } = await log.append({ stream, expectedVersion: 0, records: [newRecord('/a')] });
    expect(records[0]?.position).toBe(71);
    expect(log.tree.hashes(0, 70, 1)).toEqual(leafHashes);
  });
});

describe('a log from before there were snapshots and subscriptions', () => {
  it('is read as it is by who may only read, and has none', async () => {
    await using folder = await tempFolder();
    copyFileSync(new URL('2-lifecycles/data.mdb', fixtures), join(folder.path, 'data.mdb'));
    await using log = await LmdbEventLog.open(folder.path, { readOnly: true });
    expect(verifyLog(log)).toMatchObject({ verified: true, records: 112 });
    expect([log.snapshots.series(), log.cursors.all(), log.cursors.get('mirror')]).toEqual([[], [], undefined]);
    const then = await asOf(log, 60);
    expect(then.tasks({ namespace: 'other' })).toMatchObject([{ task: 'made-runc', state: { status: 'created' } }]);
    expect(() => log.cursors.drop('mirror')).toThrow('was opened for reading only');
    expect(() => log.snapshots.drop('tasks@1')).toThrow('was opened for reading only');
  });
});
