import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Trace } from '@shiplog/core';
import { describe, expect, test } from 'vitest';
import { isAlive, killQuietly } from '../../src/host-process.js';
import type { OciPlugin } from '../backend-harness.js';
import { cgroupsNamed, processesMentioning, until } from './host-view.js';
import { useBackend } from './use-backend.js';

/** What every OCI backend finds of tasks on the host, and takes away where there is no such task. */
export function traces(name: string, plugin: OciPlugin): void {
  describe(`${name}: traces`, () => {
    const on = useBackend(plugin);
    const find = (thorough: boolean, wanted: (trace: Pick<Trace, 'task'>) => boolean = () => true) =>
      on.host.runtime.traces?.({ wanted, thorough }) ?? [];
    const kinds = async (thorough: boolean) => [...new Set((await find(thorough)).map(({ kind }) => kind))].sort();

    test('of a task that runs, one that waits, and one that has ended', async () => {
      const runs = await on.start('runs', 'sleep', '1000');
      await on.create('waits', on.opts(['true']));
      const ended = await on.start('ended', 'true');
      await ended.wait();
      await until(() => !isAlive(on.record('ended').monitor));
      const of = async (task: string) =>
        (await find(false, (trace) => trace.task === task))
          .filter(({ kind }) => kind !== 'socket' && kind !== 'fifo' && kind !== 'cgroup')
          .map(({ kind, what }) => `${kind} ${what}`);
      const state = (task: string) => `runtime-state ${join(on.host.stateDir, '.root', 'default', task)}`;
      const monitor = (task: string) => `monitor pid ${on.record(task).monitor?.pid}`;
      expect(await of('runs')).toEqual([state('runs'), monitor('runs'), `program pid ${await runs.pid()}`]);
      const { process } = on.record('waits');
      expect(await of('waits')).toEqual([state('waits'), monitor('waits'), `waiting pid ${process?.pid}`]);
      expect(await of('ended')).toEqual([state('ended')]);
    });

    test('of monitors in /proc, those of execs too, and of this state folder alone', async () => {
      const task = await on.start('host', 'sleep', '1000');
      const exec = await task.exec('one', on.process('sleep', '1000'));
      await exec.start();
      const found = (await find(true)).filter(({ kind }) => kind === 'monitor').map(({ what }) => what);
      const monitors = [on.record('host').monitor?.pid, on.record('host', 'one').monitor?.pid];
      expect(found.toSorted()).toEqual(monitors.map((pid) => `pid ${pid}`).toSorted());
    });

    test('by the runtime, where the record is lost', async () => {
      const task = await on.start('known', 'sleep', '1000');
      rmSync(on.recordFile('known'));
      const found = await find(false);
      expect(found).toContainEqual(expect.objectContaining({ kind: 'program', what: `pid ${await pidOf(found)}` }));
      expect(await pidOf(found)).toBeGreaterThan(1);
      killQuietly(await pidOf(found));
      await until(() => processesMentioning(on.bundle('known')).length === 0);
      await expect(on.host.runtime.delete(task.id)).resolves.toMatchObject({ certainty: 'unknown' });
      expect(await find(true)).toEqual([]);
    });

    test('all of them go by a delete, though there is no such task: the folders were lost while it ran', async () => {
      const task = await on.start('lost', 'sleep', '1000');
      const exec = await task.exec('one', on.process('sleep', '1000'));
      await exec.start();
      const pids = [on.record('lost').process, on.record('lost').monitor, on.record('lost', 'one').monitor];
      rmSync(on.bundle('lost'), { recursive: true });
      rmSync(join(on.host.stateDir, '.root'), { recursive: true });
      expect(await kinds(true)).toEqual(['cgroup', 'monitor', 'program']);
      expect(await pidOf(await find(false))).toBe(pids[0]?.pid);
      await expect(on.host.runtime.delete('lost')).rejects.toMatchObject({ code: 'not-found' });
      expect(await find(true)).toEqual([]);
      expect(cgroupsNamed('default--lost--')).toEqual([]);
      await until(() => pids.every((pid) => !isAlive(pid)));
    });

    test('a delete of one takes nothing of another', async () => {
      const other = await on.start('other', 'sleep', '1000');
      const before = await find(true);
      await expect(on.host.runtime.delete('never')).rejects.toMatchObject({ code: 'not-found' });
      expect(await find(true)).toEqual(before);
      expect((await other.state()).status).toBe('running');
    });
  });
}

async function pidOf(found: readonly Trace[]): Promise<number> {
  return Number(found.find(({ kind }) => kind === 'program')?.what.slice('pid '.length));
}
