/** A backup is a beginning of the log, whatever is written meanwhile, and there is a whole one or none. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type BackupOptions, backUp } from '../../src/audit/backup.js';
import { parseCheckpoint } from '../../src/audit/checkpoint-text.js';
import { makeCheckpoint } from '../../src/audit/checkpoints.js';
import { ensureSigningKey, signingKeyFile } from '../../src/audit/signing-key.js';
import { verifyFolder } from '../../src/audit/verify-folder.js';
import { LmdbEventLog } from '../../src/event-log/lmdb-event-log.js';
import { SystemClock } from '../../src/kernel/clock.js';
import { ProcFsProcessTable } from '../../src/kernel/process-identity.js';
import { rootOf } from '../../src/merkle/tree.js';
import { actorOf } from '../../src/runtime/actor.js';
import { LogProcess } from '../event-log/log-process.js';
import { filledPlainly, newRoot, type Root, refused, web } from './archived-log.js';
import { signingKey } from './audited-log.js';

const disk = vi.hoisted(() => ({ badCopies: 0 }));

vi.mock(import('node:fs/promises'), async (original) => {
  const actual = await original();
  return {
    ...actual,
    copyFile: async (from, to, mode) => {
      await actual.copyFile(from, to, mode);
      disk.badCopies -= 1;
      if (disk.badCopies >= 0) await actual.appendFile(to, 'more');
    },
  };
});

afterEach(() => {
  disk.badCopies = 0;
});

const rootDirOf = ({ dir }: Root) => join(dir, '..');

function backupOf(root: Root, options: BackupOptions) {
  const actor = actorOf({ user: 'ada', command: 'test' }, crypto.randomUUID());
  const surroundings = { log: root.log, clock: new SystemClock(), processes: new ProcFsProcessTable(), actor };
  return backUp({ ...surroundings, root: rootDirOf(root) }, options);
}

describe('a backup', () => {
  it('is a root of its own, with the archives, its owner’s alone, and the log says who made it', async () => {
    await using root = await newRoot();
    await filledPlainly(root, 20);
    await root.archive(9);
    const { lastNote } = { lastNote: await makeCheckpoint(root.log, signingKey) };
    ensureSigningKey(join(rootDirOf(root), signingKeyFile));
    const folder = join(rootDirOf(root), 'new', 'backup');
    expect(await backupOf(root, { folder })).toEqual({ folder, size: 22, segments: 1, missing: [], damaged: [] });
    const modes = ['', 'log', 'log/data.mdb', 'archives'].map((name) => statSync(join(folder, name)).mode & 0o777);
    expect(modes).toEqual([0o700, 0o700, 0o600, 0o700]);
    expect(readdirSync(folder).sort()).toEqual(['archives', 'log']);
    expect(readdirSync(join(folder, '..'))).toEqual(['backup']);
    rmSync(root.archives, { recursive: true });
    expect(await verifyFolder(join(folder, 'log'), { against: parseCheckpoint(lastNote) })).toMatchObject({
      findings: [],
      records: 22,
      archived: { position: 8, complete: true },
    });
    expect([...root.log.read({ after: 21 })]).toMatchObject([
      { type: '/audit/backup-requested', actor: { user: 'ada' }, event: { folder, withKey: false } },
      { type: '/audit/backed-up', causation: 22, event: { folder, size: 22 } },
    ]);
    await using restored = await LmdbEventLog.open(join(folder, 'log'));
    expect((await restored.append({ stream: web, expectedVersion: 20, records: [refused('more')] })).version).toBe(21);
  });

  it('is consistent while others write: each one is what the log was', { timeout: 60_000 }, async () => {
    await using root = await newRoot();
    await filledPlainly(root, 2_000);
    await using writers = new AsyncDisposableStack();
    for (let index = 0; index < 3; index += 1) {
      const writer = writers.use(LogProcess.run('append', root.dir));
      await writer.line();
      void writer.rest();
    }
    let before = 0;
    for (let index = 0; index < 6; index += 1) {
      const folder = join(rootDirOf(root), `backup-${index}`);
      const head = root.log.head();
      const { size } = await backupOf(root, { folder });
      expect(size).toBeGreaterThan(head);
      expect(size).toBeGreaterThan(before);
      expect(size).toBeLessThan(root.log.head());
      before = size;
      const verification = await verifyFolder(join(folder, 'log'));
      // The writers' records are of types that nobody knows.
      const findings = verification.findings.filter(({ kind }) => kind !== 'unknown');
      expect({ findings, size: 'size' in verification && verification.size }).toEqual({ findings: [], size });
      expect('root' in verification && verification.root).toBe(rootOf(root.log.tree, size));
    }
  });

  it('shows by a checkpoint that was kept what it does not have', async () => {
    await using root = await newRoot();
    await filledPlainly(root, 20);
    const folder = join(rootDirOf(root), 'backup');
    await backupOf(root, { folder });
    const against = parseCheckpoint(await makeCheckpoint(root.log, signingKey));
    const { findings } = await verifyFolder(join(folder, 'log'), { against });
    expect(findings.map(({ kind }) => kind)).toContain('truncated');
  });

  it('has the key that signs only when it is asked for', async () => {
    await using root = await newRoot();
    await filledPlainly(root, 5);
    const folder = join(rootDirOf(root), 'backup');
    await expect(backupOf(root, { folder, withKey: true })).rejects.toMatchObject({ code: 'not-found' });
    expect(existsSync(folder)).toBe(false);
    const key = join(rootDirOf(root), signingKeyFile);
    ensureSigningKey(key);
    await backupOf(root, { folder, withKey: true });
    const copied = join(folder, signingKeyFile);
    expect([readFileSync(copied, 'utf8'), statSync(copied).mode & 0o777]).toEqual([readFileSync(key, 'utf8'), 0o600]);
    expect([...root.log.read({ after: 5 })].map(({ type }) => type)).toEqual([
      '/audit/backup-requested',
      '/audit/backup-failed',
      '/audit/backup-requested',
      '/audit/backed-up',
    ]);
  });

  it('goes to a new folder only, and says what stands in its way', async () => {
    await using root = await newRoot();
    await filledPlainly(root, 5);
    const folder = join(rootDirOf(root), 'backup');
    await expect(backupOf(root, { folder: 'backup' })).rejects.toThrow('must be an absolute path');
    mkdirSync(folder);
    await expect(backupOf(root, { folder })).rejects.toThrow('is there already: a backup is made in a new folder');
    writeFileSync(join(folder, 'file'), '');
    const below = join(folder, 'file', 'backup');
    await expect(backupOf(root, { folder: below })).rejects.toMatchObject({ code: 'unavailable' });
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it('tells which archived segment was not found', async () => {
    await using root = await newRoot();
    await filledPlainly(root, 9);
    await root.archive(5);
    const [file = ''] = readdirSync(root.archives);
    rmSync(join(root.archives, file));
    const folder = join(rootDirOf(root), 'backup');
    expect(await backupOf(root, { folder })).toMatchObject({ segments: 0, missing: [file] });
    // It is elsewhere, and not lost out of the backup.
    rmSync(root.archives, { recursive: true });
    expect(await verifyFolder(join(folder, 'log'))).toMatchObject({ verified: true, archived: { complete: false } });
  });

  it('tells which archived segment is not what left the log, and has it as it is', async () => {
    await using root = await newRoot();
    await filledPlainly(root, 9);
    await root.archive(5);
    const [file = ''] = readdirSync(root.archives);
    const path = join(root.archives, file);
    writeFileSync(path, readFileSync(path).fill(0, 40, 41));
    const folder = join(rootDirOf(root), 'backup');
    expect(await backupOf(root, { folder })).toMatchObject({ segments: 1, missing: [], damaged: [file] });
    expect(readFileSync(join(folder, 'archives', file))).toEqual(readFileSync(path));
  });

  it('has of each archive what stands there, or there is none', async () => {
    await using root = await newRoot();
    await filledPlainly(root, 9);
    await root.archive(5);
    const folder = join(rootDirOf(root), 'backup');
    disk.badCopies = 1;
    expect(await backupOf(root, { folder })).toMatchObject({ segments: 1, damaged: [] });
    disk.badCopies = Number.POSITIVE_INFINITY;
    await expect(backupOf(root, { folder: `${folder}-2` })).rejects.toThrow('is not what that is: check the disk');
    expect(existsSync(`${folder}-2`)).toBe(false);
  });
});
