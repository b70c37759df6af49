import { describe, expect, it } from 'vitest';
import { machine, opts } from './harness.js';

describe('The live bus', () => {
  it('tells each event of a topic once, from whichever process it comes', async () => {
    await using one = await machine();
    await using two = await machine({ log: one.log, backend: one.backend, pid: 2 });
    const pids: number[] = [];
    using _listener = one.events.on('/tasks/start', ({ pid }) => {
      pids.push(pid);
    });
    await (await two.manager.create('web', opts)).start();
    const started = Promise.withResolvers<void>();
    using _second = one.events.on('/tasks/exit', () => started.resolve());
    two.backend.process('web').end(0);
    await started.promise;
    expect(pids).toEqual([two.backend.process('web').pid]);
  });

  it('keeps a listener that throws from harming anything (P8)', async () => {
    await using host = await machine();
    using _listener = host.events.on('/tasks/create', () => {
      throw new Error('a broken listener');
    });
    const told = Promise.withResolvers<string>();
    using _other = host.events.on('/tasks/create', ({ containerId }) => told.resolve(containerId));
    await host.manager.create('web', opts);
    expect(await told.promise).toBe('web');
    expect(host.errors).toEqual([new Error('a broken listener')]);
  });

  it('is silent once the listener is disposed of', async () => {
    await using host = await machine();
    let calls = 0;
    host.events
      .on('/tasks/create', () => {
        calls += 1;
      })
      [Symbol.dispose]();
    const task = await host.manager.create('web', opts);
    await task.start();
    host.backend.process('web').end(0);
    await task.wait();
    expect(calls).toBe(0);
  });
});

describe('The live bus, when things break', () => {
  it('goes on behind what it has told when the log could not be read', async () => {
    await using host = await machine();
    const subscribe = host.log.subscribe.bind(host.log);
    const unreadable = new Error('cannot be read');
    host.log.subscribe = () => {
      host.log.subscribe = subscribe;
      throw unreadable;
    };
    const told = Promise.withResolvers<string>();
    using _listener = host.events.on('/tasks/create', ({ containerId }) => told.resolve(containerId));
    await host.manager.create('web', opts);
    expect(await told.promise).toBe('web');
    expect(host.errors).toEqual([unreadable]);
  });

  it('tells of a listener that fails later', async () => {
    await using host = await machine();
    const failure = new Error('a broken listener');
    using _listener = host.events.on('/tasks/create', () => Promise.reject(failure));
    const told = Promise.withResolvers<void>();
    using _other = host.events.on('/tasks/start', () => told.resolve());
    await (await host.manager.create('web', opts)).start();
    await told.promise;
    expect(host.errors).toEqual([failure]);
  });
});
