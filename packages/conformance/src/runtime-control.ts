import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { FailedPreconditionError, InvalidArgumentError, marshalAny, NotFoundError, typeUrls } from '@shiplog/core';
import { expect } from 'vitest';
import type { Rule } from './runtime-harness.js';

const resources = (value: unknown) => marshalAny(typeUrls.linuxResources, value);

export const controlRules: readonly Rule[] = [
  {
    name: 'C1 a signal reaches the first process, which may handle it',
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
    name: 'C2 there is nothing to kill in what has finished, and no signal 0 or 65',
    async check(bench) {
      const { task } = await bench.ended('over', 'true');
      await expect(task.kill(9)).rejects.toThrow(NotFoundError);
      const running = await bench.sleeping('running');
      for (const signal of [0, -1, 65, 1.5]) await expect(running.kill(signal)).rejects.toThrow(InvalidArgumentError);
    },
  },
  {
    name: 'C3 all: the signal reaches every process',
    async check(bench) {
      const task = await bench.sleeping('family');
      const child = await bench.startedExec(task, 'child', 'sleep', '1000');
      await task.kill(9, { all: true });
      expect(await task.wait()).toMatchObject({ status: 137 });
      expect(await child.wait()).toMatchObject({ status: 137 });
    },
  },
  {
    name: 'C4 a created task can be killed',
    async check(bench) {
      const task = await bench.created('waiting', 'true');
      await task.kill(9);
      expect(await task.wait()).toMatchObject({ status: 137 });
      expect(await task.state()).toMatchObject({ status: 'stopped' });
    },
  },
  {
    name: 'C5 a task is paused and resumed',
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
    name: 'C6 pause and resume refuse what they do not fit',
    async check(bench) {
      const task = await bench.created('rest', 'sleep', '1000');
      await expect(task.pause()).rejects.toThrow(FailedPreconditionError);
      await task.start();
      await expect(task.resume()).rejects.toThrow(FailedPreconditionError);
      await task.pause();
      await expect(task.pause()).rejects.toThrow(FailedPreconditionError);
      await expect(task.exec('no', bench.process('true'))).rejects.toThrow(FailedPreconditionError);
      await expect(bench.runtime.delete('rest')).rejects.toThrow(FailedPreconditionError);
      const { task: over } = await bench.ended('over', 'true');
      await expect(over.pause()).rejects.toThrow(FailedPreconditionError);
      await expect(over.resume()).rejects.toThrow(FailedPreconditionError);
    },
  },
  {
    name: 'C7 signal 9 ends a paused task',
    async check(bench) {
      const task = await bench.sleeping('frozen');
      await task.pause();
      await task.kill(9);
      expect(await task.wait()).toMatchObject({ status: 137 });
    },
  },
  {
    name: 'C8 pids are of the host, and name execs',
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
    name: 'C9 resources are updated in what lives',
    async check(bench) {
      const task = await bench.sleeping('limited');
      await task.update(resources({ pids: { limit: 50 } }));
      await expect(task.update(resources([1]))).rejects.toThrow(InvalidArgumentError);
      await expect(task.update(marshalAny(typeUrls.spec, {}))).rejects.toThrow(InvalidArgumentError);
      const { task: over } = await bench.ended('over', 'true');
      await expect(over.update(resources({ pids: { limit: 50 } }))).rejects.toThrow(FailedPreconditionError);
    },
  },
];
