/** Requests whose owner died before their outcome: whoever comes next asks the machine, and says what it found. */
import { describe, expect, it } from 'vitest';
import { MemoryEventLog } from '../../src/event-log/memory-event-log.js';
import { defaultNamespace, parseTaskId } from '../../src/kernel/identifiers.js';
import { taskProjection } from '../../src/projections/task-projection.js';
import { FaultyBackend } from './faulty-backend.js';
import { type Machine, machine, opts } from './harness.js';

const first = { pid: 1, startTime: 1, bootId: 'test' };

/** A process that dies in the middle of a call to the machine: the call never returns, and nothing more is written. */
async function diesIn(
  call: string,
  act: (host: Machine) => Promise<unknown>,
  inThere?: (backend: FaultyBackend) => void,
) {
  const log = new MemoryEventLog({ projections: [taskProjection] });
  const backend = new FaultyBackend();
  const died = Promise.withResolvers<void>();
  await using host = await machine({ log, backend });
  await (await host.manager.create('web', opts)).exec('shell', opts);
  backend.on(call, () => {
    inThere?.(backend);
    died.resolve();
    return new Promise(() => undefined);
  });
  void act(host);
  await died.promise;
  backend.on(call, () => undefined);
  return { log, backend };
}

async function next(died: { log: MemoryEventLog; backend: FaultyBackend }): Promise<Machine> {
  const host = await machine({ ...died, pid: 2, dead: [first] });
  await host.manager.recover({ hold: false });
  expect(host.errors).toEqual([]);
  return host;
}

const undoStart = (backend: FaultyBackend) => {
  backend.process('web').status = 'created';
};
const start = async ({ manager }: Machine) => (await manager.get('web')).start();
const started = async (host: Machine) => {
  await start(host);
  return host.manager.get('web');
};

describe('The next process settles what a dead one left open', () => {
  it('a start that was done: it is recorded as inferred', async () => {
    await using host = await next(await diesIn('start', start));
    expect(host.topics('web').slice(-2)).toEqual(['/recovery/claimed', '/tasks/start']);
    const last = [...host.log.read()].at(-1);
    expect(last?.event).toMatchObject({ certainty: 'inferred', pid: host.backend.process('web').pid });
    expect(await (await host.manager.get('web')).state()).toMatchObject({ status: 'running' });
  });

  it('nothing that it cannot reach: another may', async () => {
    const died = await diesIn('start', start);
    const head = died.log.head();
    {
      await using elsewhere = await machine({ log: died.log, backend: new FaultyBackend(), pid: 3, dead: [first] });
      await elsewhere.manager.recover({ hold: false });
      expect(elsewhere.errors).toHaveLength(1);
      expect(died.log.head()).toBe(head);
    }
    await using host = await next(died);
    expect(host.topics('web').slice(-2)).toEqual(['/recovery/claimed', '/tasks/start']);
  });

  it('a start that was not done: it failed, and can be done again', async () => {
    await using host = await next(await diesIn('start', start, undoStart));
    expect(host.topics('web').slice(-2)).toEqual(['/recovery/claimed', '/tasks/start-failed']);
    await started(host);
    expect(await (await host.manager.get('web')).state()).toMatchObject({ status: 'running' });
  });

  it('a pause: by the status that the task has', async () => {
    const pause = async (host: Machine) => (await started(host)).pause();
    await using host = await next(await diesIn('pause', pause));
    expect(host.topics('web').at(-1)).toBe('/tasks/pause-failed');
    expect(await (await host.manager.get('web')).state()).toMatchObject({ status: 'running' });
  });

  it('a kill: nobody can tell', async () => {
    const kill = async (host: Machine) => (await started(host)).kill(15);
    await using host = await next(await diesIn('kill', kill));
    expect([...host.log.read()].at(-1)).toMatchObject({ type: '/tasks/kill-failed', event: { code: 'unknown' } });
  });

  it('a delete: it is brought to its end', async () => {
    await using host = await next(await diesIn('delete', ({ manager }) => manager.delete('web')));
    expect(host.topics('web').slice(-3)).toEqual(['/recovery/claimed', '/tasks/exit', '/tasks/delete']);
    expect(host.backend.processes.size).toBe(0);
  });

  it('an exec that was not added: it failed', async () => {
    const exec = async (host: Machine) => (await started(host)).exec('second', opts);
    await using host = await next(await diesIn('exec', exec));
    expect(host.topics('web').at(-1)).toBe('/tasks/exec-failed');
  });

  it('a create: the task that the runtime has is kept, one that it has not is cleaned away', async () => {
    const create = ({ manager }: Machine) => manager.create('other', opts);
    await using kept = await next(await diesIn('create', create));
    expect(kept.topics('other')).toEqual(['/tasks/create-requested', '/recovery/claimed', '/tasks/create']);
    expect(await (await kept.manager.get('other')).state()).toMatchObject({ status: 'created' });
    const forget = (backend: FaultyBackend) => backend.processes.delete('other');
    await using cleaned = await next(await diesIn('create', create, forget));
    expect(cleaned.topics('other')).toEqual(['/tasks/create-requested', '/recovery/claimed', '/tasks/create-failed']);
  });

  it('settles once, and finds nothing to do when it opens again', async () => {
    const died = await diesIn('start', start);
    await using _settled = await next(died);
    const head = died.log.head();
    await using _again = await machine({ ...died, pid: 3, dead: [first] });
    await _again.manager.recover({ hold: false });
    expect(died.log.head()).toBe(head);
  });

  it('leaves alone what belongs to a living process', async () => {
    const died = await diesIn('start', start);
    const head = died.log.head();
    await using host = await machine({ ...died, pid: 2, dead: [] });
    await host.manager.recover({ hold: false });
    expect(died.log.head()).toBe(head);
  });
});

describe('The next process finds', () => {
  it('an exit that nobody saw, with its own time', async () => {
    const log = new MemoryEventLog({ projections: [taskProjection] });
    const backend = new FaultyBackend();
    {
      await using host = await machine({ log, backend });
      await (await host.manager.create('web', opts)).start();
    }
    backend.process('web').end(6);
    await using host = await next({ log, backend });
    const { exit } = await (await host.manager.get('web')).state();
    expect(exit).toEqual(backend.process('web').exit);
  });

  it('that a task with execs is gone from the machine: the exits of all of them are unknown, at once', async () => {
    const log = new MemoryEventLog({ projections: [taskProjection] });
    const backend = new FaultyBackend();
    {
      await using host = await machine({ log, backend });
      const task = await host.manager.create('web', opts);
      await task.start();
      for (const id of ['one', 'two']) await (await task.exec(id, opts)).start();
    }
    backend.processes.clear();
    await using host = await next({ log, backend });
    const exits = [...log.read()].filter(({ type }) => type === '/tasks/exit');
    expect(exits.map(({ event }) => [event.id, event.certainty])).toEqual([
      ['one', 'unknown'],
      ['two', 'unknown'],
      ['web', 'unknown'],
    ]);
    expect(host.manager.state('web').state).toMatchObject({ status: 'stopped' });
  });

  it('that a task is lost whose program runs: it has not ended, and is out of reach until it has (P4)', async () => {
    const log = new MemoryEventLog({ projections: [taskProjection] });
    const backend = new FaultyBackend();
    {
      await using host = await machine({ log, backend });
      await (await host.manager.create('web', opts)).start();
    }
    backend.processes.clear();
    backend.left = [{ namespace: defaultNamespace, task: parseTaskId('web'), kind: 'program', what: 'pid 7' }];
    const head = log.head();
    await using host = await next({ log, backend });
    expect(log.head()).toBe(head);
    const task = await host.manager.get('web');
    await expect(task.kill(9)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('pid 7'),
    });
    await expect(host.manager.delete('web')).rejects.toMatchObject({ code: 'failed-precondition' });
    backend.left = [];
    await host.manager.recover({ hold: false });
    expect(await host.manager.delete('web')).toMatchObject({ certainty: 'unknown' });
  });

  it('that a task is gone from the machine, as after a reboot: its exit is unknown, never made up (P4)', async () => {
    const log = new MemoryEventLog({ projections: [taskProjection] });
    const backend = new FaultyBackend();
    {
      await using host = await machine({ log, backend });
      await (await host.manager.create('web', opts)).start();
    }
    backend.processes.clear();
    await using host = await next({ log, backend });
    const { exit } = await (await host.manager.get('web')).state();
    expect(exit).toMatchObject({ status: 255, certainty: 'unknown' });
    expect(await host.manager.delete('web')).toMatchObject({ certainty: 'unknown' });
  });
});

describe('Two processes on one root', () => {
  it('one creates, the other is told that it exists: never both', async () => {
    const log = new MemoryEventLog({ projections: [taskProjection] });
    const backend = new FaultyBackend();
    await using one = await machine({ log, backend, pid: 1 });
    await using two = await machine({ log, backend, pid: 2 });
    const results = await Promise.allSettled([one.manager.create('web', opts), two.manager.create('web', opts)]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const rejected = results.find((result) => result.status === 'rejected');
    expect(rejected?.reason).toMatchObject({ code: 'already-exists' });
  });

  it('both wait, both get the one exit that is recorded', async () => {
    const log = new MemoryEventLog({ projections: [taskProjection] });
    const backend = new FaultyBackend();
    await using one = await machine({ log, backend, pid: 1 });
    await using two = await machine({ log, backend, pid: 2 });
    await (await one.manager.create('web', opts)).start();
    const waits = [(await one.manager.get('web')).wait(), (await two.manager.get('web')).wait()];
    backend.process('web').end(5);
    const [seen, alsoSeen] = await Promise.all(waits);
    expect(seen).toEqual(alsoSeen);
    expect(one.topics('web').filter((topic) => topic === '/tasks/exit')).toHaveLength(1);
  });

  it('the second waits for the outcome of the first, within its deadline', async () => {
    const log = new MemoryEventLog({ projections: [taskProjection] });
    const backend = new FaultyBackend();
    await using one = await machine({ log, backend, pid: 1 });
    await using two = await machine({ log, backend, pid: 2 });
    const task = await one.manager.create('web', opts);
    const release = Promise.withResolvers<void>();
    const entered = Promise.withResolvers<void>();
    backend.on('start', () => {
      entered.resolve();
      return release.promise;
    });
    const starting = task.start();
    await entered.promise;
    const other = await two.manager.get('web');
    await expect(other.start({ deadline: Date.now() + 50 })).rejects.toMatchObject({ code: 'deadline-exceeded' });
    const second = other.start();
    release.resolve();
    await starting;
    await expect(second).rejects.toMatchObject({ code: 'failed-precondition' });
  });
});
