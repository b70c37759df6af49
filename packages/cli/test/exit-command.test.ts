import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unmarshalAny } from '@shiplog/core';
import { ociOptionsType } from '@shiplog/oci';
import { describe, expect, it } from 'vitest';
import { type ExitCommandOptions, exitCommandOptions, leaveToMonitor } from '../src/exit-command.js';

const common = {
  ...{ root: '/r', state: '/s', namespace: 'ns', namespaceGiven: true, json: false },
  ...{ config: undefined, plugins: [] },
};

function exitCommandOf(options?: ExitCommandOptions): readonly string[] {
  const any = exitCommandOptions('web', { common, pluginFlags: ['--plugin', '/opt/x.js'] }, options);
  return (unmarshalAny(any, ociOptionsType) as { exitCommand: readonly string[] }).exitCommand;
}

/** What stands in front of the command proper. */
function guardFor(pid: number): readonly string[] {
  const command = exitCommandOf({ unlessAlive: pid });
  return command.slice(0, command.indexOf(process.execPath));
}

/** What a command behind the guard prints. */
function run([file = '', ...args]: readonly string[], cwd?: string): string {
  return execFileSync(file, [...args, 'printf', '%s|', 'it ran', '$(no) "shell"'], { encoding: 'utf8', cwd });
}

const ran = 'it ran|$(no) "shell"|';

describe('the exit command', () => {
  it('waits for the task on the same root, and deletes it where that was asked', () => {
    const wait = [
      process.execPath,
      '--min-semi-space-size=16',
      expect.stringMatching(/bundle\/main\.cjs$/),
      'wait',
      '--root',
      '/r',
      '--state',
      '/s',
      '-n',
      'ns',
      '--plugin',
      '/opt/x.js',
      '--as-monitor',
    ];
    expect(exitCommandOf()).toEqual([...wait, 'web']);
    expect(exitCommandOf({ rm: true })).toEqual([...wait, '--rm', 'web']);
    expect(exitCommandOf({ rm: true, unlessAlive: process.pid }).slice(-15)).toEqual([...wait, '--rm', 'web']);
  });
});

describe('the exit command that is for the death of another process', () => {
  it('does nothing while that lives', () => {
    expect(run(guardFor(process.pid))).toBe('');
  });

  it('runs when that has left the task alone', async () => {
    const bundle = await mkdtemp(join(tmpdir(), 'shiplog-left-'));
    const cwd = join(bundle, '.shiplog');
    await mkdir(cwd);
    try {
      expect(run(guardFor(process.pid), cwd)).toBe('');
      await leaveToMonitor(bundle);
      expect(run(guardFor(process.pid), cwd)).toBe(ran);
    } finally {
      await rm(bundle, { recursive: true });
    }
  });

  it('runs once it is gone', async () => {
    const other = spawn('sleep', ['1000']);
    const guard = guardFor(other.pid as number);
    other.kill('SIGKILL');
    await once(other, 'exit');
    expect(run(guard)).toBe(ran);
  });

  it('runs when a later process has its pid', () => {
    const guard = guardFor(process.pid);
    const startTime = Number(guard.at(-1));
    expect(startTime).toBeGreaterThan(0);
    expect(run([...guard.slice(0, -1), String(startTime - 1)])).toBe(ran);
  });

  it('runs when its parent has not asked for its end yet', async () => {
    // The shell becomes a program that asks for no child.
    const parent = spawn('sh', ['-c', 'sleep 1000 & echo $!; exec sleep 1000'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      const [line] = await once(parent.stdout, 'data');
      const pid = Number(String(line));
      const guard = guardFor(pid);
      while (readFileSync(`/proc/${parent.pid}/comm`, 'latin1') !== 'sleep\n') await new Promise(setImmediate);
      process.kill(pid, 'SIGKILL');
      while (!readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z ')) await new Promise(setImmediate);
      expect(run(guard)).toBe(ran);
    } finally {
      parent.kill('SIGKILL');
    }
  });
});
