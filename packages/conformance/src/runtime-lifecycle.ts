import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type PlatformRuntime, readStartTime, type Status, type Task } from '@shiplog/core/plugin';
import { alreadyExists, failedPrecondition, notFound } from './codes.js';
import { expect } from './expect.js';
import type { Rule } from './runtime-harness.js';

const statusOf = async (task: Task): Promise<Status> => (await task.state()).status;

/** Milliseconds since the epoch of an exit's time. */
const millis = (timestamp: string): number => Date.parse(timestamp);

/** A file's modification time, where exit times come from, may lag behind the clock by a tick of the kernel. */
const tick = 20;

export const lifecycleRules: readonly Rule[] = [
  {
    id: 'L1',
    text: 'a task is created, running, stopped, and then not there',
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
      await expect(task.state()).rejects.toMatchObject(notFound);
      await expect(bench.runtime.get('life')).rejects.toMatchObject(notFound);
    },
  },
  {
    id: 'L2',
    text: 'a created task does nothing before its start',
    async check(bench) {
      const task = await bench.created('idle', 'true');
      const waiting = task.wait();
      expect(await statusOf(task)).toBe('created');
      await task.start();
      expect(await waiting).toMatchObject({ status: 0 });
    },
  },
  {
    id: 'L3',
    text: 'an exit code is observed as it was: 0, 1, 7, 255',
    async check(bench) {
      for (const status of [0, 1, 7, 255]) {
        const before = Date.now();
        const { exit } = await bench.ended(`code-${status}`, 'sh', '-c', `exit ${status}`);
        expect(exit).toMatchObject({ status, certainty: 'observed' });
        expect(millis(exit.timestamp)).toBeGreaterThan(before - tick);
        expect(millis(exit.timestamp)).toBeLessThan(Date.now() + tick);
      }
    },
  },
  {
    id: 'L4',
    text: 'a task killed by signal 9 ends with 137',
    async check(bench) {
      const task = await bench.sleeping('killed');
      await task.kill(9);
      expect(await task.wait()).toMatchObject({ status: 137, certainty: 'observed' });
    },
  },
  {
    id: 'L5',
    text: 'any number of waiters, before and after the end, see one exit',
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
    id: 'L6',
    text: 'a task is started once',
    async check(bench) {
      const task = await bench.sleeping('once');
      await expect(task.start()).rejects.toMatchObject(failedPrecondition);
      expect(await statusOf(task)).toBe('running');
      const { task: over } = await bench.ended('over', 'true');
      await expect(over.start()).rejects.toMatchObject(failedPrecondition);
    },
  },
  {
    id: 'L7',
    text: 'an ID in use is refused, and its task is none the worse',
    async check(bench) {
      const task = await bench.sleeping('taken');
      const pid = await task.pid();
      await expect(bench.create('taken', bench.spec('true'))).rejects.toMatchObject(alreadyExists);
      expect(await task.state()).toMatchObject({ status: 'running', pid });
    },
  },
  {
    id: 'L8',
    text: 'after its delete, an ID is free again',
    async check(bench) {
      await bench.ended('again', 'sh', '-c', 'exit 1');
      await bench.runtime.delete('again');
      const { exit } = await bench.ended('again', 'sh', '-c', 'exit 2');
      expect(exit.status).toBe(2);
    },
  },
  {
    id: 'L9',
    text: 'a running task is not deleted',
    async check(bench) {
      const task = await bench.sleeping('busy');
      await expect(bench.runtime.delete('busy')).rejects.toMatchObject(failedPrecondition);
      expect(await statusOf(task)).toBe('running');
    },
  },
  {
    id: 'L10',
    text: 'a task that was never started is deleted, and whoever waits for it hears of its end',
    async check(bench) {
      const task = await bench.created('unborn', 'true');
      const waiting = task.wait();
      const exit = await bench.runtime.delete('unborn');
      expect((await waiting).status).toBe(exit.status);
      await expectGone(bench.runtime, 'unborn');
    },
  },
  {
    id: 'L11',
    text: 'what was deleted cannot be deleted',
    async check(bench) {
      await bench.ended('gone', 'true');
      await bench.runtime.delete('gone');
      await expect(bench.runtime.delete('gone')).rejects.toMatchObject(notFound);
      await expect(bench.runtime.delete('never')).rejects.toMatchObject(notFound);
    },
  },
  {
    id: 'L12',
    text: 'what a task has started goes with it: nothing of it runs once it is deleted',
    async check(bench) {
      const task = await bench.started('family', 'sh', '-c', 'sleep 1000 & sleep 1000 & wait');
      let pids = await task.pids();
      for (const end = Date.now() + 5_000; pids.length < 3 && Date.now() < end; pids = await task.pids())
        await delay(5);
      expect(pids.length).toBe(3);
      const family = pids.map(({ pid }) => ({ pid, startTime: readStartTime(pid) }));
      await task.kill(9);
      await task.wait();
      await bench.runtime.delete('family');
      const alive = () => family.filter(({ pid, startTime }) => startTime && readStartTime(pid) === startTime);
      // The kernel takes its time over the last of them.
      for (const end = Date.now() + 5_000; alive().length > 0 && Date.now() < end; ) await delay(5);
      expect(alive()).toEqual([]);
    },
  },
  {
    id: 'L13',
    text: 'before its start a task has no exit, and has run nothing of its program',
    async check(bench) {
      const output = join(bench.folder, 'early');
      const said = () => (existsSync(output) ? readFileSync(output, 'utf8') : '');
      const line = bench.spec('sh', '-c', 'echo started; exit 3');
      const task = await bench.create('early', { ...line, io: { stdout: `file://${output}` } });
      const waiting = task.wait();
      const first = await Promise.race([waiting, delay(100, 'nothing yet')]);
      expect(first).toBe('nothing yet');
      expect(await statusOf(task)).toBe('created');
      expect((await task.state()).exit).toBeUndefined();
      expect(said()).toBe('');
      await task.start();
      expect(await waiting).toMatchObject({ status: 3 });
      expect(said()).toBe('started\n');
    },
  },
  {
    id: 'L14',
    text: 'another instance sees the exit that this one saw, in its time and its words',
    async check(bench) {
      const { exit } = await bench.ended('seen', 'sh', '-c', 'exit 5');
      const other = await (await bench.again()).get('seen');
      expect((await other.state()).exit).toEqual(exit);
      expect(await other.wait()).toEqual(exit);
    },
  },
  {
    id: 'L15',
    text: 'what went into a session of its own holds up no exit, and goes with its task, too',
    async check(bench) {
      const file = join(bench.folder, 'daemon.log');
      const daemon = 'i=0; while [ $i -lt 100 ]; do echo $i; i=$((i + 1)); sleep 0.1; done';
      const line = bench.spec('sh', '-c', `setsid sh -c '${daemon}' & sleep 0.3; exit 5`);
      const task = await bench.create('daemon', { ...line, io: { stdout: `file://${file}` } });
      await task.start();
      const exit = await Promise.race([task.wait(), delay(5_000, 'it goes on')]);
      expect(exit).toMatchObject({ status: 5 });
      await bench.runtime.delete('daemon');
      const written = readFileSync(file, 'utf8');
      expect(written).toContain('0\n');
      await delay(300);
      expect(readFileSync(file, 'utf8')).toBe(written);
    },
  },
];

async function expectGone(runtime: PlatformRuntime, id: string): Promise<void> {
  await expect(runtime.get(id)).rejects.toMatchObject(notFound);
  expect(await runtime.tasks({ all: true })).toEqual([]);
}
