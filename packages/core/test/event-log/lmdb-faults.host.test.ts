/** What only the host can do to a log: a full disk, a read-only one, no permission, and a look at what is synced. */
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LmdbEventLog } from '../../src/event-log/lmdb-event-log.js';
import { childCommand, LogProcess } from './log-process.js';
import { newRecord } from './new-record.js';
import { tempFolder } from './temp-folder.js';

const stream = { namespace: 'default', task: 'web' };

/** Why a command is not to be had here; undefined if it works. */
function lacking(file: string, ...args: readonly string[]): string | undefined {
  try {
    execFileSync(file, args, { stdio: 'ignore' });
    return undefined;
  } catch {
    return `${[file, ...args].join(' ')} does not work here`;
  }
}

const noMounts = lacking('unshare', '--mount', 'true');
const noTrace = lacking('strace', '-o', '/dev/null', 'true');

/** A child of this kind in a mount namespace of its own, after some shell commands there; `$0` is the folder. */
function inNamespace(shell: string, folder: string, ...child: readonly string[]): LogProcess {
  return new LogProcess(['unshare', '--mount', 'sh', '-ec', `${shell}; exec "$@"`, folder, ...childCommand(...child)]);
}

describe('a full disk', { timeout: 30_000 }, () => {
  it('fails the append that finds no room, loses nothing, and says what to do', async (context) => {
    if (noMounts) context.skip(noMounts);
    await using folder = await tempFolder();
    await using child = inNamespace('mount -t tmpfs -o size=1m none "$0"', folder.path, 'fill', folder.path);
    const [cause, again, outcome] = await child.rest();
    expect(cause).toMatch(/^unavailable: cannot write to the log in .*: the disk is full.*: free some space/);
    expect(again).toBe('again unavailable');
    const [, acknowledged, read] = /^(\d+) acknowledged, (\d+) read$/.exec(outcome ?? '') ?? [];
    expect(Number(acknowledged)).toBeGreaterThan(10);
    expect(read).toBe(acknowledged);
  });

  it('has no room for a new log', async (context) => {
    if (noMounts) context.skip(noMounts);
    await using folder = await tempFolder();
    await using child = inNamespace('mount -t tmpfs -o size=64k none "$0"', folder.path, 'open', folder.path, '1');
    expect(await child.rest()).toEqual([
      `unavailable: cannot open the log in ${folder.path}: the disk is full: free some space, then try again`,
    ]);
  });
});

describe('a read-only file system', { timeout: 30_000 }, () => {
  const readOnly = 'mount --bind "$0" "$0"; mount -o remount,ro,bind "$0"';

  it('is refused for writing', async (context) => {
    if (noMounts) context.skip(noMounts);
    await using folder = await tempFolder();
    await (await LmdbEventLog.open(folder.path))[Symbol.asyncDispose]();
    await using child = inNamespace(readOnly, folder.path, 'open', folder.path, '1');
    expect(await child.rest()).toEqual([
      `unavailable: cannot open the log in ${folder.path}: the file system is read-only: mount it writable, or choose another root`,
    ]);
  });

  it('is good enough for reading', async (context) => {
    if (noMounts) context.skip(noMounts);
    await using folder = await tempFolder();
    {
      await using log = await LmdbEventLog.open(folder.path);
      const records = [newRecord('/a'), newRecord('/b')];
      await log.append({ stream, expectedVersion: 0, records });
    }
    await using child = inNamespace(readOnly, folder.path, 'read', folder.path);
    expect(await child.rest()).toEqual(['1', '2']);
  });
});

describe('a user without permission', { timeout: 30_000 }, () => {
  it('is told so', async (context) => {
    if (process.getuid?.() !== 0) context.skip('only root can become somebody else');
    await using folder = await tempFolder();
    await chmod(folder.path, 0o755);
    const path = join(folder.path, 'log');
    await using log = await LmdbEventLog.open(path);
    await chmod(path, 0o755);
    const empty = join(folder.path, 'empty');
    await mkdir(empty, { mode: 0o755 });
    for (const [command, at] of [
      ['open', path],
      ['open', empty],
      ['open', join(folder.path, 'new')],
      ['read', path],
    ] as const) {
      await using child = new LogProcess(childCommand('as-nobody', at, command));
      const [line] = await child.rest();
      expect(line).toBe(
        `unavailable: cannot open the log in ${at}: permission denied: run as the user who owns the root, or choose another root`,
      );
    }
    expect(log.head()).toBe(0);
  });
});

describe('durability', { timeout: 60_000 }, () => {
  it('an append is answered after its pages, and then its root, were synced to disk (P1, L4)', async (context) => {
    if (noTrace) context.skip(noTrace);
    await using folder = await tempFolder();
    const trace = join(folder.path, 'trace');
    const log = join(folder.path, 'log');
    const strace = ['strace', '-f', '-y', '-e', 'trace=write,pwrite64,pwritev,writev,fdatasync', '-o', trace] as const;
    await using child = new LogProcess([...strace, ...childCommand('append', log)]);
    for (let answers = 0; answers < 5; answers += 1) expect(await child.line()).toMatch(/^\d+ \d+$/);
    await child.end();

    const calls = (await readFile(trace, 'latin1')).split('\n');
    // What LMDB does in a commit, as one letter: p pages, s sync, r root page, through a descriptor opened with O_DSYNC.
    const data = calls.filter((call) => /data\.mdb>|write\(1</.test(call));
    const letters = data.map((call) => {
      if (/ write\(1</.test(call)) return 'A';
      if (call.includes('fdatasync(')) return 's';
      return / pwrite64\(\d+<[^>]*data\.mdb>, .*, 128, (40|4136)\)/.test(call) ? 'r' : 'p';
    });
    const afterOpening = letters.join('').replace(/^[^A]*A/, 'A');
    expect(afterOpening).toMatch(/^(A(p*sr)+){4}A/);
  });
});
