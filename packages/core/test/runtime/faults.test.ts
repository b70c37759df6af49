/** What the machine, the disk or a caller in a hurry does to a call: the log still says what is so. */
import { describe, expect, it } from 'vitest';
import type { Append, EventLog } from '../../src/event-log/event-log.js';
import { MemoryEventLog } from '../../src/event-log/memory-event-log.js';
import { AlreadyExistsError, UnavailableError } from '../../src/kernel/errors.js';
import { taskProjection } from '../../src/projections/task-projection.js';
import { openRequests } from '../../src/task/state.js';
import { FaultyBackend } from './faulty-backend.js';
import { deadOwner, machine, opts } from './harness.js';

const late = new Error('the connection to the runtime was lost');

function newLog(): MemoryEventLog {
  return new MemoryEventLog({ projections: [taskProjection] });
}

/** A log whose n-th append fails, once, as on a disk that was full for a moment. */
function failingAppend(n: number): EventLog {
  const log = newLog();
  const append = log.append.bind(log);
  let calls = 0;
  log.append = (asked: Append) => {
    calls += 1;
    return calls === n ? Promise.reject(new UnavailableError('no space left on the disk')) : append(asked);
  };
  return log;
}

describe('An effect whose call fails', () => {
  it('but was done, is recorded as done: a start', async () => {
    await using host = await machine();
    const task = await host.manager.create('web', opts);
    host.backend.on('start', () => Promise.reject(late));
    await task.start();
    expect(await task.state()).toMatchObject({ status: 'running' });
    expect([...host.log.read()].at(-1)).toMatchObject({ type: '/tasks/start', event: { certainty: 'inferred' } });
  });

  it.each(['pause', 'resume'] as const)(
    'and was given up after it was done, is recorded as done: a %s',
    async (verb) => {
      await using host = await machine();
      const task = await host.manager.create('web', opts);
      await task.start();
      if (verb === 'resume') await task.pause();
      const caller = new AbortController();
      host.backend.on(verb, () => {
        host.backend.process('web').status = verb === 'pause' ? 'paused' : 'running';
        caller.abort();
        throw late;
      });
      await expect(task[verb]({ signal: caller.signal })).rejects.toThrow(late);
      expect((await task.state()).status).toBe(host.backend.process('web').status);
      expect(openRequests(host.manager.state('web').state)).toEqual([]);
    },
  );

  it('and was not done, is recorded as failed', async () => {
    await using host = await machine();
    const task = await host.manager.create('web', opts);
    await task.start();
    host.backend.on('pause', () => Promise.reject(late));
    await expect(task.pause()).rejects.toThrow(late);
    expect(host.topics('web').at(-1)).toBe('/tasks/pause-failed');
  });

  it('in its undoing, too, still says why it failed', async () => {
    await using host = await machine();
    host.backend.on('create', () => Promise.reject(late));
    host.backend.on('delete', () => Promise.reject(new Error('nor can it be undone')));
    await expect(host.manager.create('web', opts)).rejects.toThrow(late);
    expect(host.errors).toEqual([new Error('nor can it be undone')]);
  });

  it('because the name is taken in the backend, leaves what is there alone', async () => {
    const backend = new FaultyBackend();
    await using other = await machine({ backend });
    await other.manager.create('web', opts);
    await using host = await machine({ backend });
    backend.on('create', () => Promise.reject(new AlreadyExistsError('web is there')));
    await expect(host.manager.create('web', opts)).rejects.toMatchObject({ code: 'already-exists' });
    expect(backend.calls).not.toContain('delete');
  });
});

describe('A task that ends while it is paused', () => {
  it.each([
    ['which was done', undefined],
    ['which was done although its call failed', late],
  ])('fails the pause, %s, for its caller, as it does in the log', async (_how, error) => {
    await using host = await machine();
    const task = await host.manager.create('web', opts);
    await task.start();
    const recorded = Promise.withResolvers<void>();
    using _listener = host.events.on('/tasks/exit', () => recorded.resolve());
    host.backend.on('pause', async () => {
      const web = host.backend.process('web');
      web.end(0);
      await recorded.promise;
      // What the runtime saw last of it.
      web.status = 'paused';
      if (error) throw error;
    });
    await expect(task.pause()).rejects.toMatchObject({ code: 'failed-precondition' });
    expect(host.topics('web').at(-1)).toBe('/tasks/pause-failed');
  });
});

describe('A log that cannot be written for a moment', () => {
  it.each([1, 2, 3, 4, 5, 6, 7])('loses nothing and holds nobody up: append %i', async (n) => {
    await using host = await machine({ log: failingAppend(n) });
    const step = async (act: () => Promise<unknown>) => {
      await act().catch((error: unknown) => expect(error).toMatchObject({ code: 'unavailable' }));
    };
    await step(() => host.manager.create('web', opts));
    if (n === 1) await host.manager.create('web', opts);
    const task = await host.manager.task('web');
    await step(() => task.start());
    if (n === 3) await task.start();
    host.backend.process('web').end(5);
    expect(await task.wait()).toMatchObject({ status: 5 });
    await step(() => host.manager.delete('web'));
    if (n === 6) await host.manager.delete('web');
    // The outcome of the delete may come a moment later; whoever creates waits for it.
    await host.manager.create('web', opts);
    const facts = host.topics('web').filter((topic) => !topic.endsWith('-requested'));
    expect(facts).toEqual(['/tasks/create', '/tasks/start', '/tasks/exit', '/tasks/delete', '/tasks/create']);
  });
});

describe('Recovery', () => {
  it('leaves a request open that the machine could not be asked about, and settles it later', async () => {
    const log = newLog();
    const backend = new FaultyBackend();
    {
      await using host = await machine({ log, backend, pid: deadOwner.pid });
      const task = await host.manager.create('web', opts);
      const entered = Promise.withResolvers<void>();
      backend.on('start', () => {
        entered.resolve();
        return new Promise(() => undefined);
      });
      void task.start();
      await entered.promise;
    }
    backend.on('start', () => undefined);
    const get = backend.get.bind(backend);
    backend.get = () => Promise.reject(late);
    {
      await using hasty = await machine({ log, backend, pid: 2 });
      await hasty.manager.recover({ hold: false });
      expect(hasty.errors).toEqual([late]);
      expect(hasty.topics('web').at(-1)).toBe('/recovery/claimed');
    }
    backend.get = get;
    await using host = await machine({ log, backend, pid: 3, dead: [{ ...deadOwner, pid: 2 }] });
    await host.manager.recover({ hold: false });
    expect(host.topics('web').slice(-2)).toEqual(['/recovery/claimed', '/tasks/start']);
  });

  it('asks about several tasks at once: one that hangs keeps the others waiting for nothing', async () => {
    const log = newLog();
    const backend = new FaultyBackend();
    {
      await using host = await machine({ log, backend });
      for (const id of ['one', 'two']) await (await host.manager.create(id, opts)).start();
    }
    const asked = new Set<string>();
    const both = Promise.withResolvers<void>();
    const get = backend.get.bind(backend);
    backend.get = async (id) => {
      asked.add(id);
      if (asked.size === 2) both.resolve();
      await both.promise;
      return get(id);
    };
    await using host = await machine({ log, backend, pid: 2 });
    await host.manager.recover({ hold: false });
    expect(host.errors).toEqual([]);
    expect(asked).toEqual(new Set(['one', 'two']));
  });

  it('takes nothing for gone that lives in another state folder', async () => {
    const log = newLog();
    await using host = await machine({ log });
    await (await host.manager.create('web', opts)).start();
    const head = log.head();
    await using elsewhere = await machine({ log, pid: 2 });
    await elsewhere.manager.recover({ hold: true });
    expect(elsewhere.errors).toMatchObject([{ code: 'failed-precondition' }]);
    expect(log.head()).toBe(head);
    const task = await elsewhere.manager.get('web');
    await expect(task.wait()).rejects.toMatchObject({ code: 'failed-precondition' });
  });

  it('unmounts what a task left that is no more', async () => {
    const handler = { types: ['test'], mount: async () => undefined, unmount: async () => 'unmounted' as const };
    const rootfs = [{ type: 'test', source: '', target: '', options: [] }];
    await using host = await machine({ handlers: [handler] });
    host.backend.on('create', () => Promise.reject(late));
    const append = host.log.append.bind(host.log);
    host.log.append = (asked) =>
      asked.records[0]?.type === '/mounts/deactivate-requested' ? Promise.reject(late) : append(asked);
    await expect(host.manager.create('web', { ...opts, rootfs })).rejects.toThrow(late);
    host.log.append = append;
    expect(host.manager.mounts()).toMatchObject([{ task: 'web', set: { status: 'active' } }]);
    await host.manager.recover({ hold: false });
    expect(host.manager.mounts()).toEqual([]);
    expect(host.topics('web').slice(-2)).toEqual(['/mounts/deactivate-requested', '/mounts/deactivated']);
  });

  it('folds a stored state anew that cannot be read (P8)', async () => {
    const log = newLog();
    await using host = await machine({ log });
    await host.manager.create('web', opts);
    log.projected = () => Buffer.from('{torn');
    await host.manager.recover({ hold: false });
    expect(host.errors).toEqual([]);
    expect(host.manager.states()).toMatchObject([{ task: 'web', state: { status: 'created' } }]);
  });
});

describe('A handle', () => {
  it('never acts on a task that got its name later', async () => {
    await using host = await machine();
    const first = await host.manager.create('web', opts);
    await host.manager.delete('web');
    const second = await host.manager.create('web', opts);
    await expect(first.kill(9)).rejects.toMatchObject({ code: 'not-found' });
    await expect(first.state()).rejects.toMatchObject({ code: 'not-found' });
    expect(await second.state()).toMatchObject({ status: 'created' });
  });
});
