import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { forever, onEachRuntime } from './cli-harness.js';

onEachRuntime((runtime) => {
  describe('a task, step by step', () => {
    it('is created, started, paused, resumed, updated, killed and deleted', async () => {
      const { host } = runtime;
      const id = runtime.newId();
      expect(await host.ok('create', ...runtime.flags, '--memory', '64m', id, ...forever)).toBe(`${id}\n`);
      const created = await runtime.state(id);
      const { pid } = created;
      expect(created).toEqual({
        id,
        namespace: 'default',
        runtime: runtime.id,
        status: 'created',
        pid: expect.any(Number),
        stdin: '',
        stdout: '',
        stderr: '',
        terminal: false,
      });

      expect(await host.ok('start', id)).toBe('');
      expect(await runtime.state(id)).toMatchObject({ status: 'running', pid });
      expect(await host.ok('state', id)).toContain(`status: running\npid: ${pid}\n`);
      expect(await host.json('ps', id)).toContainEqual(
        expect.objectContaining({ pid, containerPid: 1, execId: '', program: 'sh', tty: '?', user: 'root' }),
      );
      expect(await host.ok('tasks')).toMatch(new RegExp(`^${id} +running +${pid} +${runtime.id}$`, 'm'));

      await host.ok('pause', id);
      expect(await runtime.state(id)).toMatchObject({ status: 'paused' });
      await host.ok('resume', id);
      expect(await runtime.state(id)).toMatchObject({ status: 'running' });
      await host.ok('update', '--memory', '128m', '--pids-limit', '50', id);

      expect(await host.run(['delete', id])).toMatchObject({
        exitCode: 125,
        stderr: expect.stringContaining('--force'),
      });
      await host.ok('kill', id);
      expect(await host.run(['wait', id])).toMatchObject({ exitCode: 137, stdout: '137\n' });
      expect(await runtime.state(id)).toMatchObject({
        status: 'stopped',
        exitStatus: 137,
        exitedAt: expect.any(String),
      });
      expect(await host.json('delete', id)).toMatchObject([{ id, exitStatus: 137, certainty: 'observed' }]);
      expect(await host.run(['delete', id])).toMatchObject({ exitCode: 125 });
    });

    it('is told a signal by its name', async () => {
      const id = await runtime.detach('sh', '-c', 'trap "exit 9" USR1; echo ready; while :; do sleep 0.1; done');
      const logs = runtime.host.spawn(['logs', '--follow', id]);
      await logs.printed('ready');
      await runtime.host.ok('kill', '--signal', 'USR1', id);
      expect((await runtime.host.run(['wait', id])).exitCode).toBe(9);
      expect((await logs.result).exitCode).toBe(0);
    });

    it('is killed with all of its processes', async () => {
      const id = await runtime.detach(...forever);
      await runtime.host.ok('kill', '--all', '-s', '9', id);
      expect((await runtime.host.run(['wait', id])).exitCode).toBe(137);
    });

    it.each(['running', 'paused', 'created', 'stopped'])('is deleted by force when %s', async (status) => {
      const id = runtime.newId();
      await runtime.host.ok('create', ...runtime.flags, id, ...(status === 'stopped' ? ['true'] : forever));
      if (status !== 'created') await runtime.host.ok('start', id);
      if (status === 'paused') await runtime.host.ok('pause', id);
      if (status === 'stopped') await runtime.host.run(['wait', id]);
      await runtime.host.ok('delete', '--force', id);
      expect(await runtime.exists(id)).toBe(false);
    });
  });

  describe('run -d', () => {
    it('prints the ID, and another process waits for the end', async () => {
      const id = runtime.newId();
      const script = 'sleep 0.3; echo done; exit 7';
      expect(await runtime.host.ok('run', '-d', ...runtime.flags, id, 'sh', '-c', script)).toBe(`${id}\n`);
      expect(await runtime.host.run(['wait', id])).toMatchObject({ exitCode: 7, stdout: '7\n' });
      expect(await runtime.host.ok('logs', id)).toBe('done\n');
      const { exitCode, stdout } = await runtime.host.run(['wait', '--json', id]);
      expect({ exitCode, ...JSON.parse(stdout) }).toMatchObject({
        exitCode: 7,
        id,
        exitStatus: 7,
        certainty: 'observed',
      });
    });

    it('has the exit recorded by the monitor when nobody is there', async () => {
      const id = runtime.newId();
      // An onlooker: it reads the log, and watches no task.
      const events = runtime.host.spawn(['events', '--follow', '--json', '--task', id]);
      await runtime.host.ok('run', '-d', ...runtime.flags, id, 'sh', '-c', 'sleep 0.5; exit 7');
      const exit = await events.jsonOf('/tasks/exit');
      expect(exit).toMatchObject({ event: { exitStatus: 7, certainty: 'observed' } });
      expect(exit).not.toMatchObject({ actor: { pid: events.child.pid } });
      events.child.kill('SIGTERM');
      expect((await events.result).exitCode).toBe(143);
      expect(await runtime.state(id)).toMatchObject({ status: 'stopped', exitStatus: 7 });
    });

    it('with --rm deletes the task when it has ended', async () => {
      const id = runtime.newId();
      const events = runtime.host.spawn(['events', '--follow', '--json', '--task', id]);
      await runtime.host.ok('run', '-d', '--rm', ...runtime.flags, id, 'true');
      expect(await events.jsonOf('/tasks/delete')).toMatchObject({ event: { exitStatus: 0 } });
      events.child.kill('SIGTERM');
      await events.result;
      expect(await runtime.exists(id)).toBe(false);
    });
  });

  describe('a signal', () => {
    it.each([
      ['wait', (id: string) => ['wait', id]],
      ['logs --follow', (id: string) => ['logs', '--follow', id]],
    ])('ends %s with 128 + n, and touches no task', async (_, args) => {
      const id = await runtime.detach(...forever);
      const command = runtime.host.spawn(args(id));
      await command.watches();
      command.child.kill('SIGINT');
      expect(await command.result).toMatchObject({ exitCode: 130, stderr: '' });
      expect(await runtime.state(id)).toMatchObject({ status: 'running' });
      await runtime.host.ok('delete', '--force', id);
    });
  });

  describe('logs --follow', () => {
    it('prints what comes until the task has ended', async () => {
      const { host } = runtime;
      const id = await runtime.detach(
        'sh',
        '-c',
        'echo one; trap "echo two; echo err >&2; exit" USR1; while :; do sleep 0.1; done',
      );
      const command = host.spawn(['logs', '--follow', id]);
      await command.printed('one\n');
      expect(await host.ok('logs', id)).toBe('one\n');
      await host.ok('kill', '-s', 'USR1', id);
      expect(await command.result).toMatchObject({ exitCode: 0, stdout: 'one\ntwo\n', stderr: 'err\n' });
    });
  });

  describe('logs', () => {
    it('prints the last lines, by time, with times, and of an exec; and says where output has gone', async () => {
      const { host } = runtime;
      const id = await runtime.detach('sh', '-c', 'seq 1 2000; printf rest; while :; do sleep 1; done');
      const follow = host.spawn(['logs', '--follow', '--tail', '2', id]);
      await follow.printed('rest');
      follow.child.kill('SIGTERM');
      expect(await follow.result).toMatchObject({ exitCode: 143 });
      expect(await host.ok('logs', '--tail', '2', id)).toBe('2000\nrest');
      expect(await host.ok('logs', '--follow', '--until', '0s', id)).toMatch(/^1\n2\n/);
      expect(await host.ok('logs', '--tail', '1', '-t', id)).toMatch(/^\d{4}-\d\d-\d\dT\S{18}Z rest$/);
      expect(await host.ok('logs', '--since', '1h', '--until', '0s', id)).toMatch(/^1\n2\n/);
      expect(await host.ok('logs', '--until', '1h', id)).toBe('');

      const execId = (await host.ok('exec', '-d', id, 'sh', '-c', 'echo from exec; exit 3')).trim();
      expect(await host.ok('logs', '--follow', '--exec', execId, id)).toBe('from exec\n');
      expect(await host.run(['logs', '--exec', 'nope', id])).toMatchObject({
        exitCode: 125,
        stderr: `shiplog: task ${id} has no exec nope; the output of one that was deleted went with it\n`,
      });

      await appendFile(join(host.root, 'plugins', runtime.id, 'default', id, 'output.log'), 'garbage\n');
      expect((await host.run(['logs', id])).stderr).toContain(
        'lines of the log that cannot be read, and are left out: 1',
      );
      await host.ok('delete', '--force', id);
      expect(await host.run(['logs', id])).toMatchObject({
        exitCode: 125,
        stderr: expect.stringMatching(
          /was deleted at \S+Z, and its output with it; its events stay: shiplog events --task/,
        ),
      });
    });
  });

  describe('what was deleted long ago', () => {
    it('is answered for by its events: state and wait, of the task as of an exec', async () => {
      const { host } = runtime;
      const id = await runtime.detach(...forever);
      const execId = (await host.ok('exec', '-d', id, 'sh', '-c', 'exit 3')).trim();
      expect(await host.run(['wait', '--exec', execId, id])).toMatchObject({ exitCode: 3, stdout: '3\n' });
      expect(await host.json('state', '--exec', execId, id)).toMatchObject([{ status: 'stopped', exitStatus: 3 }]);
      await host.ok('delete', '--force', id);
      expect(await host.run(['wait', id])).toMatchObject({ exitCode: 137, stdout: '137\n', stderr: '' });
      expect(await host.run(['wait', '--exec', execId, id])).toMatchObject({ exitCode: 3, stdout: '3\n' });
      const past = { status: 'deleted', certainty: 'observed', exitedAt: expect.stringMatching(/Z$/) };
      expect(await host.json('state', id)).toMatchObject([
        { ...past, id, exitStatus: 137, deletedAt: expect.stringMatching(/Z$/) },
      ]);
      expect(await host.json('state', '--exec', execId, id)).toMatchObject([
        { ...past, id: execId, task: id, exitStatus: 3 },
      ]);
      // The last of that name counts.
      await host.run(['run', '--rm', ...runtime.flags, id, 'sh', '-c', 'exit 5']);
      expect(await host.run(['wait', '--json', id])).toMatchObject({ exitCode: 5 });
      const topics = await runtime.topics(id);
      expect(topics.filter((topic) => topic === '/tasks/rejected')).toEqual([]);
    });

    it('is told from what never was', async () => {
      for (const command of ['wait', 'state']) {
        const { exitCode, stderr } = await runtime.host.run([command, 'never']);
        expect({ exitCode, stderr }).toEqual({
          exitCode: 125,
          stderr: 'shiplog: there never was a task never in namespace default\n',
        });
      }
    });
  });

  describe('several tasks', () => {
    it('are dealt with by one command, whatever becomes of one', async () => {
      const { host } = runtime;
      const polite = await runtime.detach('sh', '-c', 'trap "exit 3" TERM; echo ready; while :; do sleep 0.1; done');
      const stubborn = await runtime.detach('sh', '-c', 'trap "" TERM; echo ready; while :; do sleep 0.1; done');
      for (const id of [polite, stubborn]) {
        const logs = host.spawn(['logs', '--follow', id]);
        await logs.printed('ready');
        logs.child.kill('SIGTERM');
      }
      await host.ok('pause', polite);
      const result = await host.run(['stop', '--time', '1', polite, 'nobody', stubborn]);
      expect(result).toMatchObject({ exitCode: 125, stdout: '' });
      expect(result.stderr).toBe('shiplog: task nobody does not exist; `shiplog tasks` lists those that do\n');
      expect(await host.run(['wait', polite, stubborn])).toMatchObject({ exitCode: 0, stdout: '3\n137\n' });
      await host.ok('stop', polite);
      expect(await host.json('inspect', stubborn, polite)).toMatchObject([{ id: stubborn }, { id: polite }]);
      expect(await host.run(['rm', polite, 'nobody', stubborn])).toMatchObject({ exitCode: 125 });
      expect([await runtime.exists(polite), await runtime.exists(stubborn)]).toEqual([false, false]);
    });

    it('are all of the namespace with --all', async () => {
      const flags = ['-n', 'crowd', 'create', ...runtime.flags];
      const [one, two] = [runtime.newId(), runtime.newId()];
      for (const id of [one, two]) await runtime.host.ok(...flags, id, ...forever);
      await runtime.host.ok('-n', 'crowd', 'start', two);
      await runtime.host.ok('-n', 'crowd', 'pause', '--all');
      const states = await runtime.host.json('-n', 'crowd', 'state', one, two);
      expect(states.map(({ status }) => status)).toEqual(['created', 'paused']);
      await runtime.host.ok('-n', 'crowd', 'rm', '-f', '--all');
      expect(await runtime.host.json('-n', 'crowd', 'ls')).toEqual([]);
    });
  });

  describe('names', () => {
    it('of two who create the same task at once, one wins', async () => {
      const id = runtime.newId();
      const create = () => runtime.host.run(['create', ...runtime.flags, id, 'true']);
      const results = await Promise.all([create(), create(), create()]);
      expect(results.map(({ exitCode }) => exitCode).sort()).toEqual([0, 125, 125]);
      for (const { exitCode, stderr } of results) if (exitCode !== 0) expect(stderr).toContain('already exists');
      await runtime.host.ok('delete', id);
    });

    it('are apart in two namespaces', async () => {
      const { host } = runtime;
      const id = runtime.newId();
      for (const [namespace, code] of [
        ['one', '1'],
        ['two', '2'],
      ] as const) {
        await host.ok('-n', namespace, 'run', '-d', ...runtime.flags, id, 'sh', '-c', `exit ${code}`);
      }
      expect((await host.run(['wait', '-n', 'two', id])).exitCode).toBe(2);
      expect((await host.run(['wait', id], { env: { SHIPLOG_NAMESPACE: 'one' } })).exitCode).toBe(1);
      const all = await host.json('tasks', '--all');
      expect(all.filter((task) => task.id === id).map(({ namespace }) => namespace)).toEqual(['one', 'two']);
      expect((await host.json('tasks')).filter((task) => task.id === id)).toEqual([]);
    });
  });
});
