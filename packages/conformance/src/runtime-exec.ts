import { alreadyExists, failedPrecondition, invalidArgument, notFound } from './codes.js';
import { expect } from './expect.js';
import type { Rule } from './runtime-harness.js';

export const execRules: readonly Rule[] = [
  {
    id: 'E1',
    text: 'an exec is added, started, ends, is deleted; its task goes on',
    needs: ['exec'],
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
      await expect(task.process('one')).rejects.toMatchObject(notFound);
      expect(await task.state()).toMatchObject({ status: 'running' });
    },
  },
  {
    id: 'E2',
    text: 'an exec waited for before its start, and long after its end',
    needs: ['exec'],
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
    id: 'E3',
    text: 'an exec ID is used once in a task, and as often as you like in others',
    needs: ['exec'],
    async check(bench) {
      const task = await bench.sleeping('host');
      const other = await bench.sleeping('other');
      await task.exec('id', bench.process('true'));
      await expect(task.exec('id', bench.process('true'))).rejects.toMatchObject(alreadyExists);
      const exec = await other.exec('id', bench.process('true'));
      await exec.delete();
      await other.exec('id', bench.process('true'));
    },
  },
  {
    id: 'E4',
    text: 'another instance finds an exec, starts it, and hears of its end',
    needs: ['exec'],
    async check(bench) {
      const task = await bench.sleeping('host');
      await task.exec('handed', bench.process('sh', '-c', 'exit 8'));
      const second = await (await (await bench.again()).get('host')).process('handed');
      await second.start();
      await second.wait();
      const third = await (await (await bench.again()).get('host')).process('handed');
      expect(await third.state()).toMatchObject({ status: 'stopped', exit: { status: 8 } });
      expect(await third.delete()).toMatchObject({ status: 8 });
      await expect(task.process('never')).rejects.toMatchObject(notFound);
    },
  },
  {
    id: 'E5',
    text: 'a signal reaches a running exec, and no other',
    needs: ['exec'],
    async check(bench) {
      const task = await bench.sleeping('host');
      const exec = await task.exec('victim', bench.process('sleep', '1000'));
      await expect(exec.kill(9)).rejects.toMatchObject(failedPrecondition);
      await exec.start();
      await exec.kill(9);
      expect(await exec.wait()).toMatchObject({ status: 137 });
      await expect(exec.kill(9)).rejects.toMatchObject(notFound);
      expect(await task.state()).toMatchObject({ status: 'running' });
    },
  },
  {
    id: 'E6',
    text: 'an exec is started once, and not deleted while it runs',
    needs: ['exec'],
    async check(bench) {
      const task = await bench.sleeping('host');
      const exec = await bench.startedExec(task, 'busy', 'sleep', '1000');
      await expect(exec.start()).rejects.toMatchObject(failedPrecondition);
      await expect(exec.delete()).rejects.toMatchObject(failedPrecondition);
      await exec.kill(9);
      await exec.wait();
      await exec.delete();
      await expect(exec.state()).rejects.toMatchObject(notFound);
    },
  },
  {
    id: 'E7',
    text: 'an exec whose program is not there says 127, may not run 126, and leaves the task alone',
    needs: ['exec'],
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
    id: 'E8',
    text: 'many execs at once keep their exit codes apart',
    needs: ['exec'],
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
    id: 'E9',
    text: 'there is no exec in a task that has ended',
    needs: ['exec'],
    async check(bench) {
      const { task } = await bench.ended('over', 'true');
      await expect(task.exec('late', bench.process('true'))).rejects.toMatchObject(failedPrecondition);
    },
  },
  {
    id: 'E10',
    text: 'the end of a task is the end of its execs',
    needs: ['exec'],
    async check(bench) {
      const task = await bench.sleeping('host');
      const exec = await bench.startedExec(task, 'inside', 'sleep', '1000');
      await task.kill(9);
      expect(await exec.wait()).toMatchObject({ status: 137 });
      await task.wait();
      await bench.runtime.delete('host');
    },
  },
  {
    id: 'E11',
    text: 'no exec ID leaves its place',
    needs: ['exec'],
    async check(bench) {
      const task = await bench.sleeping('fine');
      for (const id of ['', '-x', '.hidden', '../up', 'a/b', 'x'.repeat(77)]) {
        await expect(task.exec(id, bench.process('true'))).rejects.toMatchObject(invalidArgument);
      }
    },
  },
  {
    id: 'E12',
    text: 'there is no exec in a paused task',
    needs: ['exec', 'pause'],
    async check(bench) {
      const task = await bench.sleeping('rest');
      await task.pause();
      await expect(task.exec('no', bench.process('true'))).rejects.toMatchObject(failedPrecondition);
    },
  },
];
