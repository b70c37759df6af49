import { describe, expect, it } from 'vitest';
import { marshalAny, typeUrls } from '../../src/kernel/typed-any.js';
import type { BlobRef } from '../../src/task/events.js';
import { FaultyBackend } from './faulty-backend.js';
import { type MachineOptions, machine, opts } from './harness.js';

const otherId = 'io.containerd.other.v1';

async function twoRuntimes(options: MachineOptions = {}) {
  const other = new FaultyBackend(otherId);
  const host = await machine({ other, ...options });
  const swap = (id: string, runtime = otherId) => host.manager.swap(id, { runtime });
  return { host, other, swap, [Symbol.asyncDispose]: () => host[Symbol.asyncDispose]() };
}

describe('a swap', () => {
  it('makes a created task anew on another runtime, by events of one request', async () => {
    await using two = await twoRuntimes();
    const { host, other, swap } = two;
    await host.manager.create('web', { ...opts, io: { stdout: 'file:///var/log/web' } });
    const before = host.log.head();
    const task = await swap('web');
    expect(await task.state()).toMatchObject({ status: 'created', stdout: 'file:///var/log/web' });
    expect(host.manager.state('web').state).toMatchObject({ status: 'created', runtime: otherId });
    expect([[...host.backend.processes.keys()], [...other.processes.keys()]]).toEqual([[], ['web']]);
    const records = [...host.log.read({ after: before })];
    expect(records.map(({ type, runtime }) => `${type} ${runtime}`)).toEqual([
      '/tasks/delete-requested io.containerd.faulty.v1',
      '/tasks/exit io.containerd.faulty.v1',
      '/tasks/delete io.containerd.faulty.v1',
      `/tasks/create-requested ${otherId}`,
      `/tasks/create ${otherId}`,
    ]);
    // Whoever watched the task has recorded its exit.
    const asked = records.filter(({ type }) => type !== '/tasks/exit');
    expect(new Set(asked.map(({ correlationId }) => correlationId)).size).toBe(1);
  });

  it('makes a stopped task ready to start again', async () => {
    await using two = await twoRuntimes();
    const { host, other, swap } = two;
    const task = await host.manager.create('web', opts);
    await task.start();
    host.backend.process('web').end(7);
    await task.wait();
    await (await swap('web')).start();
    expect(other.process('web').status).toBe('running');
  });

  it('takes the secrets of its spec along, and marks them anew', async () => {
    await using two = await twoRuntimes();
    const { host, swap } = two;
    const env = ['TOKEN=hush'];
    const spec = marshalAny(typeUrls.spec, { process: { args: ['run', '--pin', '1234'], env } });
    await host.manager.create('web', { spec, secrets: ['/process/args/2'] });
    await swap('web');
    const asked = [...host.log.read()].filter(({ type }) => type === '/tasks/create-requested');
    const specs = asked.map(({ event }) => event.spec as BlobRef);
    for (const ref of specs) {
      expect(host.manager.payload(ref)).toEqual(spec);
      expect(JSON.stringify(host.manager.shownPayload(ref))).not.toMatch(/hush|1234/);
    }
    expect(new Set(specs.map(({ sha256 }) => sha256)).size).toBe(1);
  });

  it('takes the options of the task from its caller, where there are any', async () => {
    await using two = await twoRuntimes();
    const { host } = two;
    await host.manager.create('web', { ...opts, taskOptions: marshalAny('x', { old: true }) });
    await host.manager.swap('web', { runtime: otherId, taskOptions: marshalAny('x', { new: true }) });
    const asked = [...host.log.read()]
      .filter(({ type }) => type === '/tasks/create-requested')
      .map(({ event }) => event);
    expect(asked.map(({ taskOptions }) => (taskOptions as { sha256: string }).sha256)).toHaveLength(2);
    expect(asked[0]?.taskOptions).not.toEqual(asked[1]?.taskOptions);
    expect(asked[0]?.spec).toEqual(asked[1]?.spec);
  });

  it.each([
    ['runs', async (task: { start(): Promise<void> }) => task.start(), otherId, /cannot swap task web: it is running/],
    ['is there already', async () => {}, 'io.containerd.faulty.v1', /is on io.containerd.faulty.v1 already/],
    ['has no such runtime', async () => {}, 'io.containerd.none.v1', /runtime io.containerd.none.v1 is not known/],
    ['has a runtime that is absent', async () => {}, 'io.containerd.absent.v1', /its binary is not installed/],
  ])('is refused where the task %s, and nothing is touched', async (_, prepare, runtime, message) => {
    await using two = await twoRuntimes();
    const { host, swap } = two;
    await prepare(await host.manager.create('web', opts));
    await expect(swap('web', runtime)).rejects.toThrow(message);
    expect(host.topics('web').at(-1)).toBe('/tasks/rejected');
    expect([...host.backend.processes.keys()]).toEqual(['web']);
  });

  it('of a task that is not there is refused', async () => {
    await using two = await twoRuntimes();
    await expect(two.swap('web')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('that the other runtime refuses leaves the task created where it was, and says so', async () => {
    await using two = await twoRuntimes();
    const { host, other, swap } = two;
    await host.manager.create('web', opts);
    other.on('create', () => {
      throw new Error('no room');
    });
    await expect(swap('web')).rejects.toThrow(
      `task web could not be created on ${otherId}: no room; it is created on io.containerd.faulty.v1 again`,
    );
    expect(host.manager.state('web').state).toMatchObject({ status: 'created', runtime: 'io.containerd.faulty.v1' });
  });

  it('that both refuse says what is left', async () => {
    await using two = await twoRuntimes();
    const { host, other, swap } = two;
    await host.manager.create('web', opts);
    for (const backend of [host.backend, other]) {
      backend.on('create', () => {
        throw new Error('no room');
      });
    }
    await expect(swap('web')).rejects.toThrow(/nor again on io.containerd.faulty.v1: no room. It is gone; its events/);
  });
});
