/** What the log says beside what the host has. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lookAtTasks } from '../../src/doctor/look-at-tasks.js';
import { MemoryEventLog } from '../../src/event-log/memory-event-log.js';
import { type Clock, SystemClock, timestampFromNanos, timestampToNanos } from '../../src/kernel/clock.js';
import { defaultNamespace, parseExecId, parseTaskId } from '../../src/kernel/identifiers.js';
import { MountManager } from '../../src/mount/mount-manager.js';
import { taskProjection } from '../../src/projections/task-projection.js';
import type { Trace, TraceKind } from '../../src/runtime/traces.js';
import { fakeKernel, mountOf } from '../mount/fake-kernel.js';
import { FaultyBackend } from '../runtime/faulty-backend.js';
import { type Machine, type MachineOptions, machine, opts, TestProcesses } from '../runtime/harness.js';

interface Scene {
  readonly host: Machine;
  readonly kernel: ReturnType<typeof fakeKernel>;
}

async function scene(options: MachineOptions = {}): Promise<Scene> {
  const kernel = fakeKernel();
  const host = await machine({ handlers: [kernel.handler('tmpfs')], mountTable: kernel.mountTable, ...options });
  return { host, kernel };
}

/** As the process that looks sees it, to which those of the test may be dead. */
function look({ host, kernel }: Scene, dead: readonly number[] = [], clock: Clock = new SystemClock()) {
  const processes = new TestProcesses(
    9,
    dead.map((pid) => ({ pid, startTime: pid, bootId: 'test' })),
  );
  const mounts = new MountManager({ handlers: [], mountTable: kernel.mountTable });
  return lookAtTasks({ engine: host.engine, mounts, processes, clock });
}

function trace(kind: TraceKind, exec?: string): Trace {
  const name = { namespace: defaultNamespace, task: parseTaskId('web') };
  return { ...name, kind, what: 'pid 7', ...(exec !== undefined && { exec: parseExecId(exec) }) };
}

const web = { namespace: 'default', task: 'web' };

describe('A task', () => {
  it('that the host has as the log has it is no finding', async () => {
    const at = await scene();
    await using host = at.host;
    const task = await host.manager.create('web', opts);
    host.backend.left = [trace('waiting'), trace('monitor')];
    expect(await look(at)).toEqual([]);
    await task.start();
    host.backend.left = [trace('program'), trace('monitor')];
    expect(await look(at)).toEqual([]);
  });

  it.each(['created', 'running'])('that is %s, and has no process any more', async (status) => {
    const at = await scene();
    await using host = at.host;
    const task = await host.manager.create('web', opts);
    if (status === 'running') await task.start();
    expect(await look(at)).toMatchObject([{ ...web, kind: 'process-gone', severity: 'fault', mendable: true }]);
  });

  it('that moves on while it is looked at is in somebody’s hands', async () => {
    const at = await scene();
    await using host = at.host;
    await host.manager.create('web', opts);
    // First it is asked for what was left, before the log is read; then for all.
    const looks = [async () => {}, async () => void (await host.manager.delete('web'))];
    host.backend.traces = async () => {
      await looks.shift()?.();
      return [];
    };
    expect(await look(at)).toEqual([]);
  });

  it('that has ended needs none', async () => {
    const at = await scene();
    await using host = at.host;
    const task = await host.manager.create('web', opts);
    await task.start();
    await task.kill(9);
    await task.wait();
    expect(await look(at)).toEqual([]);
  });

  it('without its monitor, and an exec without a process', async () => {
    const at = await scene();
    await using host = at.host;
    const task = await host.manager.create('web', opts);
    await task.start();
    const exec = await task.exec('shell', opts);
    await exec.start();
    host.backend.left = [trace('program'), trace('program', 'shell'), trace('monitor', 'shell')];
    expect(await look(at)).toMatchObject([{ ...web, kind: 'monitor-gone', mendable: false }]);
    host.backend.left = [trace('program'), trace('monitor')];
    expect(await look(at)).toMatchObject([
      { ...web, kind: 'process-gone', reason: expect.stringContaining('exec shell') },
    ]);
  });

  it('that runs, and whose bundle was removed', async () => {
    const at = await scene();
    await using host = at.host;
    const task = await host.manager.create('web', opts);
    await task.start();
    rmSync(join(host.backend.dir, 'state', 'default', 'web'), { recursive: true });
    host.backend.left = [trace('program'), trace('monitor')];
    expect(await look(at)).toMatchObject([
      { ...web, kind: 'bundle-gone', mendable: false, reason: expect.stringContaining('pid 7') },
    ]);
    host.backend.left = [trace('monitor')];
    expect(await look(at)).toMatchObject([{ ...web, kind: 'process-gone', mendable: true }]);
  });

  it('whose runtime is not there any more', async () => {
    const log = new MemoryEventLog({ projections: [taskProjection] });
    await using first = await machine({ log });
    await first.manager.create('web', opts);
    const at = await scene({ log, backend: new FaultyBackend('io.containerd.another.v1') });
    await using _host = at.host;
    expect(await look(at)).toMatchObject([
      { ...web, kind: 'runtime', reason: expect.stringContaining('io.containerd.faulty.v1') },
    ]);
  });

  it('whose mounts are not there any more', async () => {
    const at = await scene();
    await using host = at.host;
    await host.manager.create('web', { ...opts, rootfs: [mountOf('tmpfs')] });
    host.backend.left = [trace('waiting'), trace('monitor')];
    expect(await look(at)).toEqual([]);
    at.kernel.mounted.length = 0;
    expect(await look(at)).toMatchObject([{ ...web, kind: 'mount-missing', mendable: false }]);
  });

  it('that has gone, with a mount that could not be undone', async () => {
    const at = await scene();
    await using host = at.host;
    const rootfs = [mountOf('tmpfs'), mountOf('tmpfs', 'missing')];
    const [target] = host.engine.backends.all().map(({ backend }) => `${backend.stateDir}/default/web/rootfs`);
    at.kernel.failing.set(`mount tmpfs ${target}/missing`, new Error('no'));
    at.kernel.failing.set(`tmpfs: unmount ${target}`, new Error('stuck'));
    await expect(host.manager.create('web', { ...opts, rootfs })).rejects.toThrow('no');
    expect((await look(at)).map(({ kind, mendable }) => [kind, mendable])).toEqual([
      ['mount-leaked', true],
      ['mount-missing', true],
    ]);
  });
});

describe('A request', () => {
  it('of a process that is gone is a finding, of one that is at work none', async () => {
    const at = await scene();
    await using host = at.host;
    const task = await host.manager.create('web', opts);
    const asked = Promise.withResolvers<void>();
    const mayEnd = Promise.withResolvers<void>();
    host.backend.on('start', () => {
      asked.resolve();
      return mayEnd.promise;
    });
    host.backend.left = [trace('waiting'), trace('monitor')];
    const started = task.start();
    await asked.promise;
    expect(await look(at)).toEqual([]);
    expect(await look(at, [1])).toMatchObject([
      { ...web, kind: 'open-request', mendable: true, reason: expect.stringMatching(/asked for its start \(pid 1\)/) },
    ]);
    const now = timestampToNanos(new SystemClock().now());
    const inMinutes = (minutes: bigint) => ({ now: () => timestampFromNanos(now + minutes * 60_000_000_000n) });
    expect(await look(at, [], inMinutes(10n))).toEqual([]);
    expect(await look(at, [], inMinutes(12n))).toMatchObject([
      { ...web, kind: 'open-request', severity: 'fault', mendable: false, reason: expect.stringContaining('pid 1') },
    ]);
    mayEnd.resolve();
    await started;
  });
});

describe('A runtime', () => {
  it('that cannot be looked through is a finding, and hides nothing of another', async () => {
    const broken = new FaultyBackend('io.containerd.broken.v1');
    broken.traces = async () => {
      throw new Error('its folder is unreadable');
    };
    const at = await scene({ other: broken });
    await using host = at.host;
    host.backend.left = [trace('cgroup')];
    expect((await look(at)).map(({ kind, reason }) => `${kind}: ${reason}`)).toEqual([
      'runtime: a runtime cannot be looked through: its folder is unreadable',
      'stranger: the log has never heard of it (is it an old copy?): cgroup pid 7',
    ]);
  });
});
