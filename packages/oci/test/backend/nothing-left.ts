import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { killQuietly } from '../../src/host-process.js';
import type { OciPlugin } from '../backend-harness.js';
import { cgroupsNamed, filesBelow, processesMentioning, until } from './host-view.js';
import { useBackend } from './use-backend.js';

/** Rules of clean-up that every OCI backend keeps. */
export function nothingLeft(name: string, plugin: OciPlugin): void {
  describe(`${name}: nothing is left`, () => {
    const on = useBackend(plugin);

    test('of a task with execs, but its output', async () => {
      const task = await on.start('tidy', 'sleep', '1000');
      const exec = await task.exec('one', on.process('true'));
      await exec.start();
      await exec.wait();
      await task.kill(9);
      await task.wait();
      await on.host.runtime.delete('tidy');
      await on.expectNothingLeft('tidy');
      expect(filesBelow(join(on.host.rootDir, 'default', 'tidy'))).toEqual(['exec-one.log', 'output.log']);
    });

    test('of an exec that was deleted, not even its output', async () => {
      const task = await on.start('host', 'sleep', '1000');
      const exec = await task.exec('one', on.process('echo', 'out'));
      await exec.start();
      const exit = await exec.wait();
      const logs = join(on.host.rootDir, 'default', 'host');
      expect(filesBelow(logs)).toEqual(['exec-one.log', 'output.log']);
      expect(await exec.delete()).toEqual(exit);
      expect(filesBelow(logs)).toEqual(['output.log']);
      expect(filesBelow(join(on.bundle('host'), '.execs'))).toEqual([]);
      await expect(exec.delete()).rejects.toMatchObject({ code: 'not-found' });
    });

    test('of a delete that was cut short, wherever that was', async () => {
      const task = await on.start('host', 'sleep', '1000');
      const exec = await task.exec('one', on.process('true'));
      await exec.start();
      const exit = await exec.wait();
      rmSync(join(on.host.rootDir, 'default', 'host', 'exec-one.log'));
      expect(await exec.delete()).toEqual(exit);
      mkdirSync(join(on.bundle('host'), '.execs', '..removed.half', '.shiplog'), { recursive: true });
      await expect(exec.delete()).rejects.toMatchObject({ code: 'not-found' });
      expect(filesBelow(join(on.bundle('host'), '.execs'))).toEqual([]);
      await task.kill(9);
      await task.wait();
      mkdirSync(join(on.bundle('host'), '..removed.half', '.shiplog'), { recursive: true });
      await on.host.runtime.delete('host');
      await on.expectNothingLeft('host');
      mkdirSync(join(on.bundle('host'), '..removed.half', '.shiplog'), { recursive: true });
      await expect(on.host.runtime.delete('host')).rejects.toMatchObject({ code: 'not-found' });
      await on.expectNothingLeft('host');
    });

    test('of a task and its execs for those who wait: they hear of the exit, or that there is none any more', async () => {
      for (let round = 0; round < 5; round++) {
        const task = await on.start('watched', 'sleep', '1000');
        const exec = await task.exec('one', on.process('sh', '-c', 'exit 7'));
        await exec.start();
        const heard: unknown[] = [];
        const listen = async (wait: () => Promise<{ readonly status: number }>): Promise<void> => {
          for (;;) {
            heard.push((await wait()).status);
            await setImmediate();
          }
        };
        const done = await exec.wait();
        const listening = [exec, exec].map((each) =>
          expect(listen(() => each.wait())).rejects.toMatchObject({ code: 'not-found' }),
        );
        expect(await exec.delete()).toEqual(done);
        await task.kill(9);
        await task.wait();
        listening.push(expect(listen(() => task.wait())).rejects.toMatchObject({ code: 'not-found' }));
        await on.host.runtime.delete('watched');
        await Promise.all(listening);
        expect([7, 137]).toEqual(expect.arrayContaining([...new Set(heard)]));
      }
    });

    test('of a create that failed', async () => {
      await expect(on.create('bad', on.opts(['no-such-program']))).rejects.toThrow(/no-such-program/);
      await on.expectNothingLeft('bad');
      expect(filesBelow(join(on.host.rootDir, 'default', 'bad'))).toEqual([]);
    });

    test('of a create that is given up while a hook holds the runtime', async () => {
      const hooks = { createRuntime: [{ path: '/bin/sleep', args: ['sleep', '7'] }] };
      const { signal, abort } = controller();
      await on.host.makeBundle('default', 'stuck');
      const create = on.host.runtime.create(
        'stuck',
        on.opts(['true'], (spec) => ({ ...spec, hooks })),
        { signal },
      );
      await until(() => cgroupsNamed('default--stuck--').length > 0);
      abort();
      await expect(create).rejects.toMatchObject({ code: 'cancelled' });
      await on.expectNothingLeft('stuck');
    });

    test('of an exec that is given up, and it can be started again', async () => {
      const task = await on.start('host', 'sleep', '1000');
      const exec = await task.exec('late', on.process('true'));
      for (const deadline of [1, 5, 10, 20]) {
        const outcome = await exec.start({ deadline: Date.now() + deadline }).then(
          () => 'started',
          (error) => error.code,
        );
        if (outcome === 'started') {
          // It was quicker than its deadline: the next one may not be.
          expect(await exec.wait()).toMatchObject({ status: 0 });
          await exec.delete();
          await task.exec('late', on.process('true'));
          continue;
        }
        expect(outcome).toBe('deadline-exceeded');
        expect(await exec.state()).toMatchObject({ status: 'created', pid: 0 });
        expect(processesMentioning(join(on.bundle('host'), '.execs', 'late'))).toEqual([]);
      }
      await exec.start();
      expect(await exec.wait()).toMatchObject({ status: 0 });
    });

    test('of a create whose caller died before there was a monitor', async () => {
      await on.create('never', on.opts(['true']));
      const { monitor, process } = on.record('never');
      for (const identity of [monitor, process]) killQuietly(identity!.pid);
      rmSync(join(on.bundle('never'), '.shiplog', 'sync'));
      on.forget('never', { phase: 'launching', process: null, monitor: null });
      await expect(on.host.runtime.get('never')).rejects.toMatchObject({ code: 'not-found' });
      expect(await on.host.runtime.tasks()).toEqual([]);
      expect(await on.host.runtime.delete('never')).toMatchObject({ status: 255, certainty: 'unknown' });
      await on.expectNothingLeft('never');
    });
  });
}

function controller(): { readonly signal: AbortSignal; readonly abort: () => void } {
  const it = new AbortController();
  return { signal: it.signal, abort: () => it.abort() };
}
