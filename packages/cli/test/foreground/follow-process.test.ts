import { EventEmitter } from 'node:events';
import { type Attachment, type Exit, NotFoundError, type OutputChunk, parseTimestamp } from '@shiplog/core';
import { describe, expect, it } from 'vitest';
import { followProcess } from '../../src/foreground/follow-process.js';
import { SignalProxy } from '../../src/foreground/signal-proxy.js';
import { Output } from '../../src/output/output.js';
import { BrokenPipe, MemoryStream } from '../memory-streams.js';

const exit: Exit = {
  pid: 41,
  status: 7,
  timestamp: parseTimestamp('2026-11-23T14:06:11Z'),
  certainty: 'observed',
};
const chunk = (stream: OutputChunk['stream'], text: string): OutputChunk => ({ stream, bytes: Buffer.from(text) });

interface Scene {
  readonly stdout?: MemoryStream;
  kill?(): Promise<void>;
  readonly written?: readonly OutputChunk[];
  readonly detached?: Promise<boolean>;
}

/** A process that ends when it is told to. */
function open({ stdout = new MemoryStream(), kill = async () => {}, written = [], detached }: Scene = {}) {
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
  };
  const stderr = new MemoryStream();
  const session = { context: {}, output: new Output({ stdout, stderr }, {}) };
  async function* output(): AsyncGenerator<readonly OutputChunk[]> {
    for (const piece of written) yield [piece];
    await ended.promise;
  }
  const attachment = { output: output() } as Pick<Attachment, 'output'> as Attachment;
  const signals = new EventEmitter();
  const following = followProcess(process, session, { attachment, proxy: new SignalProxy(signals), detached });
  return { following, ended, left, killed, signals, stdout, stderr };
}

describe('followProcess', () => {
  it('gives the exit once all of the output is printed', async () => {
    const written = [chunk('stdout', 'out\n'), chunk('stderr', 'err\n')];
    const { following, ended, stdout, stderr } = open({ written });
    ended.resolve(exit);
    expect(await following).toBe(exit);
    expect([stdout.text, stderr.text]).toEqual(['out\n', 'err\n']);
  });

  it('sends on signals, also to a process that has ended meanwhile', async () => {
    const { following, ended, killed, signals, stderr } = open({
      kill: () => Promise.reject(new NotFoundError('it ended')),
    });
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
    const { following } = open({ stdout: new BrokenPipe() as MemoryStream, written: [chunk('stdout', 'out\n')] });
    await expect(following).rejects.toMatchObject({ name: 'InterruptedError', signal: 13 });
  });

  it('gives no exit when its person has left it alone, and waits no longer', async () => {
    const { following, left } = open({ detached: Promise.resolve(true) });
    expect(await following).toBeUndefined();
    await left.promise;
  });

  it('stays when there is nothing more to send, and fails when stdin cannot be read', async () => {
    const { following, ended } = open({ detached: Promise.resolve(false) });
    await new Promise(setImmediate);
    ended.resolve(exit);
    expect(await following).toBe(exit);
    const failed = open({ detached: Promise.reject(new Error('EISDIR')) });
    await expect(failed.following).rejects.toThrow('EISDIR');
  });

  it('passes on a failure to wait', async () => {
    const { following, ended } = open();
    ended.reject(new NotFoundError('the task was deleted'));
    await expect(following).rejects.toThrow('the task was deleted');
  });
});
