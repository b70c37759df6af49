import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CancelledError, NotFoundError, parseNamespace, parseTaskId } from '@shiplog/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exitOf, WatchedProcess } from '../src/exit.js';
import { identityOf, ourselves } from '../src/host-process.js';
import { type ProcessFolder, taskLayout } from '../src/layout.js';
import type { ProcessRecord } from '../src/record.js';

const gone = { pid: 4711, startTime: 1, bootId: ourselves().bootId };
const record = (given: Partial<ProcessRecord>): ProcessRecord => ({
  restore: null,
  dump: null,
  version: 1,
  io: { stdin: '', stdout: '', stderr: '', terminal: false },
  binary: '/usr/sbin/runc',
  systemdCgroup: false,
  ownCgroup: null,
  process: gone,
  monitor: gone,
  phase: 'started',
  launcher: null,
  begun: null,
  ...given,
});

let base: string;
let folder: ProcessFolder;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'shiplog-exit-'));
  folder = taskLayout({ stateDir: base, rootDir: base }, parseNamespace('default'), parseTaskId('web')).process;
  mkdirSync(folder.exitDir, { recursive: true });
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

/** As conmon does it. */
function writeExit(status: string): void {
  const temporary = `${folder.exitFile}.tmp`;
  writeFileSync(temporary, status);
  renameSync(temporary, folder.exitFile);
}

describe('the exit of a process', () => {
  test('is what its monitor wrote, when it wrote it', () => {
    writeExit('7');
    utimesSync(folder.exitFile, 1_700_000_000, 1_700_000_000.25);
    expect(exitOf(folder, record({}))).toEqual({
      pid: 4711,
      status: 7,
      timestamp: '2023-11-14T22:13:20.250000000Z',
      certainty: 'observed',
    });
  });

  test('tells a want of memory', () => {
    writeExit('137');
    writeFileSync(folder.oomFile, '');
    expect(exitOf(folder, record({}))).toMatchObject({ status: 137, oomKilled: true });
  });

  test('is unknown where the monitor did not learn it', () => {
    writeExit('-1');
    expect(exitOf(folder, record({}))).toMatchObject({ status: 255, certainty: 'unknown', evidence: /-1/ });
  });

  test.each([
    ['its monitor is alive', { monitor: ourselves() }],
    ['it is alive itself', { process: ourselves() }],
    ['it is being launched', { phase: 'launching', process: null, monitor: null }],
    ['it was not started', { phase: 'added', process: null, monitor: null }],
  ] as const)('is not there while %s', (_name, given) => {
    expect(exitOf(folder, record(given))).toBeUndefined();
  });

  test('is lost when both are gone without one; everyone hears of the same time', () => {
    const exit = exitOf(folder, record({}));
    expect(exit).toMatchObject({ status: 255, certainty: 'unknown', evidence: expect.stringContaining('pid 4711') });
    expect(exitOf(folder, record({}))).toEqual(exit);
  });

  test('is neither lost nor known once the folder was removed', () => {
    rmSync(folder.path, { recursive: true });
    expect(() => exitOf(folder, record({}))).toThrow(NotFoundError);
  });

  test('is lost with the boot', () => {
    const old = { ...ourselves(), bootId: 'another' };
    expect(exitOf(folder, record({ process: old, monitor: old }))?.evidence).toContain('the machine was started again');
  });
});

describe('waiting', () => {
  const read = () => record({ monitor: ourselves() });
  const watched = () => new WatchedProcess(folder, read);

  test('ends at once for what has ended', async () => {
    writeExit('0');
    expect(await watched().exit()).toMatchObject({ status: 0 });
  });

  test('is woken by the exit file, not by the clock', async () => {
    const waiting = Promise.all([watched().exit(), watched().exit()]);
    const before = performance.now();
    writeExit('3');
    for (const exit of await waiting) expect(exit).toMatchObject({ status: 3 });
    expect(performance.now() - before).toBeLessThan(500);
  });

  test('misses nothing that is written while it begins', async () => {
    for (let round = 0; round < 200; round++) {
      const waiting = watched().exit();
      if (round % 2 === 0) await null;
      writeExit(String(round));
      expect(await waiting).toMatchObject({ status: round });
      rmSync(folder.exitFile);
    }
  });

  test('notices by itself that a monitor is gone', async () => {
    const monitor = spawn('sleep', ['1000']);
    const waiting = new WatchedProcess(folder, () => record({ monitor: identityOf(monitor.pid as number) })).exit();
    monitor.kill('SIGKILL');
    expect(await waiting).toMatchObject({ certainty: 'unknown' });
  });

  test('does not read the record again and again while the monitor lives', async () => {
    let reads = 0;
    const controller = new AbortController();
    const counted = new WatchedProcess(folder, () => {
      reads += 1;
      return read();
    });
    const waiting = counted.exit(controller.signal);
    await delay(2_500);
    controller.abort();
    await expect(waiting).rejects.toThrow(CancelledError);
    expect(reads).toBe(1);
  });

  test('is given up', async () => {
    const controller = new AbortController();
    const waiting = watched().exit(controller.signal);
    controller.abort();
    await expect(waiting).rejects.toThrow(CancelledError);
    await expect(watched().exit(AbortSignal.abort())).rejects.toThrow(CancelledError);
  });

  test('fails with the record', async () => {
    const broken = new WatchedProcess(folder, () => {
      throw new RangeError('gone');
    });
    await expect(broken.exit()).rejects.toThrow(RangeError);
  });
});
