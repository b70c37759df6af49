import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdir, open, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LmdbEventLog } from '../../src/event-log/lmdb-event-log.js';
import type { Projection } from '../../src/event-log/projection.js';
import { draftName } from '../../src/kernel/draft-name.js';
import { InvalidArgumentError, NotFoundError, UnavailableError } from '../../src/kernel/errors.js';
import { counting } from './counting.js';
import { LogProcess } from './log-process.js';
import { newRecord } from './new-record.js';
import { tempFolder } from './temp-folder.js';

const stream = { namespace: 'default', task: 'web' };
const records = [newRecord('/a')];
const append = (log: LmdbEventLog) => log.append({ stream, expectedVersion: 'any', records });
const counted = (log: LmdbEventLog) => Buffer.from(log.projected('counting', 'web') ?? []).toString();
const permissions = async (path: string) => (await stat(path)).mode & 0o777;

describe('opening', () => {
  it('makes folder and files for their owner alone', async () => {
    await using folder = await tempFolder();
    const path = join(folder.path, 'deep', 'log.d');
    await using log = await LmdbEventLog.open(path);
    await append(log);
    expect(await permissions(path)).toBe(0o700);
    expect(await permissions(join(folder.path, 'deep'))).toBe(0o700);
    expect((await readdir(path)).sort()).toEqual(['data.mdb', 'lock.mdb', 'shown']);
    for (const file of ['data.mdb', 'lock.mdb', 'shown']) expect(await permissions(join(path, file))).toBe(0o600);
  });

  it('by many at once makes one log', async () => {
    await using folder = await tempFolder();
    await using stack = new AsyncDisposableStack();
    const processes = Array.from({ length: 4 }, () => stack.use(LogProcess.run('stay', folder.path, '1')));
    const origins = await Promise.all(processes.map((child) => child.line()));
    expect(new Set(origins).size).toBe(1);
    expect((await readdir(folder.path)).sort()).toEqual(['data.mdb', 'lock.mdb', 'shown']);
  });

  it('takes away what one that was killed has left of a new log, and nothing of one that lives', async () => {
    await using folder = await tempFolder();
    const { pid: gone } = spawnSync('true');
    const living = draftName('.new-');
    for (const name of [`.new-${gone}.1.abc`, living]) await mkdir(join(folder.path, name));
    await using _log = await LmdbEventLog.open(folder.path);
    expect((await readdir(folder.path)).sort()).toEqual([living, 'data.mdb', 'lock.mdb', 'shown']);
  });

  it.each(['lock.mdb', 'shown'])('writes through no link in the place of %s', async (name) => {
    await using folder = await tempFolder();
    await using beside = await tempFolder();
    await (await LmdbEventLog.open(folder.path))[Symbol.asyncDispose]();
    const victim = join(beside.path, 'victim');
    const bytes = 'not a log’s '.repeat(16_000);
    await writeFile(victim, bytes);
    await rm(join(folder.path, name));
    await symlink(victim, join(folder.path, name));
    for (const readOnly of [true, false]) {
      await expect(LmdbEventLog.open(folder.path, { readOnly })).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringContaining(`${name} is a symbolic link`),
      });
    }
    expect(await readFile(victim, 'utf8')).toBe(bytes);
  });

  it('by root leaves nothing in somebody else’s log that he could not open', async ({ skip }) => {
    if (process.geteuid?.() !== 0) skip('only root can give files away');
    await using folder = await tempFolder();
    await (await LmdbEventLog.open(folder.path))[Symbol.asyncDispose]();
    for (const name of ['', 'data.mdb']) await chown(join(folder.path, name), 12_345, 12_345);
    for (const name of ['lock.mdb', 'shown']) await rm(join(folder.path, name));
    await (await LmdbEventLog.open(folder.path, { readOnly: true }))[Symbol.asyncDispose]();
    for (const name of ['lock.mdb', 'shown']) {
      expect(await stat(join(folder.path, name))).toMatchObject({ uid: 12_345, gid: 12_345 });
    }
  });

  it('finds everything again', async () => {
    await using folder = await tempFolder();
    let origin = '';
    {
      await using log = await LmdbEventLog.open(folder.path, { projections: [counting(1)] });
      await append(log);
      origin = log.origin;
    }
    await using log = await LmdbEventLog.open(folder.path, { projections: [counting(1)] });
    await append(log);
    expect([log.origin, log.head(), log.version(stream), counted(log)]).toEqual([origin, 2, 2, 'v1 2']);
  });

  it('for reading only changes nothing, and makes nothing', async () => {
    await using folder = await tempFolder();
    const path = join(folder.path, 'log');
    await expect(LmdbEventLog.open(path, { readOnly: true })).rejects.toThrow(NotFoundError);
    expect(existsSync(path)).toBe(false);

    await using writer = await LmdbEventLog.open(path);
    await append(writer);
    await using reader = await LmdbEventLog.open(path, { readOnly: true });
    await append(writer);
    expect([...reader.read()]).toHaveLength(2);
    await expect(append(reader)).rejects.toThrow(UnavailableError);
    const stale = LmdbEventLog.open(path, { readOnly: true, projections: [counting(1)] });
    await expect(stale).rejects.toThrow('must be opened for writing once');
  });

  it('says what is wrong with the folder', async () => {
    await using folder = await tempFolder();
    const file = join(folder.path, 'file');
    await writeFile(file, '');
    await expect(LmdbEventLog.open(join(file, 'log'))).rejects.toThrow('a part of the path is no directory');
    await expect(LmdbEventLog.open(file)).rejects.toThrow(UnavailableError);

    const strange = join(folder.path, 'strange');
    await mkdir(strange);
    await writeFile(join(strange, 'data.mdb'), 'no LMDB file'.repeat(1_000));
    await expect(LmdbEventLog.open(strange)).rejects.toThrow('data.mdb is not a log: put the log back');
    await writeFile(join(strange, 'data.mdb'), '');
    await expect(LmdbEventLog.open(strange)).rejects.toThrow('data.mdb is not a log: put the log back');
  });

  it('refuses projections of one name', async () => {
    await using folder = await tempFolder();
    const opening = LmdbEventLog.open(folder.path, { projections: [counting(1), counting(2)] });
    await expect(opening).rejects.toThrow(InvalidArgumentError);
  });
});

describe('projections', () => {
  async function grown(path: string): Promise<void> {
    await using log = await LmdbEventLog.open(path, { projections: [counting(1)] });
    for (let turn = 0; turn < 3; turn += 1) await append(log);
  }

  it('are made anew when their version is another, and when they are new', async () => {
    await using folder = await tempFolder();
    await grown(folder.path);
    const types: Projection = { name: 'types', version: 1, apply: ({ type }, store) => store.put(type, Buffer.of(1)) };
    await using log = await LmdbEventLog.open(folder.path, { projections: [counting(2), types] });
    expect(counted(log)).toBe('v2 3');
    expect([...log.projectedEntries('types')].map(([key]) => key)).toEqual(['/a']);
    await append(log);
    expect(counted(log)).toBe('v2 4');
  });

  it('keep nothing of what they were before', async () => {
    await using folder = await tempFolder();
    await grown(folder.path);
    const empty: Projection = { name: 'counting', version: 2, apply: () => undefined };
    await using log = await LmdbEventLog.open(folder.path, { projections: [empty] });
    expect([...log.projectedEntries('counting')]).toEqual([]);
  });

  it('are caught up by whoever knows them, after appends of somebody who does not', async () => {
    await using folder = await tempFolder();
    await using knows = await LmdbEventLog.open(folder.path, { projections: [counting(1)] });
    await append(knows);
    {
      await using stranger = await LmdbEventLog.open(folder.path);
      expect(counted(stranger)).toBe('v1 1');
      await append(stranger);
      await append(stranger);
    }
    await append(knows);
    expect(counted(knows)).toBe('v1 4');
  });

  it('of an older version take nothing in once a newer one has been there', async () => {
    await using folder = await tempFolder();
    await using older = await LmdbEventLog.open(folder.path, { projections: [counting(1)] });
    await append(older);
    await using newer = await LmdbEventLog.open(folder.path, { projections: [counting(2)] });
    await expect(append(older)).rejects.toThrow('another version of this program has opened the log');
    await append(newer);
    expect([newer.head(), counted(newer)]).toEqual([2, 'v2 2']);
  });

  it('have keys of up to 1,800 bytes', async () => {
    await using folder = await tempFolder();
    const types: Projection = { name: 'types', version: 1, apply: ({ type }, store) => store.put(type, Buffer.of(1)) };
    await using log = await LmdbEventLog.open(folder.path, { projections: [types] });
    const appendType = (type: string) => log.append({ stream, expectedVersion: 'any', records: [newRecord(type)] });
    for (const letter of 'abcdefghij') await appendType(letter.repeat(1_800));
    await expect(appendType('x'.repeat(1_801))).rejects.toThrow("a projection's key has 1 to 1800 bytes");
    const keys = [...log.projectedEntries('types')].map(([key]) => key);
    expect(keys).toEqual([...'abcdefghij'].map((letter) => letter.repeat(1_800)));
    expect([...log.projectedEntries('types', 'c'.repeat(1_800))]).toHaveLength(1);
    expect(log.head()).toBe(10);
  });

  it('that cannot be made anew keep the log closed, and leave what was', async () => {
    await using folder = await tempFolder();
    await grown(folder.path);
    const broken: Projection = {
      name: 'counting',
      version: 2,
      apply() {
        throw new Error('no idea');
      },
    };
    const opening = LmdbEventLog.open(folder.path, { projections: [broken] });
    await expect(opening).rejects.toThrow('projection counting cannot take a record of type /a: no idea');
    await using log = await LmdbEventLog.open(folder.path, { projections: [counting(1)], readOnly: true });
    expect(counted(log)).toBe('v1 3');
  });
});

describe('a reader who stops in the middle', { timeout: 30_000 }, () => {
  it('does not make the file grow', async () => {
    const sizes: number[] = [];
    for (const leaveOpen of [false, true]) {
      await using folder = await tempFolder();
      await using log = await LmdbEventLog.open(folder.path, { projections: [counting(1)] });
      await append(log);
      const abandoned: unknown[] = [];
      for (let turn = 0; turn < 100; turn += 1) {
        if (leaveOpen) abandoned.push(log.read()[Symbol.iterator]().next());
        if (leaveOpen) abandoned.push(log.projectedEntries('counting')[Symbol.iterator]().next());
        await append(log);
      }
      sizes.push((await stat(join(folder.path, 'data.mdb'))).size);
    }
    const [without = 0, withReaders = 0] = sizes;
    expect(withReaders).toBeLessThan(without * 1.2);
  });
});

it('what is damaged while a log is open is told as what it is', async () => {
  await using folder = await tempFolder();
  await using log = await LmdbEventLog.open(folder.path);
  await append(log);
  const path = join(folder.path, 'data.mdb');
  const bytes = await readFile(path);
  await using file = await open(path, 'r+');
  for (let at = bytes.indexOf(log.origin); at !== -1; at = bytes.indexOf(log.origin, at + 1)) {
    await file.write(Buffer.alloc(2), 0, 2, Math.floor(at / 4096) * 4096 + 18);
  }
  expect(() => log.head()).toThrow(expect.objectContaining({ code: 'unavailable' }));
});
