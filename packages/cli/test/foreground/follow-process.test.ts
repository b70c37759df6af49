import { EventEmitter } from 'node:events';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Exit, NotFoundError, type Process, parseTimestamp } from '@shiplog/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { followProcess } from '../../src/foreground/follow-process.js';
import { SignalProxy } from '../../src/foreground/signal-proxy.js';
import { Output } from '../../src/output/output.js';
import type { Session } from '../../src/session.js';
import { BrokenPipe, MemoryStream } from '../memory-streams.js';

let dir: string;
let logPath: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'shiplog-follow-'));
  logPath = join(dir, 'output.log');
  await writeFile(logPath, '');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const exit: Exit = {
  pid: 41,
  status: 7,
  timestamp: parseTimestamp('2026-11-23T14:06:11Z'),
  certainty: 'observed',
};
const line = (stream: string, text: string) => `2026-11-23T14:06:11+00:00 ${stream} F ${text}\n`;

/** A process that ends when it is told to. */
function open(stdout = new MemoryStream(), kill: () => Promise<void> = async () => {}) {
  const ended = Promise.withResolvers<Exit>();
  const left = Promise.withResolvers<void>();
  const killed: number[] = [];
  const process = {
    id: 'web',
    kill: (signal: number) => {
      killed.push(signal);
      return kill();
    },
    wait: (context?: { signal?: AbortSignal }) => {
      context?.signal?.addEventListener('abort', () => left.resolve());
      return ended.promise;
    },
  } as unknown as Process;
  const stderr = new MemoryStream();
  const session = { context: {}, output: new Output({ stdout, stderr }, {}) } as unknown as Session;
  const signals = new EventEmitter();
  const following = followProcess(process, session, { logPath, proxy: new SignalProxy(signals) });
  return { following, ended, left, killed, signals, stdout, stderr };
}

describe('followProcess', () => {
  it('gives the exit once all of the output is printed', async () => {
    const { following, ended, stdout, stderr } = open();
    await appendFile(logPath, line('stdout', 'out'));
    await appendFile(logPath, line('stderr', 'err'));
    ended.resolve(exit);
    expect(await following).toBe(exit);
    expect([stdout.text, stderr.text]).toEqual(['out\n', 'err\n']);
  });

  it('sends on signals, also to a process that has ended meanwhile', async () => {
    const { following, ended, killed, signals, stderr } = open(undefined, () =>
      Promise.reject(new NotFoundError('it ended')),
    );
    signals.emit('SIGTERM');
    await new Promise(setImmediate);
    ended.resolve(exit);
    await following;
    expect(killed).toEqual([15]);
    expect(stderr.text).toBe('');
  });

  it('leaves at the third signal, and waits no longer', async () => {
    const { following, left, signals } = open();
    for (let n = 0; n < 3; n += 1) signals.emit('SIGINT');
    await expect(following).rejects.toMatchObject({ name: 'InterruptedError', signal: 2 });
    await left.promise;
  });

  it('leaves when nobody reads, as SIGPIPE would have it', async () => {
    await appendFile(logPath, line('stdout', 'out'));
    const { following } = open(new BrokenPipe() as MemoryStream);
    await expect(following).rejects.toMatchObject({ name: 'InterruptedError', signal: 13 });
  });

  it('passes on a failure to wait', async () => {
    const { following, ended } = open();
    ended.reject(new NotFoundError('the task was deleted'));
    await expect(following).rejects.toThrow('the task was deleted');
  });
});
