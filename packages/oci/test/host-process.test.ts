import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir, uptime } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  bootTimeNow,
  findProcesses,
  identify,
  identityInFile,
  identityLaunched,
  identityOf,
  isAlive,
  isEnding,
  isOfThisBoot,
  mayBeAlive,
  millisSince,
  ourselves,
} from '../src/host-process.js';

/** Seconds since the epoch. */
const now = (): number => Date.now() / 1000;

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shiplog-process-'));
  file = join(folder, 'pid');
  writeFileSync(file, String(process.pid));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the process of a pid that was written down', () => {
  test('is whoever had it then', () => {
    expect(identityInFile(process.pid, file, null)).toEqual(ourselves());
  });

  test('is gone when a stranger came to the pid later', () => {
    const before = now() - process.uptime() - 60;
    utimesSync(file, before, before);
    const identity = identityInFile(process.pid, file, null);
    expect(identity).toMatchObject({ pid: process.pid });
    expect(isAlive(identity)).toBe(false);
    expect(isOfThisBoot(identity)).toBe(true);
  });

  test('is gone with the boot', () => {
    const before = now() - uptime() - 60;
    utimesSync(file, before, before);
    const identity = identityInFile(process.pid, file, null);
    expect(isAlive(identity)).toBe(false);
    expect(isOfThisBoot(identity)).toBe(false);
  });

  test('is the child of its monitor, whatever the clock was then', async () => {
    const child = spawn('sleep', ['1000']);
    try {
      utimesSync(file, 1, 1);
      expect(isAlive(identityInFile(child.pid!, file, ourselves()))).toBe(true);
      expect(isAlive(identityInFile(child.pid!, file, { ...ourselves(), startTime: 1 }))).toBe(false);
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });
});

describe('the process of a pid that a launch told', () => {
  const { startTime } = ourselves();
  const begunAt = (ticks: number) => ({ ...bootTimeNow(), ticks });
  const launched = (ticks: number) => identityLaunched(process.pid, begunAt(ticks), 60_000, null);

  test('is whoever has it that began in the time of a launch, whatever the clock is set to', () => {
    vi.useFakeTimers({ now: 0, toFake: ['Date'] });
    try {
      expect(launched(startTime)).toEqual(ourselves());
      expect(launched(startTime - 5_900)).toEqual(ourselves());
    } finally {
      vi.useRealTimers();
    }
  });

  test('is gone when a stranger came to the pid later, or had it before', () => {
    for (const ticks of [startTime - 6_200, startTime + 200]) {
      expect(isAlive(launched(ticks))).toBe(false);
      expect(isOfThisBoot(launched(ticks))).toBe(true);
    }
  });

  test('is gone with the boot', () => {
    const before = { ticks: startTime, bootId: 'before' };
    const identity = identityLaunched(process.pid, before, 60_000, null);
    expect([isAlive(identity), isOfThisBoot(identity)]).toEqual([false, false]);
    expect(millisSince(before)).toBe(Number.POSITIVE_INFINITY);
    expect(millisSince(bootTimeNow())).toBeLessThan(60_000);
  });
});

test('whoever has the pid may be the process, and nobody is not', async () => {
  const child = spawn('sleep', ['1000']);
  const stranger = { ...ourselves(), pid: child.pid as number };
  expect([mayBeAlive(stranger), isAlive(stranger), mayBeAlive(null)]).toEqual([true, false, false]);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(mayBeAlive(stranger)).toBe(false);
});

test('who has left its cgroups and is still there to be seen is ending', async () => {
  expect(isEnding(ourselves())).toBe(false);
  // Nobody waits for the first child of what the shell becomes.
  const child = spawn('sh', ['-c', 'true & echo $!; exec sleep 1000'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const pid = Number(String(line));
  while (identify(pid) !== null) await new Promise(setImmediate);
  expect(isEnding(identityOf(pid))).toBe(true);
  child.kill();
  await once(child, 'exit');
  expect(isEnding(identityOf(child.pid ?? 0))).toBe(true);
});

describe('a process by its command line', () => {
  const script = 'echo there; read -r line';
  const marked = (mark: string) => (args: readonly string[]) => args.includes(mark);

  async function there(command: string, args: readonly string[]): Promise<Disposable & { readonly pid: number }> {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    return { pid: child.pid ?? 0, [Symbol.dispose]: () => child.kill('SIGKILL') };
  }

  test('is found, also where the folder that it speaks of is gone', async () => {
    const mark = join(folder, 'gone', 'pid');
    using child = await there('sh', ['-c', script, 'sh', mark]);
    expect(findProcesses(marked(mark), join(folder, 'gone'))).toMatchObject([{ pid: child.pid }]);
  });

  test('is none of ours where it speaks of another folder by the same name, as one in a container does', async (context) => {
    if (process.getuid?.() !== 0) context.skip('it needs root, to change the root of a process');
    const jail = join(folder, 'jail');
    mkdirSync(join(jail, folder), { recursive: true });
    copyFileSync('/bin/busybox', join(jail, 'busybox'));
    using child = await there('chroot', [jail, '/busybox', 'sh', '-c', script, 'sh', file]);
    expect(findProcesses(marked(file))).toMatchObject([{ pid: child.pid }]);
    expect(findProcesses(marked(file), folder)).toEqual([]);
  });
});
