import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type CreateOpts, ExecNotFoundError, marshalAny, ProcessFinishedError, TaskNotFoundError } from '@shiplog/core';
import { ociOptionsType } from '@shiplog/oci';
import { describe, expect, test } from 'vitest';
import type { OciPlugin } from '../backend-harness.js';
import { until } from './host-view.js';
import { taskOptions, useBackend } from './use-backend.js';

/** What every OCI backend writes on the host, and what it takes from there. */
export function onTheHost(name: string, plugin: OciPlugin): void {
  describe(`${name}: on the host`, () => {
    const on = useBackend(plugin);
    const secret = 'TOKEN=hunter2-hunter2';
    const withSecret = (...args: readonly string[]): CreateOpts =>
      on.opts(args, (spec) => ({ ...spec, process: { ...spec.process, env: ['PATH=/bin', secret] } }));

    test('output that nobody asked for elsewhere is in the log file, in the CRI format', async () => {
      const task = await on.start('talker', 'sh', '-c', 'echo out; echo err >&2; printf partial');
      await task.wait();
      const log = readFileSync(join(on.host.rootDir, 'default', 'talker', 'output.log'), 'utf8');
      expect(log).toMatch(/^\S+T\S+ stdout F out$/m);
      expect(log).toMatch(/^\S+T\S+ stderr F err$/m);
      expect(log).toMatch(/^\S+T\S+ stdout P partial$/m);
    });

    test('a secret is in files of mode 0600, in no command line, in no environment but its own, and in no error', async () => {
      const create = on.create('bad', { ...withSecret('no-such-program') });
      const error = await create.catch((thrown) => thrown);
      expect(JSON.stringify([error, error.message, error.details, error.cause])).not.toContain('hunter2');
      const task = await on.create('safe', withSecret('sleep', '1000'));
      await task.start();
      const { monitor, process } = on.record('safe');
      const read = (pid: number, file: string): string => readFileSync(`/proc/${pid}/${file}`, 'utf8');
      expect(read(process!.pid, 'environ')).toContain('hunter2');
      expect(read(monitor!.pid, 'environ') + read(monitor!.pid, 'cmdline')).not.toContain('hunter2');
      const exec = await task.exec('one', on.process('true'));
      await exec.start();
      for (const file of ['config.json', '.shiplog/record.json', '.execs/one/.shiplog/process.json']) {
        expect(statSync(join(on.bundle('safe'), file)).mode & 0o777).toBe(0o600);
      }
    });

    test('what is set in our environment does not reach the monitor', async () => {
      process.env.SHIPLOG_TEST_SECRET = 'hunter2';
      try {
        await on.create('clean', on.opts(['true']));
        const environment = readFileSync(`/proc/${on.record('clean').monitor!.pid}/environ`, 'utf8');
        expect(environment).not.toContain('hunter2');
        expect(environment).toContain('PATH=');
      } finally {
        delete process.env.SHIPLOG_TEST_SECRET;
      }
    });

    test('a want of memory that the kernel ended is told', async () => {
      const limited = on.opts(['sh', '-c', 'tail /dev/zero'], (spec) => ({
        ...spec,
        linux: { ...spec.linux, resources: { ...spec.linux?.resources, memory: { limit: 16 * 1024 * 1024 } } },
      }));
      const task = await on.create('hungry', limited);
      await task.start();
      expect(await task.wait()).toMatchObject({ status: 137, oomKilled: true });
      const { task: modest } = { task: await on.start('modest', 'true') };
      expect(await modest.wait()).not.toHaveProperty('oomKilled');
    });

    test('a want of memory is told of what lives on, when it comes', async () => {
      const limited = on.opts(['sh', '-c', '(tail /dev/zero); sleep 1000'], (spec) => ({
        ...spec,
        linux: { ...spec.linux, resources: { ...spec.linux?.resources, memory: { limit: 16 * 1024 * 1024 } } },
      }));
      const task = await on.create('survivor', limited);
      const noticed = task.oom?.();
      await task.start();
      expect(await noticed).toBe(true);
      expect(await task.state()).toMatchObject({ status: 'running', oomKilled: true });
      const modest = await on.start('modest', 'true');
      expect(await modest.oom?.()).toBe(false);
    });

    test('resources are changed in the cgroup, which is one of our own', async () => {
      const task = await on.start('limited', 'sleep', '1000');
      const { ownCgroup } = on.record('limited');
      expect(ownCgroup).toMatch(/^\/shiplog\/default--limited--[0-9a-f]{8}$/);
      const file = existsSync('/sys/fs/cgroup/pids')
        ? `/sys/fs/cgroup/pids${ownCgroup}/pids.max`
        : `/sys/fs/cgroup${ownCgroup}/pids.max`;
      await task.update(
        marshalAny('types.containerd.io/opencontainers/runtime-spec/1/LinuxResources', { pids: { limit: 77 } }),
      );
      expect(readFileSync(file, 'utf8').trim()).toBe('77');
    });

    test('the exit command runs when the task has ended', async () => {
      const file = join(on.host.folder, 'ended');
      const task = await on.create('noted', {
        ...on.opts(['true']),
        ...taskOptions({ exitCommand: ['/usr/bin/touch', file] }),
      });
      await task.start();
      await task.wait();
      await until(() => existsSync(file));
    });

    test('the options of the task win over those of the runtime, key by key', async () => {
      const file = join(on.host.folder, 'ended');
      const runtimeOptions = marshalAny(ociOptionsType, {
        binary: 'no-such-runtime',
        exitCommand: ['/usr/bin/touch', file],
      });
      const options = on.opts(['true']);
      await expect(on.create('which', { ...options, runtimeOptions })).rejects.toMatchObject({ code: 'unavailable' });
      const { binary } = await on.create('known', options).then(() => on.record('known'));
      const task = await on.create('which', { ...options, runtimeOptions, ...taskOptions({ binary }) });
      await task.start();
      await task.wait();
      await until(() => existsSync(file));
    });

    test('a root file system that is not there is named', async () => {
      const opts = on.opts(['true'], (spec) => ({ ...spec, root: { path: '/no/such/rootfs' } }));
      await expect(on.create('rootless', opts)).rejects.toMatchObject({
        code: 'not-found',
        message: expect.stringContaining('/no/such/rootfs'),
      });
    });

    test('what is not there is missed with the errors that the task manager has for it', async () => {
      const task = await on.start('over', 'sleep', '1000');
      const exec = await task.exec('one', on.process('true'));
      await exec.start();
      await exec.wait();
      await expect(exec.kill(9)).rejects.toThrow(ProcessFinishedError);
      await expect(task.process('two')).rejects.toThrow(ExecNotFoundError);
      await task.kill(9);
      await task.wait();
      await expect(task.kill(9)).rejects.toThrow(ProcessFinishedError);
      await expect(on.host.runtime.get('never')).rejects.toThrow(TaskNotFoundError);
      await expect(on.host.runtime.delete('never')).rejects.toThrow(TaskNotFoundError);
    });

    test('a failure keeps the command line, the exit code and the last words of the runtime', async () => {
      const task = await on.start('words', 'sleep', '1000');
      const update = task.update(
        marshalAny('types.containerd.io/opencontainers/runtime-spec/1/LinuxResources', {
          cpu: { cpus: 'all of them' },
        }),
      );
      await expect(update).rejects.toMatchObject({
        code: 'unknown',
        details: {
          argv: expect.arrayContaining(['update', 'words']),
          runtimeExitCode: 1,
          runtimeError: expect.stringMatching(/\S/),
        },
      });
    });
  });
}
