import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { feedMonitor } from '../../src/runtime/monitor-feed.js';
import { machine, opts } from './harness.js';

it('a monitor is told of the tasks that are there, of those that come and go, and of every event', async () => {
  await using host = await machine();
  await host.manager.create('early', opts);
  const told: string[] = [];
  const ended = new AbortController();
  const feeding = feedMonitor({
    log: host.log,
    runtime: host.manager,
    id: 'io.containerd.watch.v1',
    signal: ended.signal,
    onError: (error) => host.errors.push(error),
    monitor: {
      async monitor(task) {
        told.push(`${task.id} is ${(await task.state()).status}`);
        if (task.id === 'late') throw new Error('boom');
      },
      stop: ({ id, namespace }) => void told.push(`${namespace}/${id} stops`),
      event: ({ type, task }) => void told.push(`${task} ${type}`),
    },
  });
  while (told.length === 0) await setImmediate();
  await host.manager.create('late', opts);
  await host.manager.delete('early');
  while (!told.includes('default/early stops')) await setImmediate();
  ended.abort();
  await feeding;
  expect(told).toEqual([
    'early is created',
    'late /tasks/create-requested',
    'late is created',
    'late /tasks/create',
    'early /tasks/delete-requested',
    'early /tasks/exit',
    'early /tasks/delete',
    'default/early stops',
  ]);
  expect(host.errors).toMatchObject([{ message: 'task monitor io.containerd.watch.v1: boom' }]);
});

it('what a monitor throws again and again is told once, and again after it went well', async () => {
  await using host = await machine();
  const ended = new AbortController();
  let events = 0;
  const feeding = feedMonitor({
    log: host.log,
    runtime: host.manager,
    id: 'io.containerd.watch.v1',
    signal: ended.signal,
    onError: (error) => host.errors.push(error),
    monitor: {
      monitor() {},
      stop() {},
      event({ type }) {
        events += 1;
        if (type !== '/tasks/create') throw new Error('the port is taken');
      },
    },
  });
  await host.manager.create('web', opts);
  await host.manager.delete('web');
  while (events < host.log.head()) await setImmediate();
  ended.abort();
  await feeding;
  const message = 'task monitor io.containerd.watch.v1: the port is taken';
  expect(host.errors).toMatchObject([{ message }, { message }]);
});
