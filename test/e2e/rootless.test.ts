/** The command line as a user who is not root runs it: nobody that the host knows, so that he has no IDs but his own. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { chown } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { onEachRuntime } from './cli-harness.js';

const program = fileURLToPath(new URL('../../bin/shiplog', import.meta.url));
const id = 54_321;

onEachRuntime((runtime) => {
  describe('without root', () => {
    let env: NodeJS.ProcessEnv;

    const run = (...args: readonly string[]) => runIn(env, ...args);
    const runIn = (environment: NodeJS.ProcessEnv, ...args: readonly string[]) => {
      const options = { env: environment, uid: id, gid: id, encoding: 'utf8' } as const;
      const { status, stdout, stderr } = spawnSync(program, args, options);
      return { exitCode: status, stdout, stderr };
    };
    const flags = (...more: readonly string[]) => ['--runtime', runtime.id, '--rootfs', runtime.host.rootfs, ...more];

    beforeEach(async (context) => {
      if (process.getuid?.() !== 0) context.skip('it needs root, to become somebody else');
      const home = join(runtime.host.dir, `home-${runtime.newId()}`);
      mkdirSync(home);
      await chown(home, id, id);
      // What lies on the way to the root file system lets others through.
      chmodSync(runtime.host.dir, 0o711);
      env = { PATH: process.env.PATH, XDG_DATA_HOME: home, XDG_RUNTIME_DIR: home };
      const plugins = run('plugins', '--json');
      if (plugins.exitCode !== 0) context.skip(`this checkout is not for others to run: ${plugins.stderr}`);
      const report = plugins.stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as { id: string; status: string; reason?: string; notes: string[] })
        .find((each) => each.id === runtime.id);
      if (report?.status !== 'ok') context.skip(`${report?.reason}`);
      expect(report?.notes.join('\n')).toMatch(/not root: containers run in a user namespace.*\n.*no cgroups/);
    });

    it('who has no home, either, is told what to do where one is needed', () => {
      expect(runIn({ PATH: env.PATH }, 'version', '--json')).toMatchObject({ exitCode: 0, stderr: '' });
      const { exitCode, stderr } = runIn({ PATH: env.PATH }, 'tasks');
      expect(stderr).toBe(`shiplog: user ${id} has no home for its log: give --root or SHIPLOG_ROOT, or set HOME\n`);
      expect(exitCode).toBe(125);
    });

    it('a container runs, and root in it is who started it', () => {
      const script = 'id -u; cat /proc/self/uid_map; touch /proc/1/x; exit 3';
      const { exitCode, stdout } = run('run', '--rm', ...flags(), 'hello', 'sh', '-c', script);
      expect(stdout).toMatch(new RegExp(`^0\\n +0 +${id} +1\\n`));
      expect(exitCode).toBe(3);
    });

    it('a task is looked into, listed, killed as a whole, and deleted', () => {
      expect(run('run', '-d', ...flags(), 'long', 'sh', '-c', 'sleep 1000 & sleep 1000')).toMatchObject({
        exitCode: 0,
      });
      expect(run('exec', 'long', 'sh', '-c', 'id -u; exit 4')).toMatchObject({ exitCode: 4, stdout: '0\n' });
      const pids = run('ps', '--json', 'long').stdout.split('\n').filter(Boolean);
      expect(pids.length).toBeGreaterThanOrEqual(2);
      expect(run('delete', '--force', 'long')).toMatchObject({ exitCode: 0 });
      expect(run('tasks', '--json').stdout).toBe('');
    });

    it('what takes a cgroup, or other users, is refused with what to do', () => {
      expect(run('run', '--memory', '64m', ...flags(), 'a', 'true')).toMatchObject({
        exitCode: 125,
        stderr: expect.stringMatching(/cannot limit memory of task a.*leave the limits out, or run as root/),
      });
      expect(run('run', '--user', '5', ...flags(), 'b', 'true')).toMatchObject({
        exitCode: 125,
        stderr: expect.stringMatching(/user 5 is not one of the container's user namespace.*\/etc\/subuid/),
      });
      expect(run('create', ...flags(), 'c', 'true')).toMatchObject({ exitCode: 0 });
      expect(run('update', '--memory', '64m', 'c').stderr).toMatch(/cannot update task c.*has no cgroup/);
      expect(run('delete', 'c')).toMatchObject({ exitCode: 0 });
    });
  });
});
