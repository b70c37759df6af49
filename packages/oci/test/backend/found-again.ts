import { execFileSync } from 'node:child_process';
import { rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseTaskId, readStartTime, type Status, type Task, type TaskId } from '@shiplog/core';
import { describe, expect, test } from 'vitest';
import { type RuntimeLine, runtimeArgs } from '../../src/args.js';
import { bootTimeNow, isAlive, killQuietly } from '../../src/host-process.js';
import { runCommand } from '../../src/run.js';
import type { OciPlugin } from '../backend-harness.js';
import { until } from './host-view.js';
import { useBackend } from './use-backend.js';

type RuntimeArgs = (line: RuntimeLine, id: TaskId) => readonly string[];

const nobody = { process: null, monitor: null };

/** Milliseconds after which a runtime is killed in the middle of its work. */
const moments = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30];

/** The status once the kernel is done with what it was told. */
async function settledStatus(task: Task): Promise<Status> {
  for (;;) {
    const { status } = await task.state();
    if (status !== 'pausing') return status;
    await delay(5);
  }
}

/** What every OCI backend knows after a crash of whoever acted, or of a monitor. */
export function foundAgain(name: string, plugin: OciPlugin): void {
  describe(`${name}: found again`, () => {
    const on = useBackend(plugin);
    const killedAfter = async (ms: number, id: string, args: RuntimeArgs): Promise<void> => {
      const line = { ...on.record(id), root: join(on.host.stateDir, '.root', 'default') };
      const command = { file: line.binary, args: args(line, parseTaskId(id)) };
      await runCommand(command, { limit: ms }).catch((error) => expect(error.code).toBe('deadline-exceeded'));
    };

    test('a task whose creator died before it wrote down the pids', async () => {
      const task = await on.create('found', on.opts(['sh', '-c', 'exit 5']));
      const pid = await task.pid();
      on.forget('found', { phase: 'launching', ...nobody });
      const again = await (await on.host.again()).get('found');
      expect(await again.state()).toMatchObject({ status: 'created', pid });
      await again.start();
      expect(await again.wait()).toMatchObject({ pid, status: 5, certainty: 'observed' });
    });

    test('a task whose creator and monitor died before its pids were written down, though the clock was set since', async () => {
      const task = await on.start('found', 'sleep', '1000');
      const pid = await task.pid();
      const { monitor } = on.record('found');
      killQuietly(monitor?.pid ?? 0);
      await until(() => !isAlive(monitor));
      on.forget('found', { phase: 'launching', ...nobody });
      // By the clock of now, it was made long before the process began.
      utimesSync(join(on.bundle('found'), '.shiplog', 'sync'), 1, 1);
      const again = await (await on.host.again()).get('found');
      expect(await again.state()).toMatchObject({ status: 'running', pid });
    });

    test('a task whose starter died before it wrote that down', async () => {
      const task = await on.start('found', 'sleep', '1000');
      on.forget('found', { phase: 'created' });
      expect(await task.state()).toMatchObject({ status: 'running' });
      on.forget('found', { phase: 'created' });
      await expect(on.host.runtime.delete('found')).rejects.toMatchObject({ code: 'failed-precondition' });
      on.forget('found', { phase: 'created' });
      await expect(task.start()).rejects.toMatchObject({ code: 'failed-precondition' });
    });

    test('an exec whose starter died before it wrote down the pid', async () => {
      const task = await on.start('host', 'sleep', '1000');
      const exec = await task.exec('one', on.process('sh', '-c', 'sleep 0.3; exit 4'));
      await exec.start();
      const { pid } = await exec.state();
      on.forget('host', { phase: 'launching', ...nobody }, 'one');
      const again = await (await (await on.host.again()).get('host')).process('one');
      expect(await again.state()).toMatchObject({ status: 'running', pid });
      expect(await again.wait()).toMatchObject({ pid, status: 4, certainty: 'observed' });
    });

    test('an exec whose starter died before there was a monitor: it can be started', async () => {
      const task = await on.start('host', 'sleep', '1000');
      const exec = await task.exec('one', on.process('sh', '-c', 'exit 6'));
      writeFileSync(join(on.bundle('host'), '.execs', 'one', '.shiplog', 'sync'), '');
      on.forget('host', { phase: 'launching' }, 'one');
      expect(await exec.state()).toMatchObject({ status: 'created', pid: 0 });
      await exec.start();
      expect(await exec.wait()).toMatchObject({ status: 6 });
    });

    test('a task without its monitor: it runs on, and nobody makes up how it ended', async () => {
      const task = await on.start('alone', 'sleep', '1000');
      const { monitor, process } = on.record('alone');
      killQuietly(monitor!.pid);
      const waiting = task.wait();
      expect(await task.state()).toMatchObject({ status: 'running' });
      killQuietly(process!.pid);
      const exit = await waiting;
      expect(exit).toMatchObject({ pid: process!.pid, status: 255, certainty: 'unknown' });
      expect(exit.evidence).toContain(`conmon, pid ${monitor!.pid}`);
      expect(await (await (await on.host.again()).get('alone')).wait()).toEqual(exit);
      expect(await on.host.runtime.delete('alone')).toEqual(exit);
      await on.expectNothingLeft('alone');
    });

    test('a task of before a restart of the machine', async () => {
      const task = await on.start('old', 'sleep', '1000');
      const { monitor, process } = on.record('old');
      const bootId = '00000000-0000-0000-0000-000000000000';
      on.forget('old', { monitor: { ...monitor!, bootId }, process: { ...process!, bootId } });
      const exit = await task.wait();
      expect(exit).toMatchObject({ status: 255, certainty: 'unknown' });
      expect(exit.evidence).toContain('the machine was started again');
      killQuietly(process!.pid);
    });

    test.each(['', '{"version":1'])(
      'a task whose record is damaged (%j): it is found by what the machine knows',
      async (text) => {
        const task = await on.start('torn', 'sh', '-c', 'trap "exit 9" USR1; sleep 1000');
        const pid = await task.pid();
        writeFileSync(on.recordFile('torn'), text);
        const refused = on.host.runtime.delete('torn');
        await expect(refused).rejects.toMatchObject({ code: 'failed-precondition', details: { status: 'running' } });
        writeFileSync(on.recordFile('torn'), text);
        const found = await on.host.runtime.get('torn');
        expect(await found.state()).toMatchObject({ status: 'running', pid });
        await found.kill(9);
        const exit = await found.wait();
        expect(exit).toMatchObject({ pid, status: 137, certainty: 'observed' });
        writeFileSync(on.recordFile('torn'), text);
        expect(await on.host.runtime.delete('torn')).toEqual(exit);
        await on.expectNothingLeft('torn');
      },
    );

    test('a created task whose record is damaged is deleted', async () => {
      await on.create('torn', on.opts(['true']));
      writeFileSync(on.recordFile('torn'), '');
      expect(await on.host.runtime.tasks()).toHaveLength(1);
      await on.host.runtime.delete('torn');
      await on.expectNothingLeft('torn');
    });

    test('a task of which the record and the report are damaged: it is not deleted while it runs', async () => {
      const task = await on.start('torn', 'sleep', '1000');
      const pid = await task.pid();
      const { monitor } = on.record('torn');
      killQuietly(monitor!.pid);
      for (const name of ['record.json', 'sync', 'pid']) writeFileSync(join(on.bundle('torn'), '.shiplog', name), '');
      await expect(on.host.runtime.delete('torn')).rejects.toMatchObject({ code: 'failed-precondition' });
      killQuietly(pid);
      expect(await task.wait()).toMatchObject({ pid, status: 255, certainty: 'unknown' });
      await on.host.runtime.delete('torn');
      await on.expectNothingLeft('torn');
    });

    test('an exec whose record is damaged; its task is none the worse', async () => {
      const task = await on.start('host', 'sleep', '1000');
      const exec = await task.exec('one', on.process('sleep', '1000'));
      await exec.start();
      const { pid } = await exec.state();
      writeFileSync(on.recordFile('host', 'one'), '');
      expect(await task.pids()).toContainEqual({ pid });
      const found = await task.process('one');
      expect(await found.state()).toMatchObject({ status: 'running', pid });
      await found.kill(9);
      expect(await found.wait()).toMatchObject({ pid, status: 137 });
      await found.delete();
    });

    test('a task whose creator died, and whose pid is a stranger’s by now: the stranger is left alone', async () => {
      await on.create('reused', on.opts(['true']));
      const { monitor, process: created } = on.record('reused');
      for (const identity of [monitor, created]) killQuietly(identity!.pid);
      await until(() => [monitor, created].every((identity) => readStartTime(identity!.pid) === undefined));
      const sync = join(on.bundle('reused'), '.shiplog', 'sync');
      // Were it taken for the task, its delete would kill this very process.
      writeFileSync(sync, `{"data": ${process.pid}}\n`);
      on.forget('reused', { phase: 'launching', ...nobody, begun: { ticks: 1, bootId: 'before' } });
      const exit = await (await on.host.runtime.get('reused')).wait();
      expect(exit).toMatchObject({ pid: process.pid, certainty: 'unknown' });
      expect(exit.evidence).toContain('the machine was started again');
      expect(await on.host.runtime.delete('reused')).toEqual(exit);
      await on.expectNothingLeft('reused');
    });

    test('a task whose monitor says nothing for longer than its creator would have waited: it was not created', async () => {
      await on.create('mute', on.opts(['true']));
      const { monitor } = on.record('mute');
      const sync = join(on.bundle('mute'), '.shiplog', 'sync');
      writeFileSync(sync, '');
      on.forget('mute', { phase: 'launching', ...nobody });
      const hurry = { deadline: Date.now() + 300 };
      await expect(on.host.runtime.get('mute', hurry)).rejects.toMatchObject({ code: 'deadline-exceeded' });
      on.forget('mute', { begun: { ...bootTimeNow(), ticks: 0 } });
      await expect(on.host.runtime.get('mute')).rejects.toMatchObject({ code: 'not-found' });
      expect(readStartTime(monitor!.pid)).toBeUndefined();
      await on.host.runtime.delete('mute').catch((error) => expect(error).toMatchObject({ code: 'not-found' }));
      await on.expectNothingLeft('mute');
    });

    test('a task whose start was killed before the runtime had tidied up: it runs', async () => {
      const task = await on.start('late', 'sleep', '1000');
      execFileSync('mkfifo', [join(on.host.stateDir, '.root', 'default', 'late', 'exec.fifo')]);
      on.forget('late', { phase: 'created' });
      expect(await task.state()).toMatchObject({ status: 'running' });
      on.forget('late', { phase: 'created' });
      await expect(on.host.runtime.delete('late')).rejects.toMatchObject({ code: 'failed-precondition' });
    });

    test('a task whose start was killed before it reached the container: it was not started', async () => {
      const task = await on.create('early', on.opts(['true']));
      rmSync(join(on.host.stateDir, '.root', 'default', 'early', 'exec.fifo'));
      expect(await task.state()).toMatchObject({ status: 'created' });
      await on.host.runtime.delete('early');
      await on.expectNothingLeft('early');
    });

    test('a task whose runtime was killed while it paused or resumed: it runs or is paused, and comes back', async () => {
      const task = await on.start('torn', 'sleep', '1000');
      for (const ms of moments) {
        await killedAfter(ms, 'torn', runtimeArgs.pause);
        const status = await settledStatus(task);
        expect(['running', 'paused']).toContain(status);
        if (status === 'running') await task.pause();
        await killedAfter(ms, 'torn', runtimeArgs.resume);
        if ((await settledStatus(task)) === 'paused') await task.resume();
        expect(await task.state()).toMatchObject({ status: 'running' });
      }
    });

    test('a task whose runtime was killed while it started it: whatever it is, it is killed and deleted', async () => {
      for (const ms of moments) {
        const task = await on.create('torn', on.opts(['sleep', '1000']));
        await killedAfter(ms, 'torn', runtimeArgs.start);
        const { status } = await task.state();
        // runc's first process ends by itself if its start was killed while they spoke.
        expect(['created', 'running', 'stopped']).toContain(status);
        if (status === 'running') await expect(task.start()).rejects.toMatchObject({ code: 'failed-precondition' });
        if (status !== 'stopped') await task.kill(9);
        await task.wait();
        await on.host.runtime.delete('torn');
        await on.expectNothingLeft('torn');
      }
    });

    test('a start whose runtime was killed does not say that there was another', async () => {
      const task = await on.create('torn', on.opts(['sleep', '1000']));
      const binary = join(on.host.folder, 'killed');
      writeFileSync(binary, `#!/bin/sh\n${on.record('torn').binary} "$@" && kill -9 $$\n`, { mode: 0o755 });
      const { binary: real } = on.record('torn');
      on.forget('torn', { binary });
      await expect(task.start()).rejects.toMatchObject({ code: 'unknown', details: { runtimeExitCode: 137 } });
      on.forget('torn', { binary: real });
      expect(await task.state()).toMatchObject({ status: 'running' });
    });

    test('a task that the runtime has lost is deleted all the same', async () => {
      const task = await on.start('lost', 'sh', '-c', 'exit 3');
      await task.wait();
      rmSync(join(on.host.stateDir, '.root', 'default', 'lost'), { recursive: true });
      expect(await on.host.runtime.delete('lost')).toMatchObject({ status: 3, certainty: 'observed' });
      await on.expectNothingLeft('lost');
    });

    test('a wait on a task that was deleted and created anew does not tell the other one’s exit', async () => {
      const task = await on.create('twice', on.opts(['true']));
      const waiting = expect(task.wait()).rejects.toMatchObject({ code: 'not-found' });
      on.forget('twice', { process: { pid: 1, startTime: 0, bootId: '' } });
      await task.start();
      await waiting;
    });
  });
}
