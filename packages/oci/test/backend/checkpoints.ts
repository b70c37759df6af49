import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CreateOpts, marshalAny, type Task } from '@shiplog/core';
import { type OciCheckpointOptions, ociCheckpointOptionsType } from '@shiplog/oci';
import { beforeEach, describe, expect, test } from 'vitest';
import { ownCgroup } from '../../src/cgroup.js';
import { CriuProbe } from '../../src/criu.js';
import { findProgram } from '../../src/find-program.js';
import type { OciPlugin } from '../backend-harness.js';
import { cgroupsNamed, until } from './host-view.js';
import { useBackend } from './use-backend.js';

const options = (value: OciCheckpointOptions) => marshalAny(ociCheckpointOptionsType, value);

/** It keeps its count in its memory, and tells it. */
const counter = ['sh', '-c', 'i=0; trap "exit 9" USR1; while :; do echo $i; i=$((i+1)); sleep 0.2; done'];

/** What every OCI backend does where CRIU works. */
export function checkpoints(name: string, plugin: OciPlugin, runtime: string, needsBuiltIn: boolean): void {
  describe(`${name}: checkpoint and restore`, () => {
    const on = useBackend(plugin);
    const asked = new CriuProbe(needsBuiltIn).assertWorks(findProgram(runtime) ?? '').then(
      () => undefined,
      (error: Error) => error.message,
    );
    beforeEach(async (context) => {
      const why = await asked;
      if (why !== undefined) context.skip(why);
    });

    const log = (id: string): readonly number[] =>
      readFileSync(join(on.host.rootDir, 'default', id, 'output.log'), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => Number(line.split(' ')[3]));
    const counting = async (id: string, from = 0): Promise<void> =>
      until(() => existsSync(join(on.host.rootDir, 'default', id, 'output.log')) && log(id).some((n) => n > from));
    const cgroupsOf = (id: string): readonly string[] =>
      cgroupsNamed(ownCgroup(on.host.stateDir, 'default' as never, id as never, false).slice('/shiplog/'.length));
    const images = (id: string): string => join(on.host.folder, `images-${id}`);
    const restored = async (id: string, path: string, opts: CreateOpts = on.opts(counter)): Promise<Task> => {
      const task = await on.create(id, { ...opts, checkpoint: path });
      expect(await task.state()).toMatchObject({ status: 'created', pid: 0 });
      await task.start();
      return task;
    };

    test('a task is written and ends; another goes on where it was, with a monitor, a log and an exit of its own', async () => {
      const task = await on.start('one', ...counter);
      await counting('one', 3);
      await task.checkpoint(images('one'), options({ exit: true }));
      expect(await task.state()).toMatchObject({ status: 'stopped', exit: { status: 137, certainty: 'observed' } });
      await on.host.runtime.delete('one');
      const last = log('one').at(-1) ?? 0;

      const two = await restored('two', images('one'));
      await counting('two', last);
      expect(log('two')[0]).toBeGreaterThanOrEqual(last);
      expect(await two.state()).toMatchObject({ status: 'running', pid: await two.pid() });
      expect(await two.pids()).toContainEqual({ pid: await two.pid() });

      const exec = await two.exec('in', on.process('sh', '-c', 'exit 4'));
      await exec.start();
      expect(await exec.wait()).toMatchObject({ status: 4 });
      await two.pause();
      // The kernel may still be at it.
      expect(['pausing', 'paused']).toContain((await two.state()).status);
      await two.resume();
      await two.checkpoint(images('two'));
      expect(await two.state()).toMatchObject({ status: 'running' });

      const again = await (await on.host.again()).get('two');
      await two.kill(10);
      expect(await again.wait()).toMatchObject({ status: 9, certainty: 'observed' });
      await on.host.runtime.delete('two');
      expect(cgroupsOf('two')).toEqual([]);
      const three = await restored('three', images('two'));
      await counting('three', last);
      await three.kill(9);
      expect(await three.wait()).toMatchObject({ status: 137 });
    });

    test('a task that goes on, or is paused, is written as often as one likes, but never over what is there', async () => {
      const task = await on.start('one', ...counter);
      await counting('one');
      for (const round of ['first', 'second']) await task.checkpoint(images(round));
      await expect(task.checkpoint(images('first'))).rejects.toMatchObject({ code: 'already-exists' });
      const seen = log('one').at(-1) ?? 0;
      await counting('one', seen);
      await task.pause();
      await task.checkpoint(images('still'));
      expect(await task.state()).toMatchObject({ status: 'paused' });
    });

    test('a restore that fails says why, leaves nothing that runs, and can be done again', async () => {
      const task = await on.start('one', ...counter);
      await counting('one');
      await task.checkpoint(images('one'), options({ exit: true }));
      const pages = join(images('one'), 'pstree.img');
      const whole = readFileSync(pages);
      writeFileSync(pages, 'torn');
      const two = await on.create('two', { ...on.opts(counter), checkpoint: images('one') });
      await expect(two.start()).rejects.toThrow(/cannot restore task two: .*CRIU: .*its log is/);
      expect(await two.state()).toMatchObject({ status: 'created', pid: 0 });
      expect(cgroupsOf('two')).toEqual([]);
      for (const act of [() => two.kill(9), () => two.exec('x', on.process('true'))]) {
        await expect(act()).rejects.toMatchObject({ code: 'failed-precondition' });
      }
      writeFileSync(pages, whole);
      await two.start();
      await counting('two');
      await two.kill(9);
      await two.wait();
      await on.host.runtime.delete('two');
    });

    test('a restore whose caller died is found, and one that came to nothing can be done again', async () => {
      const task = await on.start('one', ...counter);
      await counting('one');
      await task.checkpoint(images('one'), options({ exit: true }));
      const two = await restored('two', images('one'));
      const pid = await two.pid();
      on.forget('two', { phase: 'launching', process: null, monitor: null });
      const again = await (await on.host.again()).get('two');
      expect(await again.state()).toMatchObject({ status: 'running', pid });
      await again.kill(9);
      await again.wait();
      await on.create('three', { ...on.opts(counter), checkpoint: images('one') });
      on.forget('three', { phase: 'launching' });
      const three = await (await on.host.again()).get('three');
      expect(await three.state()).toMatchObject({ status: 'created', pid: 0 });
      await three.start();
      expect(await three.state()).toMatchObject({ status: 'running' });
    });

    test('a checkpoint of another program’s making is restored, and a process on a terminal', async () => {
      await on.start('one', ...counter);
      await counting('one');
      const { binary } = on.record('one');
      const line = ['--root', join(on.host.stateDir, '.root', 'default'), 'checkpoint', '--image-path', images('raw')];
      execFileSync(binary, [...line, '--work-path', join(on.host.folder, 'work'), 'one'], { stdio: 'ignore' });
      expect(existsSync(join(images('raw'), 'shiplog.json'))).toBe(false);
      await restored('two', images('raw'));
      await counting('two');

      const onTerminal = (id: string): CreateOpts => ({
        ...on.opts(counter, (spec) => ({ ...spec, process: { ...spec.process, terminal: true } })),
        io: { terminal: true },
        ...(id === 'tty1' ? {} : { checkpoint: images('tty1') }),
      });
      const typed = await on.create('tty1', onTerminal('tty1'));
      await typed.start();
      await counting('tty1');
      await typed.checkpoint(images('tty1'), options({ exit: true }));
      const restoredOne = await on.create('tty2', onTerminal('tty2'));
      await restoredOne.start();
      await counting('tty2');
      await restoredOne.resizePty({ width: 100, height: 30 });
    });
  });
}
