import type { PlatformRuntime, Status, Task } from '@shiplog/core';
import { AlreadyExistsError, FailedPreconditionError, NotFoundError } from '@shiplog/core';
import { expect } from 'vitest';
import type { Rule } from './runtime-harness.js';

const statusOf = async (task: Task): Promise<Status> => (await task.state()).status;

/** Milliseconds since the epoch of an exit's time. */
const millis = (timestamp: string): number => Date.parse(timestamp);

/** A file's modification time, where exit times come from, may lag behind the clock by a tick of the kernel. */
const tick = 20;

export const lifecycleRules: readonly Rule[] = [
  {
    name: 'L1 a task is created, running, stopped, and then not there',
    async check(bench) {
      const task = await bench.created('life', 'sh', '-c', 'sleep 0.2; exit 4');
      const pid = await task.pid();
      expect(pid).toBeGreaterThan(0);
      expect(await task.state()).toMatchObject({ status: 'created', pid, stdout: '', terminal: false });
      await task.start();
      expect(await task.state()).toMatchObject({ status: 'running', pid });
      const exit = await task.wait();
      expect(exit).toMatchObject({ pid, status: 4 });
      expect(await task.state()).toMatchObject({ status: 'stopped', pid, exit });
      expect(await bench.runtime.delete('life')).toEqual(exit);
      await expect(task.state()).rejects.toThrow(NotFoundError);
      await expect(bench.runtime.get('life')).rejects.toThrow(NotFoundError);
    },
  },
  {
    name: 'L2 a created task does nothing before its start',
    async check(bench) {
      const task = await bench.created('idle', 'true');
      const waiting = task.wait();
      expect(await statusOf(task)).toBe('created');
      await task.start();
      expect(await waiting).toMatchObject({ status: 0 });
    },
  },
  ...[0, 1, 7, 255].map(
    (status) =>
      ({
        name: `L3 exit code ${status} is observed as it was`,
        check: async (bench) => {
          const before = Date.now();
          const { exit } = await bench.ended('code', 'sh', '-c', `exit ${status}`);
          expect(exit).toMatchObject({ status, certainty: 'observed' });
          expect(millis(exit.timestamp)).toBeGreaterThan(before - tick);
          expect(millis(exit.timestamp)).toBeLessThan(Date.now() + tick);
        },
      }) satisfies Rule,
  ),
  {
    name: 'L4 a task killed by signal 9 ends with 137',
    async check(bench) {
      const task = await bench.sleeping('killed');
      await task.kill(9);
      expect(await task.wait()).toMatchObject({ status: 137, certainty: 'observed' });
    },
  },
  {
    name: 'L5 any number of waiters, before and after the end, see one exit',
    async check(bench) {
      const task = await bench.created('waiters', 'sh', '-c', 'sleep 0.2; exit 3');
      const other = await (await bench.again()).get('waiters');
      const early = [task, other].flatMap((it) => Array.from({ length: 10 }, () => it.wait()));
      await task.start();
      const exits = await Promise.all(early);
      const late = await Promise.all([task.wait(), other.wait(), other.wait()]);
      expect(exits[0]).toMatchObject({ status: 3 });
      for (const exit of [...exits, ...late]) expect(exit).toEqual(exits[0]);
    },
  },
  {
    name: 'L6 a task is started once',
    async check(bench) {
      const task = await bench.sleeping('once');
      await expect(task.start()).rejects.toThrow(FailedPreconditionError);
      expect(await statusOf(task)).toBe('running');
      const { task: over } = await bench.ended('over', 'true');
      await expect(over.start()).rejects.toThrow(FailedPreconditionError);
    },
  },
  {
    name: 'L7 an ID in use is refused, and its task is none the worse',
    async check(bench) {
      const task = await bench.sleeping('taken');
      const pid = await task.pid();
      await expect(bench.create('taken', bench.spec('true'))).rejects.toThrow(AlreadyExistsError);
      expect(await task.state()).toMatchObject({ status: 'running', pid });
    },
  },
  {
    name: 'L8 after its delete, an ID is free again',
    async check(bench) {
      await bench.ended('again', 'sh', '-c', 'exit 1');
      await bench.runtime.delete('again');
      const { exit } = await bench.ended('again', 'sh', '-c', 'exit 2');
      expect(exit.status).toBe(2);
    },
  },
  {
    name: 'L9 a running task is not deleted',
    async check(bench) {
      const task = await bench.sleeping('busy');
      await expect(bench.runtime.delete('busy')).rejects.toThrow(FailedPreconditionError);
      expect(await statusOf(task)).toBe('running');
    },
  },
  {
    name: 'L10 a task that was never started is deleted, and whoever waits for it hears of its end',
    async check(bench) {
      const task = await bench.created('unborn', 'true');
      const waiting = task.wait();
      const exit = await bench.runtime.delete('unborn');
      expect((await waiting).status).toBe(exit.status);
      await expectGone(bench.runtime, 'unborn');
    },
  },
  {
    name: 'L11 what was deleted cannot be deleted',
    async check(bench) {
      await bench.ended('gone', 'true');
      await bench.runtime.delete('gone');
      await expect(bench.runtime.delete('gone')).rejects.toThrow(NotFoundError);
      await expect(bench.runtime.delete('never')).rejects.toThrow(NotFoundError);
    },
  },
];

async function expectGone(runtime: PlatformRuntime, id: string): Promise<void> {
  await expect(runtime.get(id)).rejects.toThrow(NotFoundError);
  expect(await runtime.tasks({ all: true })).toEqual([]);
}
