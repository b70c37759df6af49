/** What befalls logs, and what whoever asks about them is told: a finding or a reason, never a crash, never a wrong "verified". */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LmdbEventLog, type NewRecord, parseTimestamp, taskProjection } from '@shiplog/core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Tables } from '../../packages/core/src/event-log/lmdb-schema.js';
import { newRecord } from '../../packages/core/test/event-log/new-record.js';
import { useHost } from './cli-harness.js';
import { tamper } from './forged-log.js';

const owner = useHost();
const stream = { namespace: 'default', task: 'job' };
const refused = newRecord('/tasks/rejected', { containerId: '', execId: '', command: '', code: '', message: '' });
/** As many as the task's life has not, so that the tree has a node above them. */
const more = 300;
let size = 0;
let copies = 0;

/** Somewhere else, the log as it is. */
function copied(): string {
  copies += 1;
  const root = join(owner.host.dir, `copy-${copies}`);
  mkdirSync(join(root, 'log'), { recursive: true, mode: 0o700 });
  copyFileSync(dataOf(owner.host.root), dataOf(root));
  return root;
}

const dataOf = (root: string) => join(root, 'log', 'data.mdb');
const shiplog = (root: string, ...args: readonly string[]) =>
  owner.host.run(['--root', root, ...args], { env: { SHIPLOG_STATE: join(root, 'state') } });

async function append(root: string, records: readonly NewRecord[]): Promise<void> {
  await using log = await LmdbEventLog.open(join(root, 'log'), { projections: [taskProjection] });
  await log.append({ stream, expectedVersion: 'any', records });
}

const flipped = (bytes: Buffer | undefined): Buffer => {
  const copy = Buffer.from(bytes ?? '');
  copy[7] = (copy[7] ?? 0) ^ 0x10;
  return copy;
};

beforeAll(async () => {
  const { host } = owner;
  await host.ok('run', '--rm', '--rootfs', host.rootfs, 'job', 'true');
  await append(
    host.root,
    Array.from({ length: more }, () => ({ ...refused, time: parseTimestamp('2099-01-31T12:00:00Z') })),
  );
  size = Number((await host.ok('audit', 'checkpoint')).split('\n')[1]);
}, 120_000);

describe('a log in which was changed', () => {
  const text = ({ log }: Tables, position: number) => log.get(position) ?? '';

  it.each<[what: string, change: (tables: Tables) => void, told: readonly RegExp[]]>([
    [
      'a record, cut short',
      (t) => t.log.putSync(3, text(t, 3).slice(0, 100)),
      [/^changed: record 3 is not what was appended/m, /^damaged: record 3 cannot be read: its bytes are not JSON/m],
    ],
    [
      'a byte of a record',
      (t) => t.log.putSync(3, text(t, 3).replace('"version":', '"versioN":')),
      [/^changed: record 3 is not what was appended/m],
    ],
    [
      'the place of two records',
      (t) => {
        const [third, last] = [text(t, 3), text(t, size)];
        t.log.putSync(3, last);
        t.log.putSync(size, third);
      },
      [
        /^reordered: in the place of record 3 stands record \d+$/m,
        /^reordered: in the place of record \d+ stands record 3$/m,
      ],
    ],
    ['a byte of a leaf hash', (t) => t.leaves.putSync(1, flipped(t.leaves.get(1))), [/^changed: record 1 is not/m]],
    [
      'a byte of the tree above',
      (t) => t.tree.putSync([1, 0], flipped(t.tree.get([1, 0]))),
      [/^tree: node 0 of level 1 is not the root of the records below it$/m],
    ],
    [
      'a byte of a checkpoint',
      (t) => t.checkpoints.putSync(size, (t.checkpoints.get(size) ?? '').replace(/\n\d/, '\n9')),
      [/^signature: the checkpoint of \d+ is not signed by shiplog\//m],
    ],
  ])('%s: each is a finding, and the log is read all the same', async (_what, change, told) => {
    const root = copied();
    await tamper(root, change);
    const { exitCode, stdout, stderr } = await shiplog(root, 'audit', 'verify');
    for (const line of told) expect(stdout).toMatch(line);
    expect(stdout).not.toMatch(/^verified/m);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 125,
      stderr: expect.stringMatching(/^shiplog: the log is not verified: \d+ findings?\n$/),
    });
    expect(await shiplog(root, 'tasks', '--all')).toMatchObject({ exitCode: 0 });
    expect((await shiplog(root, 'start', 'nobody')).stderr).toContain('task nobody does not exist');
  });
});

describe('the file of a log', () => {
  it.each<[what: string, length: (whole: number) => number]>([
    ['nothing', () => 0],
    ['a part of its first page', () => 100],
    ['its first page', () => 4_096],
    ['a half', (whole) => Math.floor(whole / 2)],
    ['all but a page', (whole) => whole - 4_096],
    ['all but a byte', (whole) => whole - 1],
  ])('cut to %s is told, and stays what it is', async (_what, lengthOf) => {
    const root = copied();
    const length = lengthOf(statSync(dataOf(root)).size);
    truncateSync(dataOf(root), length);
    // An empty one is a log that somebody is about to make: whoever writes makes it.
    for (const args of [['audit', 'verify'], ...(length > 0 ? [['events'], ['tasks']] : [])]) {
      const { exitCode, stdout, stderr } = await shiplog(root, ...args);
      expect(exitCode).toBe(125);
      expect(stdout + stderr).toMatch(/data\.mdb (is not a log|was cut short|does not hang together)/);
      expect(stdout).not.toMatch(/^verified/m);
    }
    expect(statSync(dataOf(root)).size).toBe(length);
  });

  it('with a page that leads nowhere is told by each command, and no process dies of it', async () => {
    const root = copied();
    const bytes = readFileSync(dataOf(root));
    // Of every page behind the first two, how many nodes it has.
    for (let page = 2; page < bytes.length / 4_096; page += 1) bytes.writeUInt16LE(0x0ffe, page * 4_096 + 20);
    writeFileSync(dataOf(root), bytes);
    for (const args of [['audit', 'verify'], ['tasks'], ['events'], ['audit', 'checkpoint']]) {
      const { exitCode, stdout, stderr } = await shiplog(root, ...args);
      expect(exitCode).toBe(125);
      expect(stdout + stderr).toMatch(/data\.mdb (does not hang together|is damaged).*has no sensible bounds/);
    }
  });
});

describe('a log that is sound', () => {
  it('is not the one that a checkpoint of another log is of', async () => {
    const other = join(owner.host.dir, 'other');
    await shiplog(other, 'start', 'nobody');
    const note = join(other, 'note');
    writeFileSync(note, (await shiplog(other, 'audit', 'checkpoint')).stdout);
    const { exitCode, stdout } = await owner.host.run(['audit', 'verify', '--against', note]);
    expect(exitCode).toBe(125);
    expect(stdout).toMatch(/^origin: the checkpoint of \d+ is of shiplog\/.*, and this log is shiplog\//m);
  });

  it('is verified where the clock was set back an hour, and that is told', async () => {
    const root = copied();
    await append(root, [{ ...refused, time: parseTimestamp('2099-01-31T11:00:00Z') }]);
    const { exitCode, stdout } = await shiplog(root, 'audit', 'verify');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(new RegExp(`^notice: the clock was set back before record ${size + 1}: from 2099.*$`, 'm'));
    expect(stdout).toMatch(/^verified: /m);
  });

  it.each([
    ['of an unknown type', { ...refused, type: '/tasks/teleported' }, '/tasks/teleported, 1'],
    ['of a newer version', { ...refused, schema: 9 }, '/tasks/rejected, 9'],
  ])('with an event %s is not vouched for by this version, and stops nothing', async (_what, record, what) => {
    const root = copied();
    await append(root, [record]);
    const { exitCode, stdout } = await shiplog(root, 'audit', 'verify');
    expect(exitCode).toBe(125);
    expect(stdout).toContain(`unknown: record ${size + 1} is an event that this version does not know: ${what}\n`);
    for (const args of [['tasks'], ['replay', '--verify'], ['events', '--from', String(size + 1)]]) {
      expect(await shiplog(root, ...args)).toMatchObject({ exitCode: 0 });
    }
  });
});

describe('a disk', () => {
  const noMounts = process.getuid?.() === 0 ? undefined : 'only root can mount a file system';

  it('that fills up in the middle of an append leaves the log as it was', async (context) => {
    if (noMounts) context.skip(noMounts);
    const root = join(owner.host.dir, 'full');
    mkdirSync(root, { mode: 0o700 });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=700', 'tmpfs', root]);
    try {
      await shiplog(root, 'start', 'nobody');
      const large = Array.from({ length: 4_000 }, () => refused);
      await expect(append(root, large)).rejects.toMatchObject({ code: 'unavailable' });
      await expect(append(root, large)).rejects.toThrow(/the disk is full.*: free some space/);
      const before = await shiplog(root, 'audit', 'verify');
      expect(before).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^verified: \d records /m) });
      await shiplog(root, 'start', 'nobody');
      const { stdout } = await shiplog(root, 'audit', 'verify');
      expect(stdout).toMatch(/^verified: \d+ records /m);
      expect(stdout).not.toBe(before.stdout);
    } finally {
      execFileSync('umount', [root]);
      rmSync(root, { recursive: true });
    }
  });

  it('that is read-only is good enough to verify a log, and refuses what would be written', async (context) => {
    if (noMounts) context.skip(noMounts);
    const root = copied();
    execFileSync('mount', ['--bind', root, root]);
    execFileSync('mount', ['-o', 'remount,ro,bind', root]);
    try {
      const verified = await shiplog(root, 'audit', 'verify');
      expect(verified).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^verified: /m) });
      const { exitCode, stdout, stderr } = await shiplog(root, 'audit', 'checkpoint');
      expect({ exitCode, stdout }).toEqual({ exitCode: 125, stdout: '' });
      expect(stderr).toContain('the file system is read-only: mount it writable');
    } finally {
      execFileSync('umount', [root]);
    }
  });
});
