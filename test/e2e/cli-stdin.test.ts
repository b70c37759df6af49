import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { onEachRuntime } from './cli-harness.js';

onEachRuntime((runtime) => {
  describe('stdin', () => {
    const parrot = ['sh', '-c', 'while read -r line; do echo "got $line"; done; echo end'] as const;

    it('is sent on byte by byte, however much it is, and so is its end', async () => {
      const { host, flags } = runtime;
      const bytes = randomBytes(20 << 20);
      const result = await host.run(['run', '--rm', '-i', ...flags, runtime.newId(), 'cat'], { stdin: bytes });
      expect(result.exitCode).toBe(0);
      expect(result.bytes.equals(bytes)).toBe(true);
      // One that reads no more than it wants ends all the same.
      const first = await host.run(['run', '--rm', '-i', ...flags, runtime.newId(), 'head', '-c', '3'], {
        stdin: bytes,
      });
      expect(first.exitCode).toBe(0);
      expect(first.bytes.equals(bytes.subarray(0, 3))).toBe(true);
      const none = await host.run(['run', '--rm', ...flags, runtime.newId(), 'cat'], { stdin: 'hi' });
      expect(none).toMatchObject({ exitCode: 0, stdout: '' });
    });

    it('of a task in the background stays open while commands come and go', async () => {
      const { host, flags } = runtime;
      const id = runtime.newId();
      await host.ok('run', '-d', '-i', ...flags, id, ...parrot);
      const onlooker = host.spawn(['attach', '--no-stdin', '--sig-proxy=false', id]);
      await onlooker.watches();
      const first = host.spawn(['attach', id], { stdin: 'open' });
      first.child.stdin?.write('one\n');
      await first.printed('got one\n');
      first.child.kill('SIGKILL');
      const second = host.spawn(['attach', id], { stdin: 'two\n' });
      await second.printed('got two\n');
      await onlooker.printed('got one\ngot two\n');
      onlooker.child.kill('SIGINT');
      expect((await onlooker.result).exitCode).toBe(130);
      expect(await runtime.state(id)).toMatchObject({ status: 'running', stdin: 'attach://keep' });

      const exec = await host.run(['exec', '-i', id, 'sh', '-c', 'cat; exit 3'], { stdin: 'to the exec' });
      expect(exec).toMatchObject({ exitCode: 3, stdout: 'to the exec' });
      await host.ok('kill', id);
      expect((await second.result).exitCode).toBe(137);
      const late = await host.run(['attach', id]);
      expect(late).toMatchObject({ exitCode: 125, stderr: expect.stringContaining('it has ended') });
      await host.ok('delete', id);
    });

    it('of a created task is that of its start', async () => {
      const { host, flags } = runtime;
      const id = runtime.newId();
      await host.ok('create', '-i', ...flags, id, ...parrot);
      const result = await host.run(['start', '-a', '-i', id], { stdin: 'hello\n' });
      expect(result).toMatchObject({ exitCode: 0, stdout: 'got hello\nend\n' });
      const again = await host.run(['start', '-a', id]);
      expect(again).toMatchObject({ exitCode: 125, stderr: expect.stringContaining('it is stopped') });
      await host.ok('delete', id);
    });
  });
});
