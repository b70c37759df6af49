import { describe, expect, it } from 'vitest';
import type { Damage, EventLog } from '../../src/event-log/event-log.js';
import { LmdbEventLog } from '../../src/event-log/lmdb-event-log.js';
import { openEnvironment, openTables, type Tables } from '../../src/event-log/lmdb-schema.js';
import { counting } from './counting.js';
import { newRecord } from './new-record.js';
import { tempFolder } from './temp-folder.js';

const stream = { namespace: 'default', task: 'web' };

async function logOf(path: string, amount: number): Promise<void> {
  await using log = await LmdbEventLog.open(path, { projections: [counting(1)] });
  const records = Array.from({ length: amount }, (_, index) => newRecord('/a', { index, sign: '\ufffd' }));
  await log.append({ stream, expectedVersion: 0, records });
}

/** As somebody does who writes past the log. */
async function tamper(path: string, change: (tables: Tables) => void): Promise<void> {
  const root = openEnvironment(path, false);
  const tables = openTables(root, false);
  if (tables) root.transactionSync(() => change(tables));
  await root.close();
}

/** Bytes that lmdb-js takes as they are. */
const raw = (bytes: Uint8Array) => ({ '\x10binary-data\x02': bytes }) as unknown as string;

function readAll(log: EventLog): { positions: number[]; damages: Damage[] } {
  const damages: Damage[] = [];
  const positions = [...log.read({ onDamage: (damage) => damages.push(damage) })].map(({ position }) => position);
  return { positions, damages };
}

describe('a damaged log is read all the same (P8, L5)', () => {
  it.each<[what: string, change: (tables: Tables) => void, reason: string]>([
    ['bytes that are no JSON', ({ log }) => log.putSync(3, '{"position":3'), 'its bytes are not JSON'],
    ['bytes that are no UTF-8', ({ log }) => log.putSync(3, raw(Buffer.from('7b22ff227d', 'hex'))), 'are not UTF-8'],
    ['the bytes of another record', ({ log }) => log.putSync(3, log.get(4) ?? ''), 'says that its position is 4'],
    ['a record of another shape', ({ log }) => log.putSync(3, '{"position":3}'), 'its namespace is no text'],
    ['nothing', ({ log }) => log.removeSync(3), 'nothing is there'],
    ['an empty value', ({ log }) => log.putSync(3, ''), 'its bytes are not JSON'],
  ])('where a record was, there is %s', async (_what, change, reason) => {
    await using folder = await tempFolder();
    await logOf(folder.path, 5);
    await tamper(folder.path, change);
    await using log = await LmdbEventLog.open(folder.path, { projections: [counting(1)] });
    const { positions, damages } = readAll(log);
    expect(positions).toEqual([1, 2, 4, 5]);
    expect(damages).toMatchObject([{ position: 3, reason: expect.stringContaining(reason) }]);

    const inStream: Damage[] = [];
    const ofStream = [...log.readStream(stream, { onDamage: (damage) => inStream.push(damage) })];
    expect(ofStream.map(({ version }) => version)).toEqual([1, 2, 4, 5]);
    expect(inStream.map(({ position }) => position)).toEqual([3]);

    const followed: number[] = [];
    for await (const { position } of log.subscribe()) {
      followed.push(position);
      if (position === 5) break;
    }
    expect(followed).toEqual([1, 2, 4, 5]);

    const { records } = await log.append({
      stream,
      expectedVersion: 5,
      records: [newRecord('/b')],
    });
    expect(records[0]).toMatchObject({ position: 6, version: 6 });
  });

  it('and a projection is made anew without it', async () => {
    await using folder = await tempFolder();
    await logOf(folder.path, 5);
    await tamper(folder.path, ({ log }) => log.putSync(3, 'x'));
    await using log = await LmdbEventLog.open(folder.path, { projections: [counting(2)] });
    expect(Buffer.from(log.projected('counting', 'web') ?? []).toString()).toBe('v2 4');
  });

  it('whether or not anybody listens to the damage', async () => {
    await using folder = await tempFolder();
    await logOf(folder.path, 3);
    await tamper(folder.path, ({ log }) => log.putSync(2, 'x'));
    await using log = await LmdbEventLog.open(folder.path, { readOnly: true });
    expect([...log.read()]).toHaveLength(2);
    expect([...log.readStream(stream)]).toHaveLength(2);
  });
});

describe('a log of another schema', () => {
  it('is refused, and nothing of it is changed', async () => {
    await using folder = await tempFolder();
    await logOf(folder.path, 3);
    await tamper(folder.path, ({ meta }) => meta.putSync('schema', '9'));
    for (const readOnly of [false, true]) {
      const opening = LmdbEventLog.open(folder.path, { readOnly });
      await expect(opening).rejects.toMatchObject({ code: 'unavailable', details: { stored: 9, known: 3 } });
      await expect(opening).rejects.toThrow('has schema version 9, this program knows 3: use the one that wrote it');
    }
    await tamper(folder.path, ({ meta }) => meta.putSync('schema', '3'));
    await using log = await LmdbEventLog.open(folder.path);
    expect(log.head()).toBe(3);
  });
});
