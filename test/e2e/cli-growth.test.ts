/** Archives and backups with the command itself, on real containers. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { useHost } from './cli-harness.js';

const owner = useHost();
const noMounts =
  spawnSync('unshare', ['--mount', 'true']).status === 0 ? undefined : 'unshare --mount does not work here';

let execId: string;
let before: readonly Record<string, unknown>[];
const head = () => Number(before.at(-1)?.position);

// One story for all tests: a task of long ago with an exec, and one that is there still; then the log is archived.
beforeAll(async () => {
  const { host } = owner;
  await host.ok('run', '-d', '--rootfs', host.rootfs, 'gone', 'sleep', '1000');
  execId = (await host.ok('exec', '-d', 'gone', 'sh', '-c', 'exit 3')).trim();
  await host.run(['wait', '--exec', execId, 'gone']);
  await host.ok('kill', 'gone');
  await host.run(['wait', 'gone']);
  await host.ok('delete', 'gone');
  await host.ok('run', '-d', '--rootfs', host.rootfs, 'there', 'sleep', '1000');
  before = await host.json('events');
}, 60_000);

describe('audit archive and backup', () => {
  it('archive says what it moved, and verify looks at it', async () => {
    const { host } = owner;
    const { stdout, stderr } = await host.run(['audit', 'archive', '--before', String(head() + 1)]);
    expect(stderr).toBe(`shiplog: archived ${head()} records: the log begins behind position ${head()}\n`);
    const files = readdirSync(join(host.root, 'archives'));
    const file = files.find((name) => name.endsWith('.jsonl.gz')) ?? '';
    // The spec of the one that is there stays, and so what both share.
    expect(files.filter((name) => name !== file)).toEqual([expect.stringMatching(/\.payloads$/)]);
    expect(stdout).toBe(`${join(host.root, 'archives', file)}\n`);
    const [verification] = await host.json('audit', 'verify');
    expect(verification).toMatchObject({ verified: true, records: head() + 1, archived: { complete: true } });
    const [segment] = await host.json('audit', 'archive', '--list');
    expect(segment).toMatchObject({ first: 1, last: head(), file });
    const again = await host.run(['audit', 'archive', '--before', '2']);
    expect(again.stderr).toContain(`nothing to archive: the log begins behind position ${head()}`);
  });

  it('the task of long ago still has its exit, and that of its exec', async () => {
    const { host } = owner;
    expect(await host.run(['wait', 'gone'])).toMatchObject({ exitCode: 137 });
    expect(await host.run(['wait', '--exec', execId, 'gone'])).toMatchObject({ exitCode: 3 });
    expect(await host.json('state', 'gone')).toMatchObject([{ status: 'deleted', exitStatus: 137 }]);
  });

  it('the task that is there goes on: exec, update, swap, and its end', async () => {
    const { host } = owner;
    expect(await host.run(['exec', 'there', 'sh', '-c', 'exit 5'])).toMatchObject({ exitCode: 5 });
    await host.ok('update', '--memory', '64m', 'there');
    expect(await host.json('tasks')).toMatchObject([{ id: 'there', status: 'running' }]);
    await host.ok('kill', '--signal', 'KILL', 'there');
    expect(await host.run(['wait', 'there'])).toMatchObject({ exitCode: 137 });
    const runtimes = await host.json('plugins');
    const other = runtimes.find(({ id, status }) => id === 'io.containerd.crun.v1' && status === 'ok');
    await host.ok('swap', '--runtime', other ? 'io.containerd.crun.v1' : 'io.containerd.runc.v2', 'there');
    expect(await host.json('tasks')).toMatchObject([{ id: 'there', status: 'created' }]);
    await host.ok('delete', '--force', 'there');
    expect(await host.json('replay', '--verify')).toMatchObject([{ differences: [], marks: [], damage: [] }]);
  });

  it('what can no longer be asked is said, and where it is', async () => {
    const { host } = owner;
    const archived = `the log begins behind position ${head()}, and position 2 was archived: it is in ${host.root}/archives/`;
    for (const args of [
      ['events', '--from', '2'],
      ['audit', 'show', '2'],
      ['audit', 'export', '--from', '2'],
      ['tasks', '--at', '2'],
      ['audit', 'diff', '2'],
      ['replay', '--until', '2'],
    ]) {
      const { exitCode, stderr } = await host.run(args);
      expect({ args, exitCode }).toEqual({ args, exitCode: 125 });
      expect(stderr).toContain(archived);
    }
    const { stdout, stderr } = await host.run(['events', '--json']);
    expect(stderr).toContain(`events up to position ${head()} were archived, and are not shown`);
    expect(JSON.parse(stdout.split('\n')[0] ?? '')).toMatchObject({ position: head() + 1 });
    const { stderr: exported } = await host.run(['audit', 'export', '--format', 'jsonl']);
    expect(exported).toContain(`events up to position ${head()} were archived`);
  });

  it('a report says what is not in it, and evidence begins where the log does', async () => {
    const { host } = owner;
    const html = await host.ok('audit', 'report', '--output', '-');
    const embedded = /id="data">([^<]+)</.exec(html)?.[1] ?? '';
    const { head: top } = JSON.parse(inflateRawSync(Buffer.from(embedded, 'base64')).toString()) as { head: unknown };
    expect(JSON.stringify(top)).toContain(`Events up to position ${head()} were archived: they are not shown`);
    const bundle = join(host.dir, 'rest.bundle');
    await host.ok('audit', 'export', '--output', bundle);
    const [first = '', record = ''] = readFileSync(bundle, 'utf8').split('\n');
    expect(JSON.parse(first)).toMatchObject({ range: [head() + 1, expect.any(Number)] });
    expect(JSON.parse(record)).toMatchObject({ position: head() + 1 });
  });

  it('verify without the files says what it has not looked at, and finds what is wrong with them', async () => {
    const { host } = owner;
    const archives = join(host.root, 'archives');
    renameSync(archives, join(host.dir, 'elsewhere'));
    const without = await host.run(['audit', 'verify']);
    expect(without.exitCode).toBe(0);
    expect(without.stdout).toMatch(
      /^notice: records 1 to \d+ were archived, and .* is not in .*: they were not looked at/m,
    );
    expect(without.stdout).toMatch(/^verified: .*; records up to \d+ were archived, and not all looked at$/m);
    const there = await host.run(['audit', 'verify', '--archives', '../elsewhere'], { cwd: host.root });
    expect(there.stdout).toMatch(/^verified: \d+ records of \d+ streams, \d+ blobs, \d+ checkpoints$/m);
    const empty = await host.run(['audit', 'verify', '--archives', host.rootfs]);
    expect(empty.exitCode).toBe(125);
    expect(empty.stdout).toMatch(/^archive: records 1 to \d+ were archived, and .* is not in /m);
    renameSync(join(host.dir, 'elsewhere'), archives);
  });

  it('backup makes a root that is a beginning of this one', async () => {
    const { host } = owner;
    const backup = join(host.dir, 'backup');
    writeFileSync(join(host.dir, 'kept.note'), await host.ok('audit', 'checkpoint'));
    const { stdout, stderr } = await host.run(['backup', 'backup'], { env: { SHIPLOG_USER: 'ada' } });
    expect(stdout).toBe(`${backup}\n`);
    expect(stderr).toMatch(/^shiplog: copied \d+ records, and 1 archived segment\n$/);
    expect(readdirSync(backup).sort()).toEqual(['archives', 'log']);
    const verified = await host.ok('--root', backup, 'audit', 'verify', '--against', join(host.dir, 'kept.note'));
    expect(verified).toMatch(/^verified: /m);
    const [event] = await host.json('events', '--type', 'backed-up');
    expect(event).toMatchObject({ actor: { user: 'ada' }, event: { folder: backup } });
    const again = await host.run(['backup', backup]);
    expect(again).toMatchObject({ exitCode: 125 });
    expect(again.stderr).toContain(`${backup} is there already: a backup is made in a new folder`);
    await host.run(['--root', backup, 'wait', 'gone']);
  });

  it('a folder without room, or that cannot be written to, loses nothing', async (context) => {
    if (noMounts) context.skip(noMounts);
    const { host } = owner;
    const small = join(host.dir, 'small');
    mkdirSync(small, { mode: 0o700 });
    const last = Number((await host.json('events')).at(-1)?.position);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4k,mode=700', 'tmpfs', small]);
    writeFileSync(join(small, 'filler'), Buffer.alloc(4_096));
    try {
      for (const args of [
        ['audit', 'archive', '--before', String(last), '--to', small],
        ['backup', join(small, 'backup')],
      ]) {
        const { exitCode, stderr } = await host.run(args);
        expect({ args, exitCode }).toEqual({ args, exitCode: 125 });
        expect(stderr).toContain('the disk is full: free some space, then try again');
        expect(readdirSync(small)).toEqual(['filler']);
      }
      execFileSync('mount', ['-o', 'remount,ro', small]);
      const { stderr } = await host.run(['audit', 'archive', '--before', String(last), '--to', small]);
      expect(stderr).toContain('the file system is read-only');
    } finally {
      execFileSync('umount', [small]);
      rmSync(small, { recursive: true });
    }
    expect(await host.json('audit', 'verify')).toMatchObject([{ verified: true, archived: { position: head() } }]);
  });

  it('asks what to do, and refuses what is no point', async () => {
    const { host } = owner;
    for (const [args, message] of [
      [[], 'say --before what, or --list'],
      [['--list', '--to', '/x'], '--to goes with --before'],
      [['--before', '999999'], '999999 is no position to archive before'],
      [['--before', '2999-01-01'], 'is to come'],
      [['--before', 'soon'], 'is no point of the log'],
    ] as const) {
      const { exitCode, stderr } = await host.run(['audit', 'archive', ...args]);
      expect({ args, exitCode }).toEqual({ args, exitCode: 125 });
      expect(stderr).toContain(message);
    }
  });
});
