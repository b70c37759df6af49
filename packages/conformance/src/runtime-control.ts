import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { marshalAny, typeUrls } from '@shiplog/core/plugin';
import { failedPrecondition, invalidArgument, notFound } from './codes.js';
import { expect } from './expect.js';
import type { Rule } from './runtime-harness.js';

const resources = (value: unknown) => marshalAny(typeUrls.linuxResources, value);

export const controlRules: readonly Rule[] = [
  {
    id: 'C1',
    text: 'a signal reaches the first process, which may handle it',
    async check(bench) {
      const output = join(bench.folder, 'polite');
      const polite = bench.spec('sh', '-c', 'trap "exit 42" TERM; echo ready; while :; do sleep 0.05; done');
      const task = await bench.create('polite', { ...polite, io: { stdout: `file://${output}` } });
      await task.start();
      // The kernel keeps signals from a container's first process until it has asked for them.
      while (readFileSync(output, 'utf8') !== 'ready\n') await delay(5);
      await task.kill(15);
      expect(await task.wait()).toMatchObject({ status: 42 });
    },
  },
  {
    id: 'C2',
    text: 'there is nothing to kill in what has finished, and no signal 0 or 65',
    async check(bench) {
      const { task } = await bench.ended('over', 'true');
      await expect(task.kill(9)).rejects.toMatchObject(notFound);
      const running = await bench.sleeping('running');
      for (const signal of [0, -1, 65, 1.5]) await expect(running.kill(signal)).rejects.toMatchObject(invalidArgument);
    },
  },
  {
    id: 'C3',
    text: 'all: the signal reaches every process',
    needs: ['exec'],
    async check(bench) {
      const task = await bench.sleeping('family');
      const child = await bench.startedExec(task, 'child', 'sleep', '1000');
      await task.kill(9, { all: true });
      expect(await task.wait()).toMatchObject({ status: 137 });
      expect(await child.wait()).toMatchObject({ status: 137 });
    },
  },
  {
    id: 'C4',
    text: 'a created task can be killed',
    async check(bench) {
      const task = await bench.created('waiting', 'true');
      await task.kill(9);
      expect(await task.wait()).toMatchObject({ status: 137 });
      expect(await task.state()).toMatchObject({ status: 'stopped' });
    },
  },
  {
    id: 'C5',
    text: 'a task is paused and resumed',
    needs: ['pause'],
    async check(bench) {
      const task = await bench.sleeping('rest');
      await task.pause();
      expect(await task.state()).toMatchObject({ status: 'paused' });
      expect(await (await (await bench.again()).get('rest')).state()).toMatchObject({ status: 'paused' });
      await task.resume();
      expect(await task.state()).toMatchObject({ status: 'running' });
    },
  },
  {
    id: 'C6',
    text: 'pause and resume refuse what they do not fit',
    needs: ['pause'],
    async check(bench) {
      const task = await bench.created('rest', 'sleep', '1000');
      await expect(task.pause()).rejects.toMatchObject(failedPrecondition);
      await task.start();
      await expect(task.resume()).rejects.toMatchObject(failedPrecondition);
      await task.pause();
      await expect(task.pause()).rejects.toMatchObject(failedPrecondition);
      await expect(bench.runtime.delete('rest')).rejects.toMatchObject(failedPrecondition);
      const { task: over } = await bench.ended('over', 'true');
      await expect(over.pause()).rejects.toMatchObject(failedPrecondition);
      await expect(over.resume()).rejects.toMatchObject(failedPrecondition);
    },
  },
  {
    id: 'C7',
    text: 'signal 9 ends a paused task',
    needs: ['pause'],
    async check(bench) {
      const task = await bench.sleeping('frozen');
      await task.pause();
      await task.kill(9);
      expect(await task.wait()).toMatchObject({ status: 137 });
    },
  },
  {
    id: 'C8',
    text: 'pids are of the host, and name execs',
    needs: ['exec'],
    async check(bench) {
      const task = await bench.sleeping('family');
      const exec = await bench.startedExec(task, 'child', 'sleep', '1000');
      const { pid } = await exec.state();
      const pids = await task.pids();
      expect(pids).toHaveLength(2);
      expect(pids).toContainEqual({ pid: await task.pid() });
      expect(pids).toContainEqual({ pid, execId: 'child' });
    },
  },
  {
    id: 'C9',
    text: 'resources are updated in what lives',
    needs: ['update'],
    async check(bench) {
      const task = await bench.sleeping('limited');
      await task.update(resources({ pids: { limit: 50 } }));
      await expect(task.update(resources([1]))).rejects.toMatchObject(invalidArgument);
      await expect(task.update(marshalAny(typeUrls.spec, {}))).rejects.toMatchObject(invalidArgument);
      const { task: over } = await bench.ended('over', 'true');
      await expect(over.update(resources({ pids: { limit: 50 } }))).rejects.toMatchObject(failedPrecondition);
    },
  },
  {
    id: 'C10',
    text: "a task that lives has figures, in containerd's shape; one that has ended has none",
    needs: ['stats'],
    async check(bench) {
      const task = await bench.sleeping('counted');
      const { typeUrl, value } = await task.stats();
      expect(['io.containerd.cgroups.v1.Metrics', 'io.containerd.cgroups.v2.Metrics']).toContain(typeUrl);
      expect(JSON.parse(Buffer.from(value).toString())).toMatchObject({ pids: expect.anything() });
      await task.kill(9);
      await task.wait();
      await expect(task.stats()).rejects.toMatchObject(failedPrecondition);
    },
  },
];
