import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CreateOpts, marshalAny, type Task } from '@shiplog/core';
import { ociCheckpointOptionsType } from '@shiplog/oci';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { OciPlugin } from '../backend-harness.js';
import { taskOptions, useBackend } from './use-backend.js';

const dead = { pid: 999_999_999, startTime: 1, bootId: 'none' };

/**
 * What every OCI backend makes of a CRIU that is not there, does not work, or fails on its way. The runtime is the real
 * one, but for `checkpoint` and `restore`, which a script of the test stands for: so no CRIU is needed.
 */
export function checkpointFaults(name: string, plugin: OciPlugin): void {
  describe(`${name}: checkpoints that fail`, () => {
    const on = useBackend(plugin);
    const path = (): string => join(on.host.folder, 'images');
    const script = (file: string, text: string): void =>
      writeFileSync(join(on.host.folder, file), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    /** Shell of the test in place of the runtime's own; `$images` is where they are to go. */
    const instead = (verb: 'checkpoint' | 'restore', text: string): void => script(`on-${verb}`, text);
    const failing = 'echo >$images/core-1.img; echo \'{"level":"error","msg":"criu failed: type DUMP"}\' >&2; exit 1';
    const whole = 'echo >$images/core-1.img; echo >$images/inventory.img; exit 0';

    beforeEach(async () => {
      const { binary } = await on.create('probe', on.opts(['true'])).then(() => on.record('probe'));
      await on.host.runtime.delete('probe');
      script(
        'runtime',
        `here=${on.host.folder}
case "$*" in *--version*) echo +CRIU; exit 0;; esac
for arg; do case $arg in
  --image-path=*) images=\${arg#*=};;
  checkpoint | restore) verb=$arg;;
esac; done
[ -n "$verb" ] && . $here/on-$verb
exec ${binary} "$@"`,
      );
      script('criu', 'exit 0');
      vi.stubEnv('PATH', `${on.host.folder}:${process.env.PATH}`);
      return () => vi.unstubAllEnvs();
    });

    const opts = (more: Partial<CreateOpts> = {}): CreateOpts => ({
      ...on.opts(['sleep', '1000']),
      ...taskOptions({ binary: join(on.host.folder, 'runtime') }),
      ...more,
    });
    const started = async (id: string, more: Partial<CreateOpts> = {}): Promise<Task> => {
      const task = await on.create(id, opts(more));
      await task.start();
      return task;
    };
    const exit = marshalAny(ociCheckpointOptionsType, { exit: true });

    test('where CRIU does not work there are none, in its own words', async () => {
      script('criu', 'echo "Error (criu/vdso.c:1): vdso: no symbols" >&2; exit 1');
      const task = await started('here');
      const code = 'not-implemented';
      await expect(task.checkpoint(path())).rejects.toMatchObject({
        code,
        message: expect.stringContaining('criu check says: vdso: no symbols; install a newer CRIU'),
      });
      mkdirSync(path());
      writeFileSync(join(path(), 'inventory.img'), '');
      await expect(on.create('from', opts({ checkpoint: path() }))).rejects.toMatchObject({ code });
      expect(await task.state()).toMatchObject({ status: 'running' });
      await task.kill(9);
      await task.wait();
      await on.host.runtime.delete('here');
      await on.expectNothingLeft('from');
    });

    test('what CRIU cannot write is refused in words that say what to do', async () => {
      const filed = await started('filed', { io: { stdout: `file://${join(on.host.folder, 'out')}` } });
      await expect(filed.checkpoint(path())).rejects.toMatchObject({
        code: 'failed-precondition',
        message: expect.stringContaining('whose stdio is a file of the host'),
      });
      const busy = await started('busy');
      await (await busy.exec('in', on.process('sleep', '1000'))).start();
      await expect(busy.checkpoint(path())).rejects.toThrow(/exec in runs in it/);
      const waiting = await on.create('waiting', opts());
      await expect(waiting.checkpoint(path())).rejects.toThrow(/cannot checkpoint task waiting: it is created/);
      expect(existsSync(path())).toBe(false);
    });

    test('one that fails halfway leaves nothing, and the task runs on', async () => {
      instead('checkpoint', failing);
      const task = await started('one');
      const before = readdirSync(on.host.folder);
      await expect(task.checkpoint(path())).rejects.toThrow(/cannot checkpoint task one .*criu failed: type DUMP/);
      expect(readdirSync(on.host.folder)).toEqual(before);
      expect(await task.state()).toMatchObject({ status: 'running' });
      instead('checkpoint', whole);
      await task.checkpoint(path());
      expect(readdirSync(path()).sort()).toEqual(['core-1.img', 'inventory.img', 'shiplog.json']);
      await expect(task.checkpoint(path())).rejects.toMatchObject({ code: 'already-exists' });
      await expect(task.checkpoint('/proc/none/images')).rejects.toMatchObject({ code: 'unavailable' });
    });

    test('one that has ended the task is kept, whatever the runtime says then', async () => {
      const task = await started('one');
      const pid = await task.pid();
      instead('checkpoint', `(${whole}); kill -9 ${pid}; exit 1`);
      await task.checkpoint(path(), exit);
      expect(existsSync(join(path(), 'inventory.img'))).toBe(true);
      expect(await task.state()).toMatchObject({ status: 'stopped', exit: { status: 137 } });
    });

    test.each([
      ['that was whole gets its name', true],
      ['that was not is taken away', false],
    ])('one whose caller died, %s', async (_, isWhole) => {
      await started('one');
      const draft = join(on.host.folder, '..images');
      mkdirSync(draft);
      if (isWhole) writeFileSync(join(draft, 'inventory.img'), '');
      on.forget('one', { dump: { path: path(), wasFrozen: false, by: dead } });
      const task = await (await on.host.again()).get('one');
      expect(existsSync(path())).toBe(isWhole);
      expect(existsSync(draft)).toBe(false);
      expect(await task.state()).toMatchObject({ status: 'running' });
      expect(on.record('one').dump).toBeNull();
    });

    test('a restore that fails can be done again, or deleted, and nothing is left', async () => {
      await expect(on.create('two', opts({ checkpoint: path() }))).rejects.toMatchObject({
        code: 'not-found',
        message: expect.stringContaining('holds no checkpoint: there is no inventory.img in it'),
      });
      await on.expectNothingLeft('two');
      mkdirSync(path());
      writeFileSync(join(path(), 'inventory.img'), '');
      instead('restore', 'echo \'{"level":"error","msg":"criu failed: type RESTORE"}\' >&2; exit 1');
      const task = await on.create('two', opts({ checkpoint: path() }));
      for (let round = 0; round < 2; round++) {
        await expect(task.start()).rejects.toThrow(/cannot restore task two: .*criu failed: type RESTORE/);
        expect(await task.state()).toMatchObject({ status: 'created', pid: 0 });
      }
      await expect(task.kill(9)).rejects.toThrow(/it has no process before its start has restored it/);
      await expect(task.exec('in', on.process('true'))).rejects.toMatchObject({ code: 'failed-precondition' });
      expect(await task.pids()).toEqual([]);
      expect(await on.host.runtime.delete('two')).toMatchObject({ pid: 0, certainty: 'unknown' });
      await on.expectNothingLeft('two');
    });
  });
}
