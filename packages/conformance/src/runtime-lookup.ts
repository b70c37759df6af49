import type { Task } from '@shiplog/core/plugin';
import { notFound } from './codes.js';
import { expect } from './expect.js';
import type { Rule } from './runtime-harness.js';

const names = (tasks: readonly Task[]): readonly string[] => tasks.map((task) => `${task.namespace}/${task.id}`).sort();

export const lookupRules: readonly Rule[] = [
  {
    id: 'F1',
    text: 'get finds a task by its ID, and only by that',
    async check(bench) {
      const task = await bench.created('here', 'true');
      const found = await bench.runtime.get('here');
      expect(found).toMatchObject({ id: 'here', namespace: 'default' });
      expect(await found.pid()).toBe(await task.pid());
      await expect(bench.runtime.get('elsewhere')).rejects.toMatchObject(notFound);
      await expect(bench.runtime.get('here', { namespace: 'other' })).rejects.toMatchObject(notFound);
    },
  },
  {
    id: 'F2',
    text: 'another instance finds it in whatever status, and goes on with it',
    async check(bench) {
      const task = await bench.created('handed', 'sh', '-c', 'exit 6');
      const second = await (await bench.again()).get('handed');
      expect(await second.state()).toEqual(await task.state());
      await second.start();
      expect(await second.wait()).toMatchObject({ status: 6 });
      const third = await bench.again();
      const ended = await third.get('handed');
      expect(await ended.state()).toMatchObject({ status: 'stopped', exit: { status: 6 } });
      const exit = await ended.wait();
      expect(await third.delete('handed')).toEqual(exit);
    },
  },
  {
    id: 'F3',
    text: 'tasks() lists one namespace, or all',
    async check(bench) {
      await bench.created('one', 'true');
      await bench.ended('two', 'true');
      await bench.create('three', bench.spec('true'), { namespace: 'other' });
      expect(names(await bench.runtime.tasks())).toEqual(['default/one', 'default/two']);
      expect(names(await bench.runtime.tasks({}, { namespace: 'other' }))).toEqual(['other/three']);
      expect(names(await bench.runtime.tasks({}, { namespace: 'empty' }))).toEqual([]);
      expect(names(await bench.runtime.tasks({ all: true }))).toEqual(['default/one', 'default/two', 'other/three']);
    },
  },
  {
    id: 'F4',
    text: 'tasks of one ID in two namespaces never meet',
    async check(bench) {
      const other = { namespace: 'other' };
      const here = await bench.started('twin', 'sleep', '1000');
      const there = await bench.create('twin', bench.spec('sh', '-c', 'exit 5'), other);
      expect(await there.pid(other)).not.toBe(await here.pid());
      await there.start(other);
      expect(await there.wait(other)).toMatchObject({ status: 5 });
      await bench.runtime.delete('twin', other);
      expect(await here.state()).toMatchObject({ status: 'running' });
    },
  },
];
