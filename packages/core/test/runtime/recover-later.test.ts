/** What a process that lives on could not bring to its end, it tries again: nobody else may, or would. */
import { describe, expect, it } from 'vitest';
import { MemoryEventLog } from '../../src/event-log/memory-event-log.js';
import { UnavailableError } from '../../src/kernel/errors.js';
import { taskProjection } from '../../src/projections/task-projection.js';
import { FaultyBackend } from './faulty-backend.js';
import { deadOwner, type Machine, type MachineOptions, machine, opts } from './harness.js';

const hangs = new UnavailableError('the runtime hangs');
const soon = { pauses: { first: 1, most: 1 } };

/** A task whose start was asked for by a process that is gone; and one that runs. */
async function abandoned(): Promise<Required<Pick<MachineOptions, 'log' | 'backend'>>> {
  const log = new MemoryEventLog({ projections: [taskProjection] });
  const backend = new FaultyBackend();
  await using host = await machine({ log, backend, pid: deadOwner.pid });
  await (await host.manager.create('runs', opts)).start();
  const task = await host.manager.create('web', opts);
  let answer: () => void = () => undefined;
  backend.on('start', () => {
    answer = hang(backend);
    throw hangs;
  });
  await expect(task.start()).rejects.toThrow(hangs);
  answer();
  backend.on('start', () => undefined);
  return { log, backend };
}

/** The runtime answers nothing until the result is called. */
function hang(backend: FaultyBackend): () => void {
  const get = backend.get.bind(backend);
  backend.get = () => Promise.reject(hangs);
  return () => {
    backend.get = get;
  };
}

function comes(host: Machine, topic: '/tasks/start' | '/tasks/exit', task: string): Promise<void> {
  const come = Promise.withResolvers<void>();
  host.events.on(topic, (_, record) => {
    if (record.task === task) come.resolve();
  });
  return come.promise;
}

describe('A request', () => {
  it('that was claimed while the runtime hung is settled as soon as it answers, by one claim', async () => {
    const { log, backend } = await abandoned();
    const answer = hang(backend);
    await using host = await machine({ log, backend, pid: 2, ...soon });
    const settled = comes(host, '/tasks/start', 'web');
    await host.manager.recover({ hold: false });
    expect(host.topics('web').at(-1)).toBe('/recovery/claimed');
    answer();
    await settled;
    const [claimed, started] = [...log.readStream({ namespace: 'default', task: 'web' })].slice(-2);
    expect([claimed?.type, started?.type]).toEqual(['/recovery/claimed', '/tasks/start']);
    expect(started).toMatchObject({ causation: claimed?.position, event: { certainty: 'inferred' } });
    expect(host.topics('web').filter((topic) => topic === '/recovery/claimed')).toHaveLength(1);
  });

  it('of our own whose outcome could not be asked for is settled by ourselves: to others we are at work', async () => {
    await using host = await machine(soon);
    const task = await host.manager.create('web', opts);
    const settled = comes(host, '/tasks/start', 'web');
    let answer: () => void = () => undefined;
    host.backend.on('start', () => {
      answer = hang(host.backend);
      throw hangs;
    });
    await expect(task.start()).rejects.toThrow(hangs);
    expect(host.topics('web').at(-1)).toBe('/tasks/start-requested');
    answer();
    await settled;
    expect(host.topics('web').slice(-2)).toEqual(['/tasks/start-requested', '/tasks/start']);
  });
});

describe('A process that holds all tasks', () => {
  it('watches one whose recovery failed at first', async () => {
    const { log, backend } = await abandoned();
    const answer = hang(backend);
    await using host = await machine({ log, backend, pid: 2, ...soon });
    await host.manager.recover({ hold: true });
    expect(host.errors).toContain(hangs);
    const ended = comes(host, '/tasks/exit', 'runs');
    answer();
    backend.process('runs').end(7);
    await ended;
    expect(await (await host.manager.get('runs')).wait()).toMatchObject({ status: 7 });
  });

  it('is open in time though the recovery of a task takes longer, and watches that task then', async () => {
    const { log, backend } = await abandoned();
    const mayAnswer = Promise.withResolvers<void>();
    const get = backend.get.bind(backend);
    backend.get = async (id) => {
      if (id === 'web') await mayAnswer.promise;
      return get(id);
    };
    await using host = await machine({ log, backend, pid: 2, ...soon });
    await host.manager.recover({ hold: true, patience: 5 });
    expect(host.errors).toMatchObject([{ code: 'deadline-exceeded' }]);
    const ended = comes(host, '/tasks/exit', 'web');
    mayAnswer.resolve();
    backend.process('web').end(7);
    await ended;
  });
});
