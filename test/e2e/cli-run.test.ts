import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { floodOf, forever, onEachRuntime } from './cli-harness.js';

onEachRuntime((runtime) => {
  describe('run', () => {
    it("ends with the container's exit code, and keeps stdout and stderr apart", async () => {
      const result = await runtime.run('--rm', runtime.newId(), 'sh', '-c', 'echo out; echo err >&2; exit 7');
      expect(result).toMatchObject({ exitCode: 7, stdout: 'out\n', stderr: 'err\n' });
    });

    it('leaves the stopped task, and with --rm nothing but its events', async () => {
      const [kept, gone] = [runtime.newId(), runtime.newId()];
      expect((await runtime.run(kept, 'true')).exitCode).toBe(0);
      expect((await runtime.run('--rm', gone, 'true')).exitCode).toBe(0);
      expect(await runtime.state(kept)).toMatchObject({ status: 'stopped', exitStatus: 0, certainty: 'observed' });
      expect(await runtime.exists(gone)).toBe(false);
      expect(await runtime.topics(gone)).toEqual([
        '/tasks/create-requested',
        '/tasks/create',
        '/tasks/start-requested',
        '/tasks/start',
        '/tasks/exit',
        '/tasks/delete-requested',
        '/tasks/delete',
      ]);
    });

    it.each([
      ['with --rm', ['--rm']],
      ['without', []],
    ])('gives 127 for no such program, 126 for one that may not run, and leaves nothing: %s', async (_, options) => {
      for (const [program, exitCode] of [
        ['/bin/nope', 127],
        ['/etc/readme', 126],
      ] as const) {
        const id = runtime.newId();
        const result = await runtime.run(...options, id, program);
        expect(result).toMatchObject({
          exitCode,
          stdout: '',
          stderr: expect.stringMatching(/^shiplog: cannot create task/),
        });
        expect(await runtime.exists(id)).toBe(false);
        expect(await runtime.topics(id)).toContainEqual(expect.stringMatching(/-failed$/));
      }
    });

    it('takes environment, folder, user, mounts and a read-only root', async () => {
      const source = join(runtime.host.dir, 'shared');
      await mkdir(source, { recursive: true });
      await writeFile(join(source, 'file'), 'from the host\n');
      const mount = `type=bind,source=${source},target=/data,options=rbind:ro`;
      const process = ['--env', 'A=1', '-e', 'B', '--cwd', '/tmp', '--user', 'guest', '--read-only', '--mount', mount];
      const script = 'echo $A $B; pwd; id -u; cat /data/file; touch /x 2>/dev/null || echo read-only';
      const result = await runtime.host.run(
        ['run', '--rm', ...runtime.flags, ...process, runtime.newId(), '--', 'sh', '-c', script],
        { env: { B: '2' } },
      );
      expect(result).toMatchObject({ exitCode: 0, stdout: '1 2\n/tmp\n405\nfrom the host\nread-only\n' });
    });

    it('runs a bundle, and changes what the command line says otherwise', async () => {
      const bundle = join(runtime.host.dir, `bundle-${runtime.newId()}`);
      await mkdir(bundle);
      execFileSync('runc', ['spec'], { cwd: bundle });
      const config = join(bundle, 'config.json');
      const spec = JSON.parse(await readFile(config, 'utf8'));
      spec.root.path = runtime.host.rootfs;
      spec.process.args = ['echo', 'from the bundle'];
      spec.process.rlimits = [];
      await writeFile(config, JSON.stringify(spec));
      const command = ['run', '--rm', '--runtime', runtime.id, '--bundle', bundle];
      expect(await runtime.host.ok(...command, runtime.newId())).toBe('from the bundle\n');
      expect(await runtime.host.ok(...command, '-e', 'A=1', runtime.newId(), 'sh', '-c', 'echo $A')).toBe('1\n');
    });

    it('lets nothing write to a root that is mounted read-only', async () => {
      const mount = `type=bind,source=${runtime.host.rootfs},target=/,options=rbind:ro`;
      const command = ['run', '--rm', '--runtime', runtime.id, '--mount', mount];
      const result = await runtime.host.run([...command, runtime.newId(), 'touch', '/made']);
      expect(result).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('Read-only file system') });
    });

    it('makes the root file system of mounts, and undoes them', async () => {
      const { host } = runtime;
      const id = runtime.newId();
      const [upper, work] = [join(host.dir, `${id}-upper`), join(host.dir, `${id}-work`)];
      for (const folder of [upper, work]) await mkdir(folder);
      const options = `lowerdir=${host.rootfs}:upperdir=${upper}:workdir=${work}`;
      const mount = `type=overlay,source=overlay,target=/,options=${options}`;
      const script = 'echo new > /made; while :; do sleep 1; done';
      await host.ok('run', '-d', '--runtime', runtime.id, '--mount', mount, id, 'sh', '-c', script);
      expect(await host.json('mounts')).toMatchObject([{ task: id, type: 'overlay', status: 'active' }]);
      expect(await host.ok('mounts')).toContain('overlay');
      expect(await host.ok('exec', id, 'cat', '/made')).toBe('new\n');
      await host.ok('delete', '--force', id);
      expect(await host.json('mounts')).toEqual([]);
      expect([existsSync(join(upper, 'made')), existsSync(join(host.rootfs, 'made'))]).toEqual([true, false]);
    });

    it('keeps what is written away from --rootfs DIR:O, and loses it with the task', async () => {
      const { host } = runtime;
      const id = runtime.newId();
      const script = 'echo new > /made; cat /made /etc/readme; stat -c %a /';
      const result = await host.run([
        'run',
        '--runtime',
        runtime.id,
        '-u',
        'root',
        '--rootfs',
        `${host.rootfs}:O`,
        id,
        'sh',
        '-c',
        script,
      ]);
      expect(result).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^new\nnot a program\n7\d\d\n$/) });
      const [mount] = await host.json<{ target: string }>('mounts');
      expect(existsSync(join(mount?.target ?? '', 'made'))).toBe(true);
      await host.ok('delete', id);
      expect(await host.json('mounts')).toEqual([]);
      expect(existsSync(join(host.rootfs, 'made'))).toBe(false);
    });
  });

  describe('what a container writes', () => {
    it('is printed byte by byte', async () => {
      const bytes = randomBytes(1 << 20);
      await writeFile(join(runtime.host.rootfs, 'data', 'random'), bytes);
      const result = await runtime.run('--rm', runtime.newId(), 'cat', '/data/random');
      expect(result.exitCode).toBe(0);
      expect(result.bytes.equals(bytes)).toBe(true);
    });

    it.each([
      ['no newline at the end', 'printf abc', 'abc'],
      ['a line in two writes', 'printf abc; sleep 0.1; echo def', 'abcdef\n'],
      ['empty lines, zeros, carriage returns', 'printf "\\n\\n\\000a\\r\\n"', '\n\n\0a\r\n'],
      ['nothing', 'true', ''],
    ])('gets nothing added: %s', async (_, script, stdout) => {
      const result = await runtime.run('--rm', runtime.newId(), 'sh', '-c', script);
      expect(result).toMatchObject({ exitCode: 0, stdout, stderr: '' });
    });
  });

  describe('run in the foreground', () => {
    const looping = (setUp: string) => ['sh', '-c', `${setUp}; echo ready; while :; do sleep 0.1; done`];

    it('sends on SIGTERM, and ends with what the container makes of it', async () => {
      const id = runtime.newId();
      const command = runtime.host.spawn([
        'run',
        '--rm',
        ...runtime.flags,
        id,
        ...looping('trap "echo bye; exit 3" TERM'),
      ]);
      await command.printed('ready');
      command.child.kill('SIGTERM');
      expect(await command.result).toMatchObject({ exitCode: 3, stdout: 'ready\nbye\n' });
    });

    it.each([
      ['the task goes on', [], true],
      ['with --rm the task ends', ['--rm'], false],
    ])('stops waiting at the third SIGINT: %s', async (_, options, goesOn) => {
      const id = runtime.newId();
      const command = runtime.host.spawn(['run', ...options, ...runtime.flags, id, ...looping('trap "echo no" INT')]);
      await command.printed('ready');
      command.child.kill('SIGINT');
      await command.printed('no\n');
      command.child.kill('SIGINT');
      await command.printed('no\nno\n');
      command.child.kill('SIGINT');
      expect((await command.result).exitCode).toBe(130);
      expect(await runtime.exists(id)).toBe(goesOn);
      if (goesOn) await runtime.host.ok('delete', '--force', id);
    });

    it('ends quietly when nobody reads any more, and with --rm ends the task', async () => {
      const id = runtime.newId();
      const script = 'while :; do echo y; sleep 0.01; done';
      const command = runtime.host.spawn(['run', '--rm', ...runtime.flags, id, 'sh', '-c', script]);
      await command.printed('y\n');
      command.child.stdout?.destroy();
      expect(await command.result).toMatchObject({ exitCode: 141, stderr: '' });
      expect(await runtime.exists(id)).toBe(false);
    });

    it.each([
      ['the exit is recorded', [], '/tasks/exit'],
      ['with --rm the task is deleted, too', ['--rm'], '/tasks/delete'],
    ])('leaves its work to the monitor when it is killed: %s', async (_, options, last) => {
      const id = runtime.newId();
      // An onlooker: it reads the log, and watches no task.
      const events = runtime.host.spawn(['events', '--follow', '--json', '--task', id]);
      const command = runtime.host.spawn(['run', ...options, ...runtime.flags, id, ...forever]);
      await command.printed('ready');
      command.child.kill('SIGKILL');
      await once(command.child, 'close');
      await runtime.host.ok('kill', id);
      const exit = await events.jsonOf('/tasks/exit');
      expect(exit).toMatchObject({ event: { exitStatus: 137, certainty: 'observed' } });
      expect(exit).not.toMatchObject({ actor: { pid: events.child.pid } });
      if (last === '/tasks/delete') await events.jsonOf(last);
      events.child.kill('SIGTERM');
      await events.result;
      expect((await runtime.topics(id)).at(-1)).toBe(last);
      expect(await runtime.exists(id)).toBe(last === '/tasks/exit');
      if (last === '/tasks/exit') await runtime.host.ok('delete', id);
    });

    it('ends with the exit code of a task that was deleted before all of its output was read', async () => {
      const id = runtime.newId();
      const command = runtime.host.spawn(['run', '--rm', ...runtime.flags, id, 'sh', '-c', `${floodOf(4)}; exit 7`]);
      command.pause();
      await runtime.topicComes(id, '/tasks/exit');
      await runtime.host.ok('delete', id);
      command.resume();
      const { exitCode, bytes, stderr } = await command.result;
      expect({ exitCode, length: bytes.length, stderr }).toEqual({ exitCode: 7, length: 4 << 20, stderr: '' });
    });

    it('leaves nothing to the monitor while it lives', async () => {
      const id = runtime.newId();
      expect((await runtime.run('--rm', id, 'true')).exitCode).toBe(0);
      const events = await runtime.host.json<{ actor: { command: string } }>('events', '--task', id);
      expect(new Set(events.map(({ actor }) => actor.command))).toEqual(new Set([`shiplog run ${id}`]));
    });

    it('is looked at and ended from another terminal', async () => {
      const id = runtime.newId();
      const command = runtime.host.spawn(['run', ...runtime.flags, id, ...looping(':')]);
      await command.printed('ready');
      expect(await runtime.state(id)).toMatchObject({ status: 'running' });
      expect(await runtime.host.ok('logs', id)).toBe('ready\n');
      await runtime.host.ok('kill', id);
      expect((await command.result).exitCode).toBe(137);
      await runtime.host.ok('delete', id);
    });
  });
});
