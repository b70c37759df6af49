/** What is found of shims' tasks on the host, and what recovery makes of it. With the real shim for runc. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { busyboxRootfs } from '@shiplog/conformance';
import {
  type CreateOpts,
  diagnose,
  type ManagedTask,
  marshalAny,
  openShiplog,
  type Shiplog,
  typeUrls,
} from '@shiplog/core';
import { buildSpec, findProgram, identityOf, isAlive, killQuietly } from '@shiplog/oci';
import { runcPlugin } from '@shiplog/plugin-runc';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cgroupsNamed, until } from '../../oci/test/backend/host-view.js';
import { shimPlugin } from '../src/index.js';
import { cannotRun } from './harness.js';

let dir: string;
let rootfs: string;
let shiplog: Shiplog;

beforeEach(async (context) => {
  const why = cannotRun();
  if (why !== undefined) context.skip(why);
  dir = mkdtempSync(join(tmpdir(), 'shims-'));
  rootfs = busyboxRootfs(join(dir, 'busybox'));
  shiplog = await open();
});
afterEach(async () => {
  if (!dir) return;
  for (const task of await shiplog.runtime.tasks()) {
    await task.kill(9).catch(() => undefined);
    await task.wait();
    await task.delete();
  }
  await shiplog[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true, force: true });
});

const open = () => openShiplog({ ...folders(), plugins: [runcPlugin, shimPlugin], hold: false });
const folders = () => ({ root: join(dir, 'root'), state: join(dir, 'state') });
const bundle = (id: string) => join(dir, 'state', shimPlugin.id, 'default', id);
const recordOf = (id: string) =>
  JSON.parse(readFileSync(join(bundle(id), '.shiplog', 'record.json'), 'utf8')) as { shim: { pid: number } };

async function start(id: string, more: Partial<CreateOpts> = {}): Promise<ManagedTask> {
  const spec = marshalAny(typeUrls.spec, buildSpec({ rootfs, args: ['sleep', '1000'] }));
  const task = await shiplog.runtime.create(id, {
    spec,
    runtime: findProgram('containerd-shim-runc-v2') as string,
    ...more,
  });
  await task.start();
  return task;
}

async function faults(): Promise<readonly (readonly [string, string | undefined])[]> {
  const { findings } = await diagnose({ ...folders(), plugins: [runcPlugin, shimPlugin], verify: false });
  return findings
    .filter(({ severity, task }) => severity === 'fault' && task !== undefined)
    .map(({ kind, task }) => [kind, task]);
}

const mend = () => shiplog.runtime.recover({ hold: false, thorough: true });

describe('The doctor', () => {
  test('finds nothing amiss with tasks and execs that run, and with shims that have several', async () => {
    const task = await start('one', { sandboxId: 'pod' });
    await start('two', { sandboxId: 'pod' });
    const process = { ...buildSpec({ rootfs, args: ['sleep', '1000'] }).process };
    const exec = await task.exec('side', { spec: marshalAny(typeUrls.process, process) });
    await exec.start();
    expect(await faults()).toEqual([]);
    await exec.kill(9);
    await exec.wait();
    await task.kill(9);
    await task.wait();
    await task.delete();
    // The shim was started for the first one.
    expect(await faults()).toEqual([]);
    await mend();
    expect(isAlive(identityOf(recordOf('two').shim.pid))).toBe(true);
  });

  test('finds a task whose process is gone, and its shim, too', async () => {
    const pids = [await (await start('web')).pid(), recordOf('web').shim.pid];
    const processes = pids.map(identityOf);
    // Whoever watches it would see that at once.
    await shiplog[Symbol.asyncDispose]();
    for (const pid of pids.toReversed()) killQuietly(pid);
    await until(() => !processes.some(isAlive));
    expect(await faults()).toEqual([['process-gone', 'web']]);
    shiplog = await open();
    expect(shiplog.runtime.state('web').state).toMatchObject({ status: 'stopped', exit: { certainty: 'unknown' } });
  });

  test('finds a task that has lost its shim, and runs', async () => {
    await start('web');
    const shim = identityOf(recordOf('web').shim.pid);
    await shiplog[Symbol.asyncDispose]();
    killQuietly(shim.pid);
    await until(() => !isAlive(shim));
    expect(await faults()).toEqual([['monitor-gone', 'web']]);
    shiplog = await open();
  });
});

test('A task whose bundle was removed has not ended while its program runs', async () => {
  const task = await start('web');
  const pid = await task.pid();
  const shim = identityOf(recordOf('web').shim.pid);
  rmSync(bundle('web'), { recursive: true });
  await mend();
  expect(await faults()).toEqual([['bundle-gone', 'web']]);
  expect(await task.state()).toMatchObject({ status: 'running' });
  killQuietly(pid);
  await until(() => !isAlive(identityOf(pid)));
  await mend();
  // Who waits for it may still hear of it from the shim.
  expect(['observed', 'unknown']).toContain((await task.delete()).certainty);
  await until(() => !isAlive(shim));
  expect(cgroupsNamed('default--web--')).toEqual([]);
});

test('What a task has left is taken away: its cgroup, and a shim that has nobody', async () => {
  const task = await start('web');
  const shim = identityOf(recordOf('web').shim.pid);
  const cgroups = cgroupsNamed('default--web--');
  await task.kill(9);
  await task.wait();
  // Whoever deletes it knows nothing of its shim, and is cut short before its cgroups are gone.
  rmSync(join(bundle('web'), '.shiplog'), { recursive: true });
  await task.delete();
  await until(() => !isAlive(shim));
  for (const cgroup of cgroups) mkdirSync(cgroup, { recursive: true });
  expect(await faults()).toEqual([['left-behind', 'web']]);
  await mend();
  expect(cgroupsNamed('default--web--')).toEqual([]);
  expect(await faults()).toEqual([]);
});
