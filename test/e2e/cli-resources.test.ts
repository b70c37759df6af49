import { describe, expect, it } from 'vitest';
import { forever, onEachRuntime } from './cli-harness.js';
import { Terminal, terminalMissing } from './terminal.js';

onEachRuntime((runtime) => {
  describe('a want of memory', () => {
    it('is an event while the task lives on, and told apart from another SIGKILL', async () => {
      const { host } = runtime;
      const id = runtime.newId();
      const events = host.spawn(['events', '--follow', '--json', '--task', id]);
      const script = '(tail /dev/zero); echo survived; exec sleep 1000';
      const run = host.spawn([
        'run',
        ...runtime.flags,
        '--memory',
        '16m',
        '--memory-swap',
        '16m',
        id,
        'sh',
        '-c',
        script,
      ]);
      await run.printed('survived');
      await events.jsonOf('/tasks/oom');
      events.child.kill('SIGTERM');
      await events.result;
      expect(await runtime.state(id)).toMatchObject({ status: 'running', oomKilled: true });
      expect(await host.ok('tasks')).toMatch(new RegExp(`^${id} +running +\\d+ +oom `, 'm'));
      await host.ok('kill', id);
      expect(await run.result).toMatchObject({ exitCode: 137, stderr: expect.stringContaining('for want of memory') });
      expect((await host.run(['wait', id])).stderr).toContain('for want of memory');
      const killed = await runtime.detach(...forever);
      await host.ok('kill', killed);
      expect(await host.run(['wait', killed])).toMatchObject({ exitCode: 137, stderr: '' });
      await host.ok('delete', id, killed);
    });
  });

  describe('stats', () => {
    it('shows once what a task uses, and ends with tasks that end', async () => {
      const { host } = runtime;
      const id = runtime.newId();
      await host.ok('run', '-d', ...runtime.flags, '--memory', '64m', id, ...forever);
      expect(await host.ok('stats', '--no-stream', '-i', '0.1', id)).toMatch(
        new RegExp(`^TASK .*MEM USAGE / LIMIT.*PIDS\\n${id} +\\d+\\.\\d\\d% .* / 64MiB .*\\d\\n$`),
      );
      const [sample] = await host.json('stats', '--no-stream', '-i', '0.1', id);
      expect(sample).toMatchObject({
        id,
        status: 'running',
        cpuPercent: expect.any(Number),
        memoryLimit: 64 * 2 ** 20,
        metrics: { memory: { usage: expect.anything() } },
      });
      const stream = host.spawn(['stats', '--json', '-i', '0.1', id]);
      await stream.printed(`{"id":"${id}"`);
      await host.ok('delete', '--force', id);
      expect((await stream.result).exitCode).toBe(0);
      expect(await host.run(['stats', '--no-stream', id])).toMatchObject({ exitCode: 125 });
    });

    it('draws a table in its place on a terminal, and leaves it as it was', async ({ skip }) => {
      if (terminalMissing !== undefined) skip(terminalMissing);
      const { host } = runtime;
      const id = await runtime.detach(...forever);
      await using terminal = await Terminal.open(host);
      const settings = await terminal.settings();
      await terminal.line('shiplog stats -i 0.2; echo "code $?"');
      await terminal.shows(/^TASK +CPU %/m);
      await host.ok('pause', id);
      // Many pictures later there is one title and one line of the task.
      await terminal.shows(new RegExp(`PIDS\\n${id} +0\\.00% [^\\n]*$`));
      await terminal.press('C-c');
      await terminal.shows(/code 130\nhost>$/);
      await terminal.hasSettings(settings);
      await host.ok('delete', '--force', id);
    });
  });
});
