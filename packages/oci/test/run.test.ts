import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CancelledError, DeadlineExceededError, UnavailableError } from '@shiplog/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCommand, startCompanion, startMonitor } from '../src/run.js';

const shell = (script: string, ...args: readonly string[]) => ({
  file: '/bin/sh',
  args: ['-c', script, 'sh', ...args],
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shiplog-run-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a command', () => {
  test('ends with what it printed and its exit code', async () => {
    expect(await runCommand(shell('echo out; echo err >&2; exit 3'))).toEqual({
      exitCode: 3,
      stdout: 'out',
      stderr: 'err',
    });
  });

  test('that a signal ended has the exit code of shells', async () => {
    expect(await runCommand(shell('kill -9 $$'))).toMatchObject({ exitCode: 137 });
  });

  test('gets its arguments as they are', async () => {
    const odd = ['$HOME', '; exit 9', '*', "it's", '"', ' ', ''];
    const { stdout } = await runCommand(shell('printf "<%s>" "$@"', ...odd));
    expect(stdout).toBe(odd.map((arg) => `<${arg}>`).join(''));
  });

  test('reads what it is given, and nothing else', async () => {
    expect(await runCommand(shell('wc -c'), { input: new Uint8Array(100_000) })).toMatchObject({ stdout: '100000' });
    expect(await runCommand(shell('wc -c'))).toMatchObject({ stdout: '0' });
  });

  test('may print bytes: all of them come, a newline at the end as well', async () => {
    const input = Uint8Array.from({ length: 267 }, (_, index) => index);
    const { stdout } = await runCommand(shell('cat'), { input, encoding: 'latin1' });
    expect(Buffer.from(stdout, 'latin1')).toEqual(Buffer.from(input));
  });

  test('sees of our environment what it needs, and no more', async () => {
    process.env.SHIPLOG_TEST_SECRET = 'hunter2';
    try {
      const { stdout } = await runCommand(shell('env'));
      expect(stdout).toContain('PATH=');
      expect(stdout).not.toContain('hunter2');
    } finally {
      delete process.env.SHIPLOG_TEST_SECRET;
    }
  });

  test('needs no working folder of ours, which may have been removed', async () => {
    const before = process.cwd();
    process.chdir(folder);
    try {
      rmSync(folder, { recursive: true });
      expect(await runCommand(shell('pwd'))).toMatchObject({ exitCode: 0, stdout: '/' });
    } finally {
      process.chdir(before);
      mkdirSync(folder);
    }
  });

  test('that is not there, or may not be run, is unavailable, and the error says what to do', async () => {
    const missing = runCommand({ file: '/usr/sbin/runq', args: [] });
    await expect(missing).rejects.toThrow(UnavailableError);
    await expect(missing).rejects.toThrow(/apt-get install runq/);
    const file = join(folder, 'plain');
    writeFileSync(file, 'no program');
    await expect(runCommand({ file, args: [] })).rejects.toThrow(UnavailableError);
  });

  test('is ended when its call is given up; the first cause counts', async () => {
    const controller = new AbortController();
    const call = runCommand(shell('exec sleep 1000'), { signal: controller.signal });
    controller.abort();
    await expect(call).rejects.toThrow(CancelledError);
    await expect(runCommand(shell('exec sleep 1000'), { signal: AbortSignal.timeout(20) })).rejects.toThrow(
      DeadlineExceededError,
    );
    await expect(runCommand(shell('touch never'), { signal: AbortSignal.abort() })).rejects.toThrow(CancelledError);
  });

  test('that was begun may come to its end after its call was given up', async () => {
    const file = join(folder, 'done');
    const patient = { signal: AbortSignal.timeout(50), grace: 5000 };
    expect(await runCommand(shell('sleep 0.3; touch "$1"', file), patient)).toMatchObject({ exitCode: 0 });
    expect(existsSync(file)).toBe(true);
    const stuck = runCommand(shell('exec sleep 1000'), { signal: AbortSignal.timeout(20), grace: 20 });
    await expect(stuck).rejects.toThrow(DeadlineExceededError);
  });

  test('that hangs is ended at its limit, also with children that hold its output', async () => {
    for (const script of ['exec sleep 1000', 'sleep 20 & trap "" TERM; while :; do sleep 20; done']) {
      const call = runCommand(shell(script), { limit: 20 });
      await expect(call).rejects.toThrow('sh did not come to its end within 20 ms');
      await expect(call).rejects.toThrow(DeadlineExceededError);
    }
  });

  test('that prints without end is ended', async () => {
    await expect(runCommand(shell('yes'))).rejects.toThrow(/printed more than/);
  });
});

describe('a monitor', () => {
  const start = (script: string) => {
    const sync = openSync(join(folder, 'sync'), 'a');
    const options = { cwd: folder, stdin: 'ignore', stdout: 'ignore', stderr: 'pipe', sync, held: [] } as const;
    return startMonitor(shell(script), options).finally(() => closeSync(sync));
  };

  test('reports through the file that it is given, from the folder that it is started in', async () => {
    const monitor = await start('printf "$PWD" >&$_OCI_SYNCPIPE');
    expect(await monitor.ended).toEqual({ exitCode: 0, stderr: '' });
    expect(readFileSync(join(folder, 'sync'), 'utf8')).toBe(folder);
  });

  test('tells how it ended', async () => {
    const monitor = await start('echo bad flag >&2; exit 1');
    expect(monitor.pid).toBeGreaterThan(0);
    expect(await monitor.ended).toEqual({ exitCode: 1, stderr: 'bad flag' });
  });

  test('that is not there is unavailable', async () => {
    const options = { cwd: folder, stdin: 'ignore', stdout: 'ignore', stderr: 'pipe', sync: 0, held: [] } as const;
    await expect(startMonitor({ file: '/usr/bin/conmom', args: [] }, options)).rejects.toThrow(
      /apt-get install conmom/,
    );
  });
});

describe('a companion', () => {
  const start = async (script: string) => {
    const file = join(folder, 'marks');
    const marks = openSync(file, 'w');
    const companion = await startCompanion({ file: '/bin/sh', args: ['-c', script] }, marks);
    closeSync(marks);
    return { companion, marks: () => readFileSync(file, 'utf8') };
  };

  test('is talked to, and does its last work when its stdin ends', async () => {
    const { companion, marks } = await start(
      'echo ready; read -r word; echo "$word"; read -r _; echo left >&3; echo done',
    );
    await companion.says('ready');
    companion.tell('hello');
    await companion.says('hello');
    expect(marks()).toBe('');
    companion[Symbol.dispose]();
    await companion.says('done');
    expect(marks()).toBe('left\n');
  });

  test('that says something else, or nothing any more, is told of', async () => {
    const { companion } = await start('echo ready');
    await expect(companion.says('set')).rejects.toThrow('said "ready"');
    await expect(companion.says('go')).rejects.toThrow('said ""');
  });

  test('that is not there is unavailable', async () => {
    await expect(startCompanion({ file: join(folder, 'none'), args: [] }, 0)).rejects.toThrow(UnavailableError);
  });
});
