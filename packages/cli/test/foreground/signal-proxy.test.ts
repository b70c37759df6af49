import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { InterruptedError } from '../../src/errors.js';
import { interruptible } from '../../src/foreground/interruptible.js';
import { SignalProxy } from '../../src/foreground/signal-proxy.js';

function open(sendsOn?: boolean) {
  const source = new EventEmitter();
  const proxy = new SignalProxy(source, sendsOn);
  const sent: number[] = [];
  const said: string[] = [];
  const target = {
    kill: async (signal: number) => void sent.push(signal),
    talk: (text: string) => void said.push(text),
  };
  return { source, proxy, sent, said, target };
}

describe('SignalProxy', () => {
  it('sends on what it gets', () => {
    const { source, proxy, sent, target } = open();
    proxy.deliverTo(target);
    source.emit('SIGTERM');
    source.emit('SIGUSR1');
    expect(sent).toEqual([15, 10]);
  });

  it('sends nothing on where it is told so: the first that asks for an end is for us', async () => {
    const { source, proxy, sent, said, target } = open(false);
    proxy.deliverTo(target);
    source.emit('SIGUSR1');
    source.emit('SIGINT');
    await expect(proxy.gaveUp).rejects.toMatchObject({ name: 'InterruptedError', signal: 2 });
    expect([sent, said]).toEqual([[], []]);
  });

  it('keeps what comes before there is a target', () => {
    const { source, proxy, sent, target } = open();
    source.emit('SIGUSR1');
    proxy.throwIfInterrupted();
    proxy.deliverTo(target);
    expect(sent).toEqual([10]);
  });

  it('tells whoever is about to start that an end was asked for', () => {
    const { source, proxy } = open();
    source.emit('SIGINT');
    expect(() => proxy.throwIfInterrupted()).toThrow(new InterruptedError(2));
  });

  it('gives up at the third signal that asks for an end, and warns before', async () => {
    const { source, proxy, sent, said, target } = open();
    proxy.deliverTo(target);
    source.emit('SIGINT');
    expect(said).toEqual([]);
    source.emit('SIGUSR1');
    source.emit('SIGINT');
    expect(said).toEqual(['still running; once more, and nobody waits for it any longer']);
    source.emit('SIGTERM');
    await expect(proxy.gaveUp).rejects.toMatchObject({ signal: 15 });
    expect(sent).toEqual([2, 10, 2]);
  });

  it('says when a signal cannot be sent', async () => {
    const { source, proxy, said, target } = open();
    proxy.deliverTo({ ...target, kill: () => Promise.reject(new Error('runc is gone')) });
    source.emit('SIGHUP');
    await new Promise(setImmediate);
    expect(said).toEqual(['cannot send it SIGHUP: runc is gone']);
  });

  it('listens no longer than it lives', async () => {
    const { source, proxy } = open();
    await proxy[Symbol.asyncDispose]();
    expect(source.eventNames()).toEqual([]);
  });
});

describe('SignalProxy, disposed while a signal is on its way', () => {
  it.each([
    ['waits for it', 1],
    ['does not, for somebody past waiting', 3],
  ])('%s', async (_, signals) => {
    const { source, proxy, target } = open();
    const arrival = Promise.withResolvers<void>();
    proxy.deliverTo({ ...target, kill: () => arrival.promise });
    for (let n = 0; n < signals; n += 1) source.emit('SIGTERM');
    let disposed = false;
    const disposing = proxy[Symbol.asyncDispose]().then(() => {
      disposed = true;
    });
    await new Promise(setImmediate);
    expect(disposed).toBe(signals === 3);
    arrival.resolve();
    await disposing;
  });
});

describe('interruptible', () => {
  it('gives the result of the work, and listens no longer', async () => {
    const source = new EventEmitter();
    expect(await interruptible(async () => 7, source)).toBe(7);
    expect(source.eventNames()).toEqual([]);
  });

  it.each([
    [
      'fails with its signal',
      (signal: AbortSignal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
    ],
    [
      'ends with its signal',
      (signal: AbortSignal) => new Promise((resolve) => signal.addEventListener('abort', resolve)),
    ],
  ])('is interrupted where the work %s', async (_, work) => {
    const source = new EventEmitter();
    const result = interruptible(work, source);
    source.emit('SIGINT');
    await expect(result).rejects.toMatchObject({ name: 'InterruptedError', signal: 2 });
    expect(source.eventNames()).toEqual([]);
  });

  it('passes on an error of the work itself', async () => {
    await expect(interruptible(() => Promise.reject(new Error('no')), new EventEmitter())).rejects.toThrow('no');
  });
});
