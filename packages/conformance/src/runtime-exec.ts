import { AlreadyExistsError, FailedPreconditionError, NotFoundError } from '@shiplog/core';
import { expect } from 'vitest';
import type { Rule } from './runtime-harness.js';

export const execRules: readonly Rule[] = [
  {
    name: 'E1 an exec is added, started, ends, is deleted; its task goes on',
    async check(bench) {
      const task = await bench.sleeping('host');
      const exec = await task.exec('one', bench.process('sh', '-c', 'sleep 0.2; exit 3'));
      expect(exec.id).toBe('one');
      expect(await exec.state()).toMatchObject({ status: 'created', pid: 0 });
      await exec.start();
      const { status, pid } = await exec.state();
      expect(status).toBe('running');
      expect(pid).toBeGreaterThan(0);
      const exit = await exec.wait();
      expect(exit).toMatchObject({ pid, status: 3, certainty: 'observed' });
      expect(await exec.state()).toMatchObject({ status: 'stopped', exit });
      expect(await exec.delete()).toEqual(exit);
      await expect(task.process('one')).rejects.toThrow(NotFoundError);
      expect(await task.state()).toMatchObject({ status: 'running' });
    },
  },
  {
    name: 'E2 an exec waited for before its start, and long after its end',
    async check(bench) {
      const task = await bench.sleeping('host');
      const exec = await task.exec('early', bench.process('sh', '-c', 'exit 9'));
      const waiting = exec.wait();
      await exec.start();
      const exit = await waiting;
      expect(exit.status).toBe(9);
      expect(await exec.wait()).toEqual(exit);
    },
  },
  {
    name: 'E3 an exec ID is used once in a task, and as often as you like in others',
    async check(bench) {
      const task = await bench.sleeping('host');
      const other = await bench.sleeping('other');
      await task.exec('id', bench.process('true'));
      await expect(task.exec('id', bench.process('true'))).rejects.toThrow(AlreadyExistsError);
      const exec = await other.exec('id', bench.process('true'));
      await exec.delete();
      await other.exec('id', bench.process('true'));
    },
  },
  {
    name: 'E4 another instance finds an exec, starts it, and hears of its end',
    async check(bench) {
      const task = await bench.sleeping('host');
      await task.exec('handed', bench.process('sh', '-c', 'exit 8'));
      const second = await (await (await bench.again()).get('host')).process('handed');
      await second.start();
      await second.wait();
      const third = await (await (await bench.again()).get('host')).process('handed');
      expect(await third.state()).toMatchObject({ status: 'stopped', exit: { status: 8 } });
      expect(await third.delete()).toMatchObject({ status: 8 });
      await expect(task.process('never')).rejects.toThrow(NotFoundError);
    },
  },
  {
    name: 'E5 a signal reaches a running exec, and no other',
    async check(bench) {
      const task = await bench.sleeping('host');
      const exec = await task.exec('victim', bench.process('sleep', '1000'));
      await expect(exec.kill(9)).rejects.toThrow(FailedPreconditionError);
      await exec.start();
      await exec.kill(9);
      expect(await exec.wait()).toMatchObject({ status: 137 });
      await expect(exec.kill(9)).rejects.toThrow(NotFoundError);
      expect(await task.state()).toMatchObject({ status: 'running' });
    },
  },
  {
    name: 'E6 an exec is started once, and not deleted while it runs',
    async check(bench) {
      const task = await bench.sleeping('host');
      const exec = await bench.startedExec(task, 'busy', 'sleep', '1000');
      await expect(exec.start()).rejects.toThrow(FailedPreconditionError);
      await expect(exec.delete()).rejects.toThrow(FailedPreconditionError);
      await exec.kill(9);
      await exec.wait();
      await exec.delete();
      await expect(exec.state()).rejects.toThrow(NotFoundError);
    },
  },
  {
    name: 'E7 an exec whose program is not there says 127, may not run 126, and leaves the task alone',
    async check(bench) {
      const task = await bench.sleeping('host');
      const missing = await task.exec('missing', bench.process('no-such-program'));
      await expect(missing.start()).rejects.toMatchObject({ code: 'not-found', details: { exitCode: 127 } });
      const refused = await task.exec('refused', bench.process('/etc/passwd'));
      await expect(refused.start()).rejects.toMatchObject({ code: 'failed-precondition', details: { exitCode: 126 } });
      expect(await missing.state()).toMatchObject({ status: 'created' });
      await missing.delete();
      const exec = await bench.startedExec(task, 'missing', 'true');
      expect(await exec.wait()).toMatchObject({ status: 0 });
    },
  },
  {
    name: 'E8 many execs at once keep their exit codes apart',
    async check(bench) {
      const task = await bench.sleeping('host');
      const codes = [1, 2, 3, 4, 5, 6];
      const exits = codes.map(async (code) => {
        const exec = await bench.startedExec(task, `e${code}`, 'sh', '-c', `exit ${code}`);
        return (await exec.wait()).status;
      });
      expect(await Promise.all(exits)).toEqual(codes);
    },
  },
  {
    name: 'E9 there is no exec in a task that has ended',
    async check(bench) {
      const { task } = await bench.ended('over', 'true');
      await expect(task.exec('late', bench.process('true'))).rejects.toThrow(FailedPreconditionError);
    },
  },
  {
    name: 'E10 the end of a task is the end of its execs',
    async check(bench) {
      const task = await bench.sleeping('host');
      const exec = await bench.startedExec(task, 'inside', 'sleep', '1000');
      await task.kill(9);
      expect(await exec.wait()).toMatchObject({ status: 137 });
      await task.wait();
      await bench.runtime.delete('host');
    },
  },
];
