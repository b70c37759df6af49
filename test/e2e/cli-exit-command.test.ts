/** What a monitor runs when its task has ended: it is for that task, and for no later one of its name. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { forever, onEachRuntime } from './cli-harness.js';

const flag = '--exit-command-arg=';

onEachRuntime((runtime) => {
  it('ends at once where the task has gone, and its name to another', async () => {
    const { host } = runtime;
    const id = runtime.newId();
    await host.ok('run', '-d', '--rm', ...runtime.flags, id, ...forever);
    const folder = join(host.state, runtime.id, 'default', id, '.shiplog');
    const record = JSON.parse(readFileSync(join(folder, 'record.json'), 'utf8')) as { monitor: { pid: number } };
    const args = readFileSync(`/proc/${record.monitor.pid}/cmdline`, 'utf8').split('\0');
    const command = args.filter((arg) => arg.startsWith(flag)).map((arg) => arg.slice(flag.length));
    expect(command).toContain('--rm');

    // As of a monitor whose own folder is not this task's.
    const elsewhere = promisify(execFile)(process.execPath, command, { cwd: host.dir });
    await expect(elsewhere).rejects.toMatchObject({ stderr: expect.stringContaining('has not ended') });
    expect(await runtime.state(id)).toMatchObject({ status: 'running' });

    const its = spawn(process.execPath, command, { cwd: folder, stdio: 'ignore' });
    const ended = once(its, 'close');
    await host.ok('kill', '--signal', 'KILL', id);
    expect(await ended).toEqual([137, null]);
    expect(await runtime.exists(id)).toBe(false);
    expect((await runtime.topics(id)).filter((topic) => topic === '/tasks/delete')).toHaveLength(1);
  });
});
