import { execFile } from 'node:child_process';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { onEachRuntime } from './cli-harness.js';

const counter = ['sh', '-c', 'i=0; while :; do echo $i; i=$((i+1)); sleep 0.2; done'];

/** What a command line says where CRIU does not work, or the runtime was not built for it; undefined where both do. */
async function whyNot(runtime: string): Promise<string | undefined> {
  try {
    await promisify(execFile)('criu', ['check']);
    const { stdout } = await promisify(execFile)(runtime, ['--version']);
    return runtime === 'crun' && !stdout.includes('+CRIU') ? 'crun was built without CRIU' : undefined;
  } catch (error) {
    return `criu check: ${error instanceof Error ? error.message : String(error)}`;
  }
}

onEachRuntime((runtime) => {
  describe('checkpoint and restore', () => {
    it('a task ends, and another goes on from there, as any other task', async (context) => {
      const why = await whyNot(runtime.id.includes('crun') ? 'crun' : 'runc');
      if (why !== undefined) context.skip(why);
      const { host } = runtime;
      const [id, next] = [runtime.newId(), runtime.newId()];
      const path = join(host.dir, `images-${id}`);
      await host.ok('run', '-d', ...runtime.flags, id, ...counter);
      const follow = host.spawn(['logs', '--follow', id]);
      await follow.printed('3\n');
      expect(await host.ok('checkpoint', '--image-path', path, id)).toBe(`${path}\n`);
      expect((await follow.result).exitCode).toBe(0);
      expect(await runtime.state(id)).toMatchObject({ status: 'stopped', exitStatus: 137, certainty: 'observed' });
      expect((await runtime.topics(id)).slice(-3)).toEqual([
        '/tasks/checkpoint-requested',
        '/tasks/checkpointed',
        '/tasks/exit',
      ]);
      expect((await stat(path)).mode & 0o777).toBe(0o700);

      const taken = await host.run(['restore', '-d', '--image-path', path, id]);
      expect(taken).toMatchObject({ exitCode: 125, stderr: expect.stringContaining('delete it first') });
      const restored = host.spawn(['restore', '--rm', '--image-path', path, next]);
      await restored.printed('6\n');
      expect(await host.ok('exec', next, 'echo', 'in')).toBe('in\n');
      await host.ok('checkpoint', '--leave-running', '--image-path', `${path}-2`, next);
      await host.ok('kill', next);
      const { exitCode, stdout } = await restored.result;
      expect(exitCode).toBe(137);
      expect(Number(stdout.split('\n')[0])).toBeGreaterThanOrEqual(3);
      expect((await runtime.topics(next)).at(-1)).toBe('/tasks/delete');
      await host.ok('delete', id);
      expect(await host.ok('restore', '-d', '--image-path', `${path}-2`, id)).toBe(`${id}\n`);
      expect(await runtime.state(id)).toMatchObject({ status: 'running' });
      await host.ok('delete', '--force', id);
    });

    it('says in CRIU’s words why there are none, and what else is wrong', async () => {
      const { host } = runtime;
      const id = runtime.newId();
      const bin = join(host.dir, `bin-${id}`);
      await mkdir(bin);
      await writeFile(join(bin, 'criu'), '#!/bin/sh\necho "Error (criu/vdso.c:1): vdso: none" >&2; exit 1\n', {
        mode: 0o755,
      });
      const env = { PATH: `${bin}:${process.env.PATH}` };
      await host.ok('run', '-d', ...runtime.flags, id, ...counter);
      const refused = async (...args: readonly string[]) => {
        const { exitCode, stdout, stderr } = await host.run(args, { env });
        expect({ exitCode, stdout }).toEqual({ exitCode: 125, stdout: '' });
        return stderr;
      };
      expect(await refused('checkpoint', '--image-path', join(host.dir, 'none'), id)).toMatch(
        /checkpoints and restores do not work here: (.*criu check says: vdso: none|crun was built without CRIU)/,
      );
      expect((await runtime.topics(id)).at(-1)).toBe('/tasks/checkpoint-failed');
      await expect(stat(join(host.dir, 'none'))).rejects.toThrow('ENOENT');
      expect(await refused('checkpoint', '--image-path', bin, id)).toContain('is there already: name another folder');
      expect(await refused('checkpoint', 'nobody')).toContain('task nobody does not exist');
      expect(await refused('restore', '--image-path', bin, `${id}-2`)).toContain('there is no task.json in it');
      expect(await runtime.topics(`${id}-2`)).toEqual(['/tasks/rejected']);
      expect(await runtime.state(id)).toMatchObject({ status: 'running' });
      await host.ok('delete', '--force', id);
    });
  });
});
