/**
 * What becomes of a checkpoint under the real shim for runc. The runtime below it is the real one, but for `checkpoint`,
 * which a script of the test stands for: so no CRIU is needed.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { busyboxRootfs } from '@shiplog/conformance';
import { type ManagedTask, marshalAny, openShiplog, type Shiplog, typeUrls } from '@shiplog/core';
import { buildSpec, findProgram, ociCheckpointOptionsType, ociOptionsType } from '@shiplog/oci';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { processesMentioning, until } from '../../oci/test/backend/host-view.js';
import { shimPlugin } from '../src/index.js';
import { cannotRun } from './harness.js';

let dir: string;
let rootfs: string;
let shiplog: Shiplog;
const shim = () => findProgram('containerd-shim-runc-v2') as string;
const images = () => join(dir, 'checkpoint');
const exit = marshalAny(ociCheckpointOptionsType, { exit: true });

beforeEach(async (context) => {
  const why = cannotRun();
  if (why !== undefined) context.skip(why);
  dir = mkdtempSync(join(tmpdir(), 'shim-cp-'));
  rootfs = busyboxRootfs(join(dir, 'busybox'));
  script('criu', 'exit 0');
  vi.stubEnv('PATH', `${dir}:${process.env.PATH}`);
  shiplog = await openShiplog({
    root: join(dir, 'root'),
    state: join(dir, 'state'),
    plugins: [shimPlugin],
    hold: false,
  });
});
afterEach(async () => {
  if (!dir) return;
  vi.unstubAllEnvs();
  for (const { id } of await shiplog.runtime.tasks()) {
    const task = await shiplog.runtime.task(id);
    await task.kill(9).catch(() => undefined);
    await task.wait();
    await shiplog.runtime.delete(id);
  }
  await shiplog[Symbol.asyncDispose]();
  await until(() => processesMentioning(dir).length === 0);
  rmSync(dir, { recursive: true, force: true });
});

function script(name: string, text: string): void {
  writeFileSync(join(dir, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}

/** @param checkpoint shell in the place of the runtime's own; `$images` is where they are to go */
async function started(checkpoint: string): Promise<ManagedTask> {
  script(
    'runtime',
    `last=; for arg; do case $last in --image-path) images=$arg;; esac; last=$arg; done
[ -n "$images" ] && { mkdir -p "$images"; ${checkpoint}; }
exec ${findProgram('runc')} "$@"`,
  );
  const spec = marshalAny(typeUrls.spec, buildSpec({ rootfs, args: ['sleep', '1000'] }));
  const taskOptions = marshalAny(ociOptionsType, { binary: join(dir, 'runtime') });
  const task = await shiplog.runtime.create('web', { runtime: shim(), spec, taskOptions });
  await task.start();
  return task;
}

const topics = () => [...shiplog.log.readStream({ namespace: 'default', task: 'web' })].map(({ type }) => type);

test('where CRIU does not work there are none, in its own words, and no restore either', async () => {
  script('criu', 'echo "Error (criu/vdso.c:1): vdso: no symbols" >&2; exit 1');
  const task = await started('echo >$images/inventory.img; exit 0');
  const refused = { code: 'not-implemented', message: expect.stringContaining('vdso: no symbols') };
  await expect(task.checkpoint(images(), exit)).rejects.toMatchObject(refused);
  expect(existsSync(images())).toBe(false);
  expect(topics().at(-1)).toBe('/tasks/checkpoint-failed');
  expect(await task.state()).toMatchObject({ status: 'running' });
  const spec = marshalAny(typeUrls.spec, buildSpec({ rootfs, args: ['true'] }));
  const restore = shiplog.runtime.create('again', { runtime: shim(), spec, checkpoint: dir });
  await expect(restore).rejects.toMatchObject(refused);
  expect(existsSync(join(dir, 'state', shimPlugin.id, 'default', 'again'))).toBe(false);
});

test('one that fails on its way is a failure, although the shim has made its folder, and nothing of it is left', async () => {
  const task = await started('echo half >$images/core-1.img; echo "criu failed: type DUMP" >&2; exit 1');
  await expect(task.checkpoint(images(), exit)).rejects.toThrow('criu failed: type DUMP');
  expect(topics().at(-1)).toBe('/tasks/checkpoint-failed');
  expect(existsSync(images())).toBe(false);
  expect(await task.state()).toMatchObject({ status: 'running' });
});

test('one that is whole gets its name', async () => {
  const task = await started('echo whole >$images/inventory.img; exit 0');
  await task.checkpoint(images());
  expect(topics().at(-1)).toBe('/tasks/checkpointed');
  expect(readdirSync(images()).sort()).toEqual(['images', 'task.json']);
  expect(readdirSync(join(images(), 'images')).sort()).toEqual(['inventory.img', 'shiplog.json']);
  await expect(task.checkpoint(images())).rejects.toMatchObject({ code: 'already-exists' });
});
