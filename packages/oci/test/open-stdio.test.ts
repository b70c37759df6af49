import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseNamespace, parseTaskId, type Stdio } from '@shiplog/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ProcessFolder, taskLayout } from '../src/layout.js';
import { type OpenStdio, openStdio } from '../src/open-stdio.js';
import { endHolder } from '../src/stdin-holder.js';
import { completeStdio, planStdio } from '../src/stdio.js';
import { filesBelow, processesMentioning, until } from './backend/host-view.js';

let folder: string;
let processFolder: ProcessFolder;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shiplog-stdio-'));
  const folders = { stateDir: join(folder, 'state'), rootDir: folder };
  processFolder = taskLayout(folders, parseNamespace('default'), parseTaskId('web')).process;
  mkdirSync(processFolder.path, { recursive: true });
});
afterEach(async () => {
  // Whatever was started for a test names its folder, and has ended with it.
  await until(() => processesMentioning(folder).length === 0);
  expect(filesBelow(processFolder.path)).toEqual([]);
  rmSync(folder, { recursive: true });
});

function open(io: Partial<Stdio>, signal?: AbortSignal): Promise<OpenStdio> {
  const options = { id: 'web', namespace: 'default', folder: processFolder, signal };
  return openStdio(planStdio(completeStdio(io)), options);
}

function fifo(name: string): string {
  const path = join(folder, name);
  execFileSync('mkfifo', [path]);
  return path;
}

function program(script: string): string {
  const path = join(folder, 'logger');
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}

/** What is in a fifo now; empty too where nobody has it open for writing. */
function takeFrom(fd: number): string {
  const buffer = Buffer.alloc(1000);
  return buffer.toString('utf8', 0, readSync(fd, buffer));
}

describe('files', () => {
  test('are made with the folders on the way, for their owner alone, and appended to', async () => {
    const path = join(folder, 'made', 'here.log');
    for (const word of ['one ', 'two']) {
      await using opened = await open({ stdout: `file://${path}` });
      writeSync(opened.stdout as number, word);
    }
    expect(readFileSync(path, 'utf8')).toBe('one two');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('one for both streams is one descriptor', async () => {
    await using opened = await open({ stdout: `file://${join(folder, 'both.log')}` });
    expect(opened.stdout).toBe(opened.stderr);
  });

  test.each(['/proc/none/x/y', '/proc'])('that cannot be opened are named: %s', async (path) => {
    await expect(open({ stdout: `file://${path}` })).rejects.toMatchObject({
      code: 'failed-precondition',
      message: expect.stringContaining(`${path} cannot be opened`),
    });
  });
});

describe('fifos', () => {
  test('are opened whether anybody reads or not, and what is written is there for who comes', async () => {
    const [stdout, stderr] = [fifo('out'), fifo('err')];
    await using opened = await open({ stdout, stderr });
    writeSync(opened.stdout as number, 'early');
    const reader = openSync(stdout, constants.O_RDONLY);
    expect(takeFrom(reader)).toBe('early');
    closeSync(reader);
    // Nobody reads any more: no SIGPIPE, no EPIPE.
    writeSync(opened.stdout as number, 'unheard');
    expect(opened.stderr).not.toBe(opened.stdout);
  });

  test('as stdin have no end before closeIO, and then one when the last writer has gone', async () => {
    const stdin = fifo('in');
    const opened = await open({ stdin, stdout: `file://${join(folder, 'out')}` });
    const input = openSync(`/proc/self/fd/${opened.stdin}`, constants.O_RDONLY | constants.O_NONBLOCK);
    const [life] = opened.held.map((fd) => openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY));
    opened.keepPrograms();
    await opened[Symbol.asyncDispose]();
    const writer = openSync(stdin, constants.O_WRONLY);
    writeSync(writer, 'typed');
    expect(takeFrom(input)).toBe('typed');
    expect(() => takeFrom(input)).toThrow('EAGAIN');
    endHolder(processFolder);
    await until(() => processesMentioning(processFolder.pidFile).length === 0);
    expect(() => takeFrom(input)).toThrow('EAGAIN');
    closeSync(writer);
    expect(takeFrom(input)).toBe('');
    endHolder(processFolder);
    for (const fd of [input, life as number]) closeSync(fd);
  });

  test('as stdin are let go of where there is no monitor after all', async () => {
    await using opened = await open({ stdin: fifo('in'), stdout: `file://${join(folder, 'out')}` });
    expect(opened.held).toHaveLength(1);
  });

  test.each(['stdin', 'stdout', 'stderr'] as const)(
    'that are not there, or are none, are named: %s',
    async (stream) => {
      const rest = stream === 'stdin' ? { stdout: `file://${join(folder, 'out')}` } : {};
      const missing = join(folder, 'missing');
      await expect(open({ ...rest, [stream]: missing })).rejects.toMatchObject({
        code: 'not-found',
        message: `${stream} ${missing} is not there: make it with mkfifo`,
      });
      const plain = join(folder, 'plain');
      writeFileSync(plain, '');
      await expect(open({ ...rest, [stream]: `fifo://${plain}` })).rejects.toMatchObject({
        code: 'failed-precondition',
        message: expect.stringContaining(`${stream} ${plain} is no fifo`),
      });
    },
  );
});

describe('a logger', () => {
  test('gets the output as 3 and 4, its names and its arguments, and the end when nobody writes any more', async () => {
    const seen = join(folder, 'seen');
    const file = program(
      `{ echo "$CONTAINER_NAMESPACE/$CONTAINER_ID $*"; env; } >"$2"; exec 5>&-; cat <&3 >>"$2"; cat <&4 >>"$2"; echo end >>"$2"`,
    );
    const opened = await open({ stdout: `binary://${file}?to=${encodeURIComponent(seen)}&empty` });
    opened.keepPrograms();
    writeSync(opened.stdout as number, 'out\n');
    writeSync(opened.stderr as number, 'err\n');
    await opened[Symbol.asyncDispose]();
    await until(() => readFileSync(seen, 'utf8').endsWith('end\n'));
    const text = readFileSync(seen, 'utf8');
    expect(text).toContain(`default/web to ${seen} empty \n`);
    expect(text).toMatch(/out\nerr\nend\n$/);
    expect(text).not.toMatch(/^(PATH|HOME)=\//m);
  });

  test('may say that it is ready by a byte, too', async () => {
    const opened = await open({ stdout: `binary://${program('echo ok >&5; cat <&3')}` });
    await opened[Symbol.asyncDispose]();
  });

  test('is ended with the launch that came to nothing, however deaf it is', async () => {
    const file = program('trap "" TERM; exec 5>&-; while :; do sleep 1; done');
    const opened = await open({ stdout: `binary://${file}` });
    await opened[Symbol.asyncDispose]();
    expect(processesMentioning(file)).toEqual([]);
  });

  test.each([
    ['is not there', () => join(folder, 'none'), 'not-found', /logger .*none is not there/],
    ['may not be run', () => '/etc/passwd', 'not-found', /logger \/etc\/passwd is not there, or may not be run/],
    ['ends at once', () => program('exit 3'), 'failed-precondition', /ended with exit code 3 before it was ready/],
    ['ends well at once', () => program('exit 0'), 'failed-precondition', /ended with exit code 0 before/],
    ['reads nothing', () => program('exec 3<&- 4<&- 5>&-; sleep 100'), 'failed-precondition', /reads neither/],
  ])('that %s is an error', async (_what, file, code, message) => {
    await expect(open({ stdout: `binary://${file()}` })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  test('that never gets ready is given up with its caller, and ended', async () => {
    const file = program('while :; do sleep 1; done');
    await expect(open({ stdout: `binary://${file}` }, AbortSignal.timeout(100))).rejects.toMatchObject({
      code: 'deadline-exceeded',
      message: `the deadline passed before the logger ${file} was ready`,
    });
    expect(processesMentioning(file)).toEqual([]);
  });
});
