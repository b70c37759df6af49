import { describe, expect, it } from 'vitest';
import { proveInclusion } from '../../src/audit/proofs.js';
import type { Receipt } from '../../src/kernel/call-context.js';
import { InvalidArgumentError } from '../../src/kernel/errors.js';
import { configHash, machine, opts } from './harness.js';

describe('TaskManager puts the log around a backend', () => {
  it('records each effect between its request and its outcome (P3), and facts in order (P2)', async () => {
    await using host = await machine();
    const task = await host.manager.create('web', opts);
    await task.start();
    await task.pause();
    await task.resume();
    await task.update(opts.spec);
    await task.kill(15);
    expect(await task.wait()).toMatchObject({ status: 143, certainty: 'observed' });
    await host.manager.delete('web');
    const topics = host.topics('web');
    // The exit comes by itself: before or after the kill's outcome.
    expect(topics.filter((topic) => topic !== '/tasks/signalled')).toEqual([
      '/tasks/create-requested',
      '/tasks/create',
      '/tasks/start-requested',
      '/tasks/start',
      '/tasks/pause-requested',
      '/tasks/paused',
      '/tasks/resume-requested',
      '/tasks/resumed',
      '/tasks/update-requested',
      '/tasks/updated',
      '/tasks/kill-requested',
      '/tasks/exit',
      '/tasks/delete-requested',
      '/tasks/delete',
    ]);
    expect(topics).toContain('/tasks/signalled');
  });

  it('gives a receipt of each event that a call puts into the log, before it returns (P1)', async () => {
    await using host = await machine();
    const receipts: Receipt[] = [];
    const context = { onReceipt: (receipt: Receipt) => void receipts.push(receipt) };
    const types = () => receipts.splice(0).map(({ type }) => type);
    const task = await host.manager.create('web', opts, context);
    const { position, leafHash } = receipts.at(-1) as Receipt;
    expect(receipts.at(-1)).toMatchObject({ namespace: 'default', task: 'web', origin: host.log.origin });
    expect(proveInclusion(host.log, position)).toMatchObject({ leafHash });
    expect(types()).toEqual(['/tasks/create-requested', '/tasks/create']);
    await task.start(context);
    expect(types()).toEqual(['/tasks/start-requested', '/tasks/start']);
    await task.pause(context);
    await expect(task.exec('one', { spec: opts.spec }, context)).rejects.toThrow('paused');
    await task.resume(context);
    expect(types()).toEqual([
      '/tasks/pause-requested',
      '/tasks/paused',
      '/tasks/rejected',
      '/tasks/resume-requested',
      '/tasks/resumed',
    ]);
    await task.kill(15, {}, context);
    await task.wait(context);
    expect(types()).toEqual(expect.arrayContaining(['/tasks/kill-requested', '/tasks/signalled']));
    await host.manager.delete('web', context);
    expect(types()).toEqual(['/tasks/delete-requested', '/tasks/delete']);
  });

  it('whatever who gets them does with them', async () => {
    await using host = await machine();
    const onReceipt = () => {
      throw new Error('no room for receipts');
    };
    await host.manager.create('web', opts, { onReceipt });
    expect(host.topics('web')).toEqual(['/tasks/create-requested', '/tasks/create']);
  });

  it('says who asked, and what led to what', async () => {
    await using host = await machine();
    const asked = { user: 'ada', ticket: 'CHG-7', command: 'deploy', argv: ['deploy', 'web'], requestId: 'ticket-7' };
    await host.manager.create('web', opts, { actor: asked });
    const [requested, created] = [...host.log.readStream({ namespace: 'default', task: 'web' })];
    expect(requested).toMatchObject({
      runtime: 'io.containerd.faulty.v1',
      runtimeVersion: '1.2.3',
      runtimeConfig: configHash,
      correlationId: 'ticket-7',
      causation: 0,
      actor: { ...asked, uid: process.getuid?.(), gid: process.getgid?.(), pid: process.pid },
    });
    const { argv: _inTheRequest, ...actor } = asked;
    expect(created).toMatchObject({ correlationId: 'ticket-7', causation: requested?.position, actor });
    expect(created?.actor).not.toHaveProperty('argv');
  });

  it('keeps of an embedding program the program alone: any other word may be a secret', async () => {
    await using host = await machine();
    const { argv } = process;
    process.argv = ['/usr/bin/node', '/srv/app.js', '--password', 'secret'];
    try {
      await host.manager.create('web', opts);
    } finally {
      process.argv = argv;
    }
    const [requested] = [...host.log.read()];
    expect(requested?.actor.argv).toEqual(['/usr/bin/node', '/srv/app.js', '...']);
    expect(requested?.actor).not.toHaveProperty('ticket');
  });

  it('keeps no more of a command line than fits into every request', async () => {
    await using host = await machine();
    const argv = ['rm', 'x'.repeat(10_000), ...Array.from({ length: 1_000 }, String)];
    await host.manager.create('web', opts, { actor: { argv } });
    const [requested] = [...host.log.read()];
    expect(requested?.actor.argv).toHaveLength(65);
    expect(requested?.actor.argv?.[1]).toBe(`${'x'.repeat(256)}...`);
    expect(requested?.actor.argv?.at(-1)).toBe('...');
  });

  it('keeps the spec as a blob, under its hash', async () => {
    await using host = await machine();
    await host.manager.create('web', opts);
    const { state } = host.manager.state('web');
    if (state.status !== 'created') throw new Error(state.status);
    expect(Buffer.from(host.log.blob(state.spec.sha256))).toEqual(opts.spec.value);
  });

  it('records the exit of a process that ends before its start has returned after the start (P2)', async () => {
    await using host = await machine();
    const task = await host.manager.create('quick', opts);
    host.backend.on('start', async () => {
      host.backend.process('quick').end(3);
      // Time for the watcher to see the exit and to be held back by `decide`.
      await new Promise((resolve) => setImmediate(resolve));
    });
    await task.start();
    expect(await task.wait()).toMatchObject({ status: 3 });
    expect(host.topics('quick').slice(-3)).toEqual(['/tasks/start-requested', '/tasks/start', '/tasks/exit']);
  });

  it('records a failure with its cause, and leaves nothing half done', async () => {
    await using host = await machine();
    host.backend.on('create', () => {
      throw new Error('no such program');
    });
    await expect(host.manager.create('web', opts)).rejects.toThrow('no such program');
    expect(host.topics('web')).toEqual(['/tasks/create-requested', '/tasks/create-failed']);
    expect(host.backend.processes.size).toBe(0);
    await expect(host.manager.get('web')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('gives the name free again after a failure and after a delete, in the same stream', async () => {
    await using host = await machine();
    await host.manager.create('web', opts);
    await host.manager.delete('web');
    await host.manager.create('web', opts);
    const versions = [...host.log.readStream({ namespace: 'default', task: 'web' })].map(({ version }) => version);
    expect(versions).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('deletes what was never started, with the exit in front of the delete (P2)', async () => {
    await using host = await machine();
    await host.manager.create('web', opts);
    expect(await host.manager.delete('web')).toMatchObject({ status: 137 });
    expect(host.topics('web').slice(-3)).toEqual(['/tasks/delete-requested', '/tasks/exit', '/tasks/delete']);
  });

  it('answers wait of a task that was deleted meanwhile', async () => {
    await using host = await machine();
    const task = await host.manager.create('web', opts);
    await task.start();
    const waiting = task.wait();
    host.backend.process('web').end(4);
    await task.wait();
    await host.manager.delete('web');
    await host.manager.create('web', opts);
    expect(await waiting).toMatchObject({ status: 4 });
    expect(await task.wait()).toMatchObject({ status: 4 });
  });

  it('does not meet a task of the same name in another namespace', async () => {
    await using host = await machine();
    await host.manager.create('web', opts, { namespace: 'one' });
    await expect(host.manager.get('web', { namespace: 'two' })).rejects.toMatchObject({ code: 'not-found' });
    expect(host.manager.states({}, { namespace: 'two' })).toEqual([]);
    expect(host.manager.states({ all: true })).toHaveLength(1);
  });
});

describe('Refused commands', () => {
  it.each([
    ['start of a task that is not there', 'not-found', async (host) => (await host.manager.task('none')).start()],
    ['create of one that is there', 'already-exists', (host) => host.manager.create('web', opts)],
    [
      'create on a runtime that is not known',
      'not-found',
      (host) => host.manager.create('new', { ...opts, runtime: 'io.containerd.none.v1' }),
    ],
    [
      'create on a runtime that is disabled',
      'not-found',
      (host) => host.manager.create('new', { ...opts, runtime: 'io.containerd.absent.v1' }),
    ],
    ['pause before the start', 'failed-precondition', async (host) => (await host.manager.task('web')).pause()],
    ['an exec ID in use', 'already-exists', async (host) => (await host.manager.get('web')).exec('shell', opts)],
    ['an ID that is none', 'invalid-argument', (host) => host.manager.create('../x', opts)],
    ['a namespace that is none', 'invalid-argument', (host) => host.manager.create('x', opts, { namespace: '-n' })],
  ] as [string, string, (host: Awaited<ReturnType<typeof machine>>) => Promise<unknown>][])(
    '%s is %s, and stands in the log',
    async (_name, code, attempt) => {
      await using host = await machine();
      await (await host.manager.create('web', opts)).exec('shell', opts);
      const before = host.log.head();
      await expect(attempt(host)).rejects.toMatchObject({ code });
      const [rejected, ...more] = [...host.log.read({ after: before })];
      expect(rejected).toMatchObject({ type: '/tasks/rejected', event: { code } });
      expect(more).toEqual([]);
    },
  );

  it('include what an embedding program refuses by itself', async () => {
    await using host = await machine();
    await host.manager.refuse('CreateTask', 'web', new InvalidArgumentError('no such user'));
    expect([...host.log.read()]).toMatchObject([
      { type: '/tasks/rejected', task: 'web', event: { command: 'CreateTask', message: 'no such user' } },
    ]);
  });

  it('names the runtimes that there are, and why one is not', async () => {
    await using host = await machine();
    await expect(host.manager.create('new', { ...opts, runtime: 'io.containerd.none.v1' })).rejects.toThrow(
      'runtime io.containerd.none.v1 is not known; the known ones are: io.containerd.faulty.v1',
    );
    await expect(host.manager.create('new', { ...opts, runtime: 'io.containerd.absent.v1' })).rejects.toThrow(
      'its binary is not installed',
    );
  });
});

describe('Execs', () => {
  it('are added, started, end and go, each recorded', async () => {
    await using host = await machine();
    const task = await host.manager.create('web', opts);
    await task.start();
    const exec = await task.exec('shell', opts);
    expect(await exec.state()).toMatchObject({ status: 'created', pid: 0 });
    await exec.start();
    expect(await exec.state()).toMatchObject({ status: 'running' });
    host.backend.execs.get('web/shell')?.end(9);
    expect(await exec.wait()).toMatchObject({ status: 9 });
    expect(await exec.delete()).toMatchObject({ status: 9 });
    expect(host.topics('web').slice(4)).toEqual([
      '/tasks/exec-requested',
      '/tasks/exec-added',
      '/tasks/exec-start-requested',
      '/tasks/exec-started',
      '/tasks/exit',
      '/tasks/delete-requested',
      '/tasks/delete',
    ]);
    await expect(task.process('shell')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('that end with their task have their exits in front of its delete (P2)', async () => {
    await using host = await machine();
    const task = await host.manager.create('web', opts);
    await task.start();
    const exec = await task.exec('shell', opts);
    await exec.start();
    host.backend.process('web').end(0);
    await task.wait();
    host.backend.execs.get('web/shell')?.end(137);
    await host.manager.delete('web');
    expect(host.topics('web').slice(-4)).toContain('/tasks/exit');
    expect(await exec.wait()).toMatchObject({ status: 137, certainty: 'observed' });
  });
});

describe('Root file system mounts', () => {
  const mount = { type: 'test', source: '/nowhere', target: '', options: [] };

  it('are effects of their own, inside the create and the delete (P3)', async () => {
    await using host = await machine({
      handlers: [{ types: ['test'], mount: async () => undefined, unmount: async () => 'unmounted' as const }],
    });
    await host.manager.create('web', { ...opts, rootfs: [mount] });
    expect(Object.values(host.manager.state('web').state.mounts)).toMatchObject([
      { status: 'active', mounts: [mount] },
    ]);
    await host.manager.delete('web');
    // The exit comes by itself, anywhere before the delete.
    expect(host.topics('web').filter((topic) => topic !== '/tasks/exit')).toEqual([
      '/tasks/create-requested',
      '/mounts/activate-requested',
      '/mounts/activated',
      '/tasks/create',
      '/tasks/delete-requested',
      '/mounts/deactivate-requested',
      '/mounts/deactivated',
      '/tasks/delete',
    ]);
    expect(host.manager.state('web').state.mounts).toEqual({});
  });

  it('that cannot be made fail the create, with their own cause', async () => {
    await using host = await machine();
    await expect(host.manager.create('web', { ...opts, rootfs: [mount] })).rejects.toMatchObject({
      code: 'invalid-argument',
    });
    expect(host.topics('web')).toEqual([
      '/tasks/create-requested',
      '/mounts/activate-requested',
      '/mounts/activate-failed',
      '/tasks/create-failed',
    ]);
    expect(host.backend.calls).toEqual([]);
  });
});
