import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { leaderlessProgram, leaderlessStatus } from '../../../../test/races/leaderless.js';
import { ProcFsProcessTable, readStartTime } from '../../src/kernel/process-identity.js';

const table = new ProcFsProcessTable();
const children: ChildProcess[] = [];

async function start(program: string, ...args: string[]): Promise<ChildProcess & { readonly pid: number }> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  children.push(child);
  await once(child, 'spawn');
  return child as ChildProcess & { readonly pid: number };
}

const identityOf = (pid: number) => ({ ...table.self(), pid, startTime: readStartTime(pid) ?? -1 });

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

describe('a process', () => {
  it('is itself, as long as it lives', async () => {
    expect(table.self().pid).toBe(process.pid);
    expect(table.isAlive(table.self())).toBe(true);
    const child = await start('sleep', '60');
    const identity = identityOf(child.pid);
    expect(table.isAlive(identity)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(table.isAlive(identity)).toBe(false);
  });

  it('is not another that has its pid now, nor one of another boot', () => {
    const self = table.self();
    expect(table.isAlive({ ...self, startTime: self.startTime + 1 })).toBe(false);
    expect(table.isAlive({ ...self, bootId: '00000000-0000-0000-0000-000000000000' })).toBe(false);
  });

  it('may have any name', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'shiplog-proc-'));
    try {
      const odd = join(dir, 'a) Z 1 (b');
      copyFileSync('/bin/sleep', odd);
      const child = await start(odd, '60');
      expect(readStartTime(child.pid)).toBeGreaterThan(0);
      expect(table.isAlive(identityOf(child.pid))).toBe(true);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it('that is but a zombie is gone', async () => {
    // The shell becomes a program that never waits for its child.
    const parent = await start('sh', '-c', 'true & echo $!; exec sleep 60');
    const [output] = (await once(parent.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    const pid = Number(output.toString());
    await expect.poll(() => readStartTime(pid)).toBeUndefined();
  });

  it('whose first thread has ended lives as long as the others', async ({ skip }) => {
    if (process.arch !== 'x64') skip('the program is made of x86-64 instructions');
    const dir = mkdtempSync(join(tmpdir(), 'shiplog-proc-'));
    try {
      const program = join(dir, 'leaderless');
      writeFileSync(program, leaderlessProgram(1), { mode: 0o755 });
      const child = await start(program);
      await expect.poll(() => readFileSync(`/proc/${child.pid}/stat`, 'latin1')).toContain(') Z ');
      expect(table.isAlive(identityOf(child.pid))).toBe(true);
      const [status] = await once(child, 'exit');
      expect(status).toBe(leaderlessStatus);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it('that never was has no start time', () => {
    expect(readStartTime(2 ** 30)).toBeUndefined();
  });
});
