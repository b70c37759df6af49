import { describe, expect, it } from 'vitest';
import { marshalAny, typeUrls } from '../../src/kernel/typed-any.js';
import { type RehearsalOptions, rehearse } from '../../src/runtime/rehearse.js';
import type { BlobRef } from '../../src/task/events.js';
import { FaultyBackend } from './faulty-backend.js';
import { machine, opts, spec } from './harness.js';

const against = 'io.containerd.other.v1';

/** A recorded story of one task, and another runtime to tell it on. */
async function story() {
  const other = new FaultyBackend(against);
  const host = await machine({ other });
  const cgroup = { ociVersion: '1.0.2', process: { args: ['true'] }, linux: { cgroupsPath: '/web', resources: {} } };
  const task = await host.manager.create('web', {
    ...opts,
    spec: marshalAny(typeUrls.spec, cgroup),
    io: { stdout: 'file:///var/log/web' },
    taskOptions: marshalAny('x', { exitCommand: ['rm'] }),
  });
  await task.start();
  await (await task.exec('helper', { spec })).start();
  host.backend.execs.get('web/helper')?.end(3);
  await (await task.process('helper')).wait();
  await task.pause();
  await task.resume();
  await task.kill(9);
  await task.wait();
  await host.manager.delete('web');
  const again = (options: Partial<RehearsalOptions> = {}) => rehearse(host.log, host.manager, { against, ...options });
  return { host, other, again, [Symbol.asyncDispose]: () => host[Symbol.asyncDispose]() };
}

/** The other runtime's processes end as they did. */
function endsAlike(other: FaultyBackend, exec = 3): void {
  other.on('start', () => other.execs.get('web/helper')?.end(exec));
}

describe('a rehearsal', () => {
  it('runs a recorded story again, in a namespace of its own, and finds it the same', async () => {
    await using told = await story();
    const { host, other, again } = told;
    endsAlike(other);
    const recorded = host.topics('web');
    const { tasks, namespaces } = await again();
    expect(tasks).toMatchObject([{ namespace: 'default', task: 'web', runtime: host.backend.id, same: true }]);
    expect(tasks[0]?.rows.map(({ recorded }) => recorded?.type).sort()).toEqual([...recorded].sort());
    expect(tasks[0]?.rows.filter(({ rehearsed }) => rehearsed?.durationMs !== undefined).length).toBeGreaterThan(5);
    expect(namespaces).toEqual([expect.stringMatching(/^rehearsal-[0-9a-f]{8}$/)]);
    expect(host.topics('web')).toEqual(recorded);
    expect([...other.processes.keys()]).toEqual([]);
  });

  it('names what differs: an exit code', async () => {
    await using told = await story();
    endsAlike(told.other, 4);
    const { tasks } = await told.again();
    expect(tasks[0]?.same).toBe(false);
    const different = tasks[0]?.rows.filter(({ same }) => !same);
    expect(different).toMatchObject([{ recorded: { detail: 'exit code 3' }, rehearsed: { detail: 'exit code 4' } }]);
  });

  it('names what differs: what the other runtime cannot do', async () => {
    await using told = await story();
    endsAlike(told.other);
    told.other.on('pause', () => {
      throw new Error('cannot');
    });
    const { tasks } = await told.again();
    const different = tasks[0]?.rows
      .filter(({ same }) => !same)
      .map(({ recorded, rehearsed }) => [recorded?.type, rehearsed?.type]);
    expect(different).toEqual(
      expect.arrayContaining([
        ['/tasks/paused', undefined],
        [undefined, '/tasks/pause-failed'],
      ]),
    );
  });

  it('goes on as the record does behind what failed then and goes well now', async () => {
    await using told = await story();
    const { host, other, again } = told;
    endsAlike(other);
    host.backend.on('create', () => {
      throw new Error('no room');
    });
    await host.manager.create('late', opts).catch(() => undefined);
    host.backend.on('create', () => undefined);
    await host.manager.create('late', opts);
    const { tasks } = await again({ task: { namespace: 'default', task: 'late' } });
    const pairs = tasks[0]?.rows.map(({ recorded, rehearsed }) => [recorded?.type, rehearsed?.type]);
    expect(pairs?.at(-1)).toEqual(['/tasks/create', '/tasks/create']);
    expect(pairs).toContainEqual(['/tasks/create-failed', undefined]);
  });

  it('writes to no file of the user, runs nothing at the end, and shares no cgroup', async () => {
    await using told = await story();
    const { host, other, again } = told;
    endsAlike(other);
    const before = host.log.head();
    await again();
    const asked = [...host.log.read({ after: before })].find(({ type }) => type === '/tasks/create-requested')?.event;
    const spec = asked?.spec as BlobRef;
    expect(asked).toMatchObject({ io: { stdin: '', stdout: '', stderr: '' }, taskOptions: null, runtime: against });
    const blob = host.log.blob(spec.sha256);
    expect(JSON.parse(Buffer.from(blob).toString()).linux).toEqual({ resources: {} });
  });

  it('leaves no task behind of a story that has no end', async () => {
    await using told = await story();
    const { host, other, again } = told;
    endsAlike(other);
    const task = await host.manager.create('forever', opts);
    await task.start();
    const { tasks } = await again({ task: { namespace: 'default', task: 'forever' } });
    expect(tasks.map(({ task: id, same }) => `${id} ${same}`)).toEqual(['forever true']);
    expect([...other.processes.keys()]).toEqual([]);
    expect(host.backend.process('forever').status).toBe('running');
  });

  it('knows the runtime, or runs nothing', async () => {
    await using told = await story();
    const before = told.host.log.head();
    await expect(told.again({ against: 'io.containerd.none.v1' })).rejects.toMatchObject({ code: 'not-found' });
    expect(told.host.log.head()).toBe(before);
  });

  it('is of one namespace where one is given, and never of another rehearsal', async () => {
    await using told = await story();
    const { host, other, again } = told;
    endsAlike(other);
    await again();
    await host.manager.create('apart', opts, { namespace: 'tenant' });
    expect((await again()).tasks.map(({ namespace, task }) => `${namespace}/${task}`)).toEqual([
      'default/web',
      'tenant/apart',
    ]);
    expect((await again({ namespace: 'tenant' })).tasks.map(({ task }) => task)).toEqual(['apart']);
  });

  it('begins with tasks that were created in its part of the log', async () => {
    await using told = await story();
    await expect(told.again({ from: 2 })).rejects.toMatchObject({ code: 'not-found' });
    const { tasks } = await told.again({ until: 2 });
    expect(tasks[0]?.rows.map(({ recorded }) => recorded?.type)).toEqual(['/tasks/create-requested', '/tasks/create']);
    expect(tasks[0]?.same).toBe(true);
  });

  it('ends, and clears up, when nobody waits any more', async () => {
    await using told = await story();
    const given = new AbortController();
    told.other.on('pause', () => given.abort());
    endsAlike(told.other);
    await expect(told.again({ context: { signal: given.signal } })).rejects.toThrow();
    expect([...told.other.processes.keys()]).toEqual([]);
  });
});
