import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LmdbEventLog } from '../../src/event-log/lmdb-event-log.js';
import { openEnvironment, openTables } from '../../src/event-log/lmdb-schema.js';
import { systemStream } from '../../src/event-log/shredding.js';
import type { Sha256 } from '../../src/kernel/identifiers.js';
import { keyOfSealed, seal } from '../../src/kernel/sealed.js';
import { sha256Of } from '../../src/kernel/typed-any.js';
import { newRecord } from './new-record.js';
import { tempFolder } from './temp-folder.js';

const stream = { namespace: 'default', task: 'web' };
const open = (path: string) => LmdbEventLog.open(path);

function store(log: LmdbEventLog, ...blobs: Buffer[]): Promise<unknown> {
  return log.append({ stream, expectedVersion: 'any', records: [newRecord('/a')], blobs });
}

function shred(log: LmdbEventLog, ...shredded: Sha256[]): Promise<unknown> {
  const payloads = shredded.map((sha256) => ({ typeUrl: 'x', sha256 }));
  const said = newRecord('/audit/shredded', { payloads, reason: 'CHG-7' });
  return log.append({ stream: systemStream, expectedVersion: 'any', records: [said], shred: shredded });
}

const count = (file: Buffer, bytes: Buffer) => {
  let found = 0;
  for (let at = file.indexOf(bytes); at !== -1; at = file.indexOf(bytes, at + 1)) found += 1;
  return found;
};

/** Stored among others, so that its page is written anew, and stays behind in old versions, again and again. */
async function storedOften(log: LmdbEventLog, value: Buffer): Promise<void> {
  await store(log, value);
  for (let round = 0; round < 40; round += 1) await store(log, randomBytes(60), randomBytes(200));
}

describe('the bytes of a payload that was shredded', () => {
  it.each<[what: string, value: () => Buffer, told: (value: Buffer) => Buffer]>([
    ['sealed secrets', () => seal({ '/process/env/0': 'TOKEN=hush' }), (value) => keyOfSealed(value) as Buffer],
    ['a short one', () => Buffer.from(`{"args":["--password","${randomBytes(9).toString('hex')}"]}`), (value) => value],
    [
      'a long one',
      () => Buffer.from(JSON.stringify({ args: [randomBytes(20_000).toString('hex')] })),
      (value) => value,
    ],
  ])('are nowhere in the file: %s', async (_what, make, told) => {
    await using folder = await tempFolder();
    const file = join(folder.path, 'data.mdb');
    const value = make();
    await using log = await open(folder.path);
    await storedOften(log, value);
    const before = await readFile(file);
    expect(count(before, told(value))).toBeGreaterThan(0);
    await shred(log, sha256Of(value));
    const after = await readFile(file);
    expect(count(after, told(value))).toBe(0);
    for (let at = 0; at < told(value).length && told(value).length === 32; at += 8) {
      expect(count(after, told(value).subarray(at, at + 8))).toBe(0);
    }
  });

  it('would still be there if LMDB alone removed them', async () => {
    await using folder = await tempFolder();
    const value = seal({ '/process/env/0': 'TOKEN=hush' });
    {
      await using log = await open(folder.path);
      await storedOften(log, value);
    }
    const root = openEnvironment(folder.path, false);
    openTables(root, false)?.blobs.removeSync(Buffer.from(sha256Of(value), 'hex'));
    await root.close();
    expect(count(await readFile(join(folder.path, 'data.mdb')), value)).toBeGreaterThan(0);
  });

  it('take nothing else with them: not the same bytes elsewhere, nor what has them within', async () => {
    await using folder = await tempFolder();
    await using log = await open(folder.path);
    const [short, long] = [Buffer.from('{}'), Buffer.from(JSON.stringify({ args: ['x'.repeat(5_000)] }))];
    const others = [Buffer.from('{"a":{}}'), Buffer.from(`{"a":${long},"b":${long}}`), Buffer.from('[]')];
    await store(log, short, long, Buffer.of(), ...others);
    await log.append({ stream, expectedVersion: 'any', records: [newRecord('/b', { text: '{}' })] });
    await shred(log, sha256Of(short), sha256Of(long), sha256Of(Buffer.of()));
    for (const other of others) expect(Buffer.from(log.blob(sha256Of(other)))).toEqual(other);
    const damage: unknown[] = [];
    expect([...log.read({ onDamage: (found) => damage.push(found) })].map(({ type }) => type)).toEqual([
      ...['/a', '/b', '/audit/shredded'],
    ]);
    expect(damage).toEqual([]);
  });

  it('are gone for other handles and for later openings, and say so there', async () => {
    await using folder = await tempFolder();
    const value = seal({ '/process/env/0': 'TOKEN=hush' });
    {
      await using log = await open(folder.path);
      await using other = await open(folder.path);
      await store(log, value);
      await shred(log, sha256Of(value));
      expect(() => other.blob(sha256Of(value))).toThrow('was shredded on');
    }
    await using log = await open(folder.path);
    expect(() => log.blob(sha256Of(value))).toThrow('was shredded on');
    await store(log, randomBytes(100));
  });

  it('can be shredded again where that was cut short between overwriting and removing', async () => {
    await using folder = await tempFolder();
    const value = Buffer.from('{"args":["hush"]}');
    {
      await using log = await open(folder.path);
      await store(log, value);
    }
    const root = openEnvironment(folder.path, false);
    openTables(root, false)?.blobs.putSync(Buffer.from(sha256Of(value), 'hex'), Buffer.alloc(value.length));
    await root.close();
    await using log = await open(folder.path);
    expect(() => log.blob(sha256Of(value))).toThrow('are damaged');
    await shred(log, sha256Of(value));
    expect(() => log.blob(sha256Of(value))).toThrow('was shredded on');
  });
});
