/** What a task is asked for beside a spec: which shim has it, alone or in a group. With the real shim for runc. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { busyboxRootfs } from '@shiplog/conformance';
import { type CreateOpts, type ManagedTask, marshalAny, openShiplog, type Shiplog, typeUrls } from '@shiplog/core';
import { buildSpec, findProgram, identityOf, isAlive } from '@shiplog/oci';
import { runcPlugin } from '@shiplog/plugin-runc';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../oci/test/backend/host-view.js';
import { shimPlugin } from '../src/index.js';
import { cannotRun, runcShim } from './harness.js';

let dir: string;
let rootfs: string;
const opened: Shiplog[] = [];

beforeEach((context) => {
  const why = cannotRun();
  if (why !== undefined) context.skip(why);
  dir = mkdtempSync(join(tmpdir(), 'shims-'));
  rootfs = busyboxRootfs(join(dir, 'busybox'));
});
afterEach(async () => {
  for (const shiplog of opened.splice(0)) await shiplog[Symbol.asyncDispose]();
  if (dir) rmSync(dir, { recursive: true, force: true });
});

async function open(prefer: readonly string[] = []): Promise<Shiplog> {
  const shiplog = await openShiplog({
    root: join(dir, 'root'),
    state: join(dir, 'state'),
    plugins: [runcPlugin, shimPlugin],
    config: { [shimPlugin.id]: { prefer } },
    hold: false,
  });
  opened.push(shiplog);
  return shiplog;
}

const path = () => findProgram('containerd-shim-runc-v2') as string;

function create(
  shiplog: Shiplog,
  id: string,
  args: readonly string[],
  more: Partial<CreateOpts>,
): Promise<ManagedTask> {
  return shiplog.runtime.create(id, { spec: marshalAny(typeUrls.spec, buildSpec({ rootfs, args })), ...more });
}

const bundle = (plugin: { readonly id: string }, id: string) => join(dir, 'state', plugin.id, 'default', id);
const shimOf = (id: string) =>
  JSON.parse(readFileSync(join(bundle(shimPlugin, id), '.shiplog', 'record.json'), 'utf8')).shim;

async function end(shiplog: Shiplog, task: ManagedTask): Promise<void> {
  await task.kill(9);
  await task.wait();
  await shiplog.runtime.delete(task.id);
}

describe('a shim by its absolute path', () => {
  test('has the task for its life, and goes with it', async () => {
    const shiplog = await open();
    const task = await create(shiplog, 'web', ['sh', '-c', 'exit 3'], { runtime: path() });
    const shim = identityOf(shimOf('web').pid);
    await task.start();
    expect(await task.wait()).toMatchObject({ status: 3, certainty: 'observed' });
    expect(existsSync(join(bundle(shimPlugin, 'web'), 'log'))).toBe(true);
    await shiplog.runtime.delete('web');
    await until(() => !isAlive(shim));
    expect(existsSync(bundle(shimPlugin, 'web'))).toBe(false);
    expect([...shiplog.log.read()].at(-1)).toMatchObject({ runtime: path(), runtimeVersion: shimPlugin.version });
  });

  test('that is not there is refused, and so is a relative one', async () => {
    const shiplog = await open();
    const missing = create(shiplog, 'web', ['true'], { runtime: join(dir, 'no-shim') });
    await expect(missing).rejects.toMatchObject({ code: 'not-found' });
    await expect(create(shiplog, 'web', ['true'], { runtime: './shim' })).rejects.toThrow(/the full path of a shim/);
  });
});

describe('tasks of one sandbox', () => {
  test('share a shim, which lives as long as one of them', async () => {
    const shiplog = await open();
    const [one, other] = [
      await create(shiplog, 'one', ['sleep', '1000'], { runtime: path(), sandboxId: 'pod' }),
      await create(shiplog, 'other', ['sleep', '1000'], { runtime: path(), sandboxId: 'pod' }),
    ];
    expect(shimOf('other').pid).toBe(shimOf('one').pid);
    const shim = identityOf(shimOf('one').pid);
    await one.start();
    await other.start();
    await end(shiplog, one);
    expect(await other.state()).toMatchObject({ status: 'running' });
    await end(shiplog, other);
    await until(() => !isAlive(shim));
  });
});

describe('an address', () => {
  test('names a server that runs already: its version is found out, and it stays', async () => {
    const shiplog = await open();
    const host = await create(shiplog, 'host', ['sleep', '1000'], { runtime: path() });
    const { address } = shimOf('host');
    // Whatever runtime has the ID: who has the address has the task.
    const guest = await create(shiplog, 'guest', ['sh', '-c', 'exit 4'], { runtime: runcShim, address });
    expect(shimOf('guest')).toMatchObject({ binary: '', version: shimOf('host').version, pid: shimOf('host').pid });
    await guest.start();
    expect(await guest.wait()).toMatchObject({ status: 4, certainty: 'observed' });
    await shiplog.runtime.delete('guest');
    expect(await host.state()).toMatchObject({ status: 'created' });
    await shiplog.runtime.delete('host');
  });

  test('with a version that it has not, or that is not known, is refused', async () => {
    const shiplog = await open();
    const at = (more: Partial<CreateOpts>) => create(shiplog, 'web', ['true'], { runtime: path(), ...more });
    await expect(at({ address: '/run/none', version: 4 })).rejects.toMatchObject({ code: 'not-implemented' });
    await expect(at({ version: 2 })).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect(at({ address: join(dir, 'nobody') })).rejects.toThrow(/nobody answers/);
    expect(existsSync(bundle(shimPlugin, 'web'))).toBe(false);
  });
});

test('a runtime of a plugin goes to its shim where the configuration prefers it, and tasks stay where they are', async () => {
  const first = await open();
  await create(first, 'own', ['sleep', '1000'], { runtime: runcShim });
  expect(existsSync(bundle(runcPlugin, 'own'))).toBe(true);
  await first[Symbol.asyncDispose]();

  const second = await open([runcShim]);
  await create(second, 'driven', ['sleep', '1000'], {});
  expect(existsSync(bundle(shimPlugin, 'driven'))).toBe(true);
  expect(await (await second.runtime.get('own')).state()).toMatchObject({ status: 'created' });
  await second[Symbol.asyncDispose]();

  const third = await open();
  for (const id of ['own', 'driven']) {
    expect(await (await third.runtime.get(id)).state()).toMatchObject({ status: 'created' });
    await third.runtime.delete(id);
  }
});

test('a task that is killed for want of memory says so', async () => {
  const shiplog = await open();
  const args = ['sh', '-c', 'tail /dev/zero'];
  const spec = marshalAny(typeUrls.spec, buildSpec({ rootfs, args, memory: 16 * 2 ** 20 }));
  const task = await shiplog.runtime.create('hungry', { runtime: path(), spec });
  await task.start();
  await task.wait();
  const topics = () => [...shiplog.log.readStream({ namespace: 'default', task: 'hungry' })].map(({ type }) => type);
  await until(() => topics().includes('/tasks/exit'));
  expect(topics()).toContain('/tasks/oom');
  await shiplog.runtime.delete('hungry');
});
