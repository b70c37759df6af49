import { describe, expect, it } from 'vitest';
import { type Machine, machine, opts } from './harness.js';

function endExec(host: Machine, task: string, execId: string, status: number): void {
  host.backend.execs.get(`${task}/${execId}`)?.end(status);
}

/** A task of that name, from its create to its delete. */
async function live(host: Machine, id: string, status: number, execs: readonly string[] = []): Promise<void> {
  const task = await host.manager.create(id, opts);
  await task.start();
  for (const [index, execId] of execs.entries()) {
    const exec = await task.exec(execId, opts);
    await exec.start();
    endExec(host, id, execId, status + index + 1);
    await exec.wait();
    await exec.delete();
  }
  host.backend.process(id).end(status);
  await task.wait();
  await host.manager.delete(id);
}

describe('A task that was deleted long ago', () => {
  it('has its exit in the log, and so have its execs', async () => {
    await using host = await machine();
    await live(host, 'web', 7, ['shell']);
    await expect(host.manager.get('web')).rejects.toMatchObject({ code: 'not-found' });
    expect(host.manager.exitOf('web')).toMatchObject({ status: 7, certainty: 'observed' });
    expect(host.manager.exitOf('web', 'shell')).toMatchObject({ status: 8, certainty: 'observed' });
    const [past, ...more] = host.manager.history('web');
    expect(more).toEqual([]);
    expect(past).toMatchObject({
      state: { status: 'deleted', exit: { exitStatus: 7 }, deletedAt: expect.stringMatching(/Z$/) },
      execs: { shell: { exit: { exitStatus: 8 }, deletedAt: expect.stringMatching(/Z$/) } },
    });
  });

  it('is the last one of several that had the name', async () => {
    await using host = await machine();
    await live(host, 'web', 1, ['old', 'shell']);
    await live(host, 'web', 10, ['shell']);
    expect(host.manager.exitOf('web').status).toBe(10);
    expect(host.manager.exitOf('web', 'shell').status).toBe(11);
    expect(host.manager.exitOf('web', 'old').status).toBe(2);
    expect(host.manager.history('web').map(({ execs }) => Object.keys(execs))).toEqual([['old', 'shell'], ['shell']]);
  });

  it('has the history that it had at a position', async () => {
    await using host = await machine();
    await live(host, 'web', 7, ['shell']);
    const past = host.manager.history('web');
    const middle = host.log.head();
    await live(host, 'web', 1, ['other']);
    expect(host.manager.history('web', {}, middle)).toEqual(past);
    const [begun] = host.manager.history('web', {}, middle + 2);
    expect(begun).toEqual(past[0]);
    expect(() => host.manager.history('web', {}, 0)).toThrow(
      'there never was a task web in namespace default up to position 0',
    );
  });

  it('is not hidden by a create that failed since', async () => {
    await using host = await machine();
    await live(host, 'web', 7);
    host.backend.on('create', () => {
      throw new Error('no');
    });
    await expect(host.manager.create('web', opts)).rejects.toThrow('no');
    expect(host.manager.state('web').state.status).toBe('absent');
    expect(host.manager.exitOf('web').status).toBe(7);
  });

  it('has the exit of an exec that was deleted with it', async () => {
    await using host = await machine();
    const task = await host.manager.create('web', opts);
    await task.start();
    await (await task.exec('shell', opts)).start();
    endExec(host, 'web', 'shell', 3);
    await (await task.process('shell')).wait();
    host.backend.process('web').end(0);
    await task.wait();
    await host.manager.delete('web');
    expect(host.manager.exitOf('web', 'shell').status).toBe(3);
    expect(host.manager.history('web')[0]?.execs.shell).toMatchObject({ deletedAt: null });
  });
});

describe('A task that is there', () => {
  it('answers for what of it has ended, and for nothing else', async () => {
    await using host = await machine();
    await live(host, 'web', 7, ['old']);
    const task = await host.manager.create('web', opts);
    await task.start();
    await (await task.exec('shell', opts)).start();
    expect(() => host.manager.exitOf('web')).toThrow('task web has not ended: wait for it');
    expect(() => host.manager.exitOf('web', 'shell')).toThrow('exec shell of task web has not ended: wait for it');
    expect(host.manager.exitOf('web', 'old').status).toBe(8);
    endExec(host, 'web', 'shell', 5);
    await (await task.process('shell')).wait();
    expect(host.manager.exitOf('web', 'shell').status).toBe(5);
    host.backend.process('web').end(9);
    await task.wait();
    expect(host.manager.exitOf('web').status).toBe(9);
  });
});

describe('A handle on a task that was deleted', () => {
  it('deletes no later one of its name', async () => {
    await using host = await machine();
    const task = await host.manager.create('web', opts);
    await task.delete();
    await host.manager.create('web', opts);
    await expect(task.delete()).rejects.toMatchObject({ code: 'not-found' });
    expect(await (await host.manager.get('web')).state()).toMatchObject({ status: 'created' });
  });

  it('waits for its own exit, and never gives that of the next task of that name (P4)', async () => {
    await using host = await machine();
    const first = await host.manager.create('web', opts);
    await first.start();
    host.backend.process('web').end(3);
    await first.wait();
    const handle = await host.manager.get('web');
    await host.manager.delete('web');
    await live(host, 'web', 7);
    expect(await handle.wait()).toMatchObject({ status: 3 });
  });
});

describe('What never was', () => {
  it('is told from what was not made', async () => {
    await using host = await machine();
    const notFound = (message: string) => expect.objectContaining({ code: 'not-found', message });
    expect(() => host.manager.exitOf('none')).toThrow(notFound('there never was a task none in namespace default'));
    host.backend.on('create', () => {
      throw new Error('no');
    });
    await expect(host.manager.create('web', opts)).rejects.toThrow('no');
    const message =
      'there never was a task web in namespace default; `shiplog events --task web` tells who asked for it';
    expect(() => host.manager.exitOf('web')).toThrow(notFound(message));
    expect(() => host.manager.history('web')).toThrow(notFound(message));
    expect(() => host.manager.exitOf('../x')).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });

  it('is told of an exec as well', async () => {
    await using host = await machine();
    await live(host, 'web', 7);
    expect(() => host.manager.exitOf('web', 'constructor')).toThrow('exec constructor does not exist in task web');
  });
});
