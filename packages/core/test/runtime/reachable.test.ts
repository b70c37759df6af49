import { describe, expect, it } from 'vitest';
import type { Process } from '../../src/runtime/platform-runtime.js';
import { machine, opts, spec } from './harness.js';

/** What concerns input and output alone. */
const calls: readonly (readonly [string, (process: Process) => Promise<unknown>])[] = [
  ['attach', (process) => process.attach()],
  ['resizePty', (process) => process.resizePty({ width: 80, height: 24 })],
  ['closeIO', (process) => process.closeIO()],
];

describe.each(calls)('%s', (name, call) => {
  // The backend in memory answers the one thing, and only counts the others.
  const reached = name === 'attach' ? { code: 'not-implemented' } : undefined;
  const expectReached = async (process: Process) => {
    const answer = await call(process).catch((error) => error);
    if (reached) expect(answer).toMatchObject(reached);
    else expect(answer).toBeUndefined();
  };

  it('reaches what is created and what runs, and leaves nothing in the log', async () => {
    await using host = await machine();
    const task = await host.manager.create('web', opts);
    const exec = await task.exec('one', { spec });
    const before = host.topics('web');
    for (const process of [task, exec]) await expectReached(process);
    expect(host.topics('web')).toEqual(before);
    await task.start();
    await exec.start();
    for (const process of [task, exec]) await expectReached(process);
  });

  it('is refused by what has ended, and by what is not there', async () => {
    await using host = await machine();
    const task = await host.manager.create('web', opts);
    await task.start();
    const exec = await task.exec('one', { spec });
    await exec.start();
    await exec.kill(9);
    await exec.wait();
    await expect(call(exec)).rejects.toMatchObject({ code: 'failed-precondition' });
    await exec.delete();
    await expect(call(exec)).rejects.toMatchObject({ code: 'not-found' });
    await task.kill(9);
    await task.wait();
    await expect(call(task)).rejects.toMatchObject({ code: 'failed-precondition' });
    await host.manager.delete('web');
    await expect(call(task)).rejects.toMatchObject({ code: 'not-found' });
    await host.manager.create('web', opts);
    await expect(call(task)).rejects.toMatchObject({ code: 'not-found' });
  });
});
