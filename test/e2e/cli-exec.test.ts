import { beforeEach, describe, expect, it } from 'vitest';
import { floodOf, forever, onEachRuntime } from './cli-harness.js';

onEachRuntime((runtime) => {
  describe('exec', () => {
    let id: string;
    beforeEach(async () => {
      id = runtime.newId();
      await runtime.host.ok('run', '-d', ...runtime.flags, '--env', 'A=1', id, ...forever);
      return () => runtime.host.run(['delete', '--force', id]);
    });

    it("runs in the task, with its environment, and ends with the command's exit code", async () => {
      const result = await runtime.host.run(['exec', id, 'sh', '-c', 'echo $A; echo err >&2; exit 7']);
      expect(result).toMatchObject({ exitCode: 7, stdout: '1\n', stderr: 'err\n' });
    });

    it('takes environment, folder and user', async () => {
      const flags = ['--env', 'B=2', '--cwd', '/tmp', '--user', '405:100'];
      const result = await runtime.host.run(['exec', ...flags, id, '--', 'sh', '-c', 'echo $A $B; pwd; id -u']);
      expect(result).toMatchObject({ exitCode: 0, stdout: '1 2\n/tmp\n405\n' });
    });

    it('gives 127 and 126 as run does, and leaves nothing', async () => {
      expect(await runtime.host.run(['exec', id, '/bin/nope'])).toMatchObject({ exitCode: 127, stdout: '' });
      expect(await runtime.host.run(['exec', id, '/etc/readme'])).toMatchObject({ exitCode: 126, stdout: '' });
      expect(await runtime.topics(id)).toContain('/tasks/exec-start-failed');
      expect((await runtime.topics(id)).at(-1)).toBe('/tasks/delete');
      expect(await runtime.state(id)).toMatchObject({ status: 'running' });
    });

    it('sends on a signal', async () => {
      const script = 'trap "exit 4" TERM; echo ready; while :; do sleep 0.1; done';
      const command = runtime.host.spawn(['exec', id, 'sh', '-c', script]);
      await command.printed('ready');
      command.child.kill('SIGTERM');
      expect((await command.result).exitCode).toBe(4);
    });

    it('goes on in the background with -d', async () => {
      const execId = (await runtime.host.ok('exec', '-d', id, 'sleep', '1000')).trim();
      expect(await runtime.host.json('ps', id)).toContainEqual(expect.objectContaining({ execId, program: 'sleep' }));
    });

    it("ends with the command's exit code though the task was deleted before all of the output was read", async () => {
      const command = runtime.host.spawn(['exec', id, 'sh', '-c', `${floodOf(4)}; exit 7`]);
      command.pause();
      await runtime.topicComes(id, '/tasks/exit');
      await runtime.host.ok('delete', '--force', id);
      command.resume();
      const { exitCode, bytes, stderr } = await command.result;
      expect({ exitCode, length: bytes.length, stderr }).toEqual({ exitCode: 7, length: 4 << 20, stderr: '' });
    });

    it('works from several terminals at once', async () => {
      const exec = (n: number) => runtime.host.run(['exec', id, 'sh', '-c', `echo ${n}; exit ${n}`]);
      const results = await Promise.all([exec(1), exec(2), exec(3)]);
      expect(results.map(({ exitCode, stdout }) => [exitCode, stdout])).toEqual([
        [1, '1\n'],
        [2, '2\n'],
        [3, '3\n'],
      ]);
    });

    it('is refused in a paused task', async () => {
      await runtime.host.ok('pause', id);
      const result = await runtime.host.run(['exec', id, 'true']);
      expect(result).toMatchObject({ exitCode: 125, stderr: expect.stringContaining('it is paused; resume it first') });
    });
  });
});
