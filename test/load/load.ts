/** Many tasks that live at once: what it takes to make, to find and to end them, and that nothing of them is left. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { busyboxRootfs } from '@shiplog/conformance';
import { marshalAny, openShiplog, type PluginManifest, typeUrls, verifyProjection } from '@shiplog/core';
import { buildSpec, type OciPluginConfig } from '@shiplog/oci';
import { leftOn, monitorsOf } from '../crash/host.ts';
import { availableMiB, type Holdings, holdingsOf, mean } from './holdings.ts';

export interface Load {
  readonly plugin: PluginManifest<'runtime', OciPluginConfig>;
  readonly tasks: number;
  /** How many calls are under way at once. */
  readonly atOnce: number;
  /** A short path: root, state and root file system lie below it. */
  readonly dir: string;
}

/** Milliseconds, where nothing else is said. */
export interface LoadFigures {
  readonly createAndStart: number;
  /** All handles; and the state of each. */
  readonly list: number;
  readonly states: number;
  /** In a process of its own, that only looks; and in one that watches all exits from then on. */
  readonly open: Opened;
  readonly openAndHold: Opened;
  /** `shiplog tasks`, from its start to its end. */
  readonly command: number;
  readonly killAll: number;
  readonly deleteAll: number;
  /** Of the process that made them all, before the first and with the last. */
  readonly ownerBefore: Holdings;
  readonly owner: Holdings;
  readonly ownerAfter: Holdings;
  readonly monitor: Holdings;
  /** What the whole host has less of, for each task: its processes, and what the kernel keeps for them. */
  readonly hostMiB: number;
}

export interface Opened {
  readonly ms: number;
  /** Of all of its threads. What else the host does changes it less. */
  readonly cpuMs: number;
  readonly holdings: Holdings;
}

const SIGKILL = 9;

/** @throws AssertionError if anything went wrong beside the calls, or is left */
export async function runLoad({ plugin, tasks, atOnce, dir }: Load): Promise<LoadFigures> {
  const rootfs = busyboxRootfs(join(dir, 'rootfs'));
  const spec = marshalAny(typeUrls.spec, buildSpec({ rootfs, args: ['sleep', '100000'] }));
  const ids = Array.from({ length: tasks }, (_, index) => `load-${index}`);
  const errors: unknown[] = [];
  const onError = (error: unknown) => void errors.push(error);
  const folders = { root: join(dir, 'root'), state: join(dir, 'state') };
  await using shiplog = await openShiplog({ ...folders, plugins: [plugin], onError });
  const { runtime } = shiplog;

  // The first one loads what is loaded once.
  await (await runtime.create('first', { spec })).start();
  const { ownerBefore, hostBefore } = { ownerBefore: holdingsOf(process.pid), hostBefore: availableMiB() };
  const createAndStart = await timed(() =>
    each(ids, atOnce, async (id) => (await runtime.create(id, { spec })).start()),
  );
  const hostMiB = (hostBefore - availableMiB()) / tasks;
  const owner = holdingsOf(process.pid);
  const monitors = monitorsOf(dir);
  assert.equal(monitors.length, tasks + 1);
  const monitor = mean(monitors.map(holdingsOf));

  const handles = await runtime.tasks();
  const list = await timed(() => runtime.tasks());
  const states = await timed(() =>
    each(handles, atOnce, async (task) => assert.equal((await task.state()).status, 'running')),
  );
  const [open, openAndHold] = [await openElsewhere(plugin.id, dir, false), await openElsewhere(plugin.id, dir, true)];
  const command = await timed(() => listByCommand(folders, tasks + 1));

  const killAll = await timed(async () => {
    await each(handles, atOnce, (task) => task.kill(SIGKILL));
    await each(handles, atOnce, async (task) => assert.equal((await task.wait()).status, 128 + SIGKILL));
  });
  const deleteAll = await timed(() => each(handles, atOnce, ({ id }) => runtime.delete(id)));
  const ownerAfter = await settled(dir, ownerBefore);
  assert.deepEqual(errors, []);
  assert.deepEqual(verifyProjection(shiplog.log).differences, []);
  const times = { createAndStart, list, states, open, openAndHold, command, killAll, deleteAll };
  return { ...times, ownerBefore, owner, ownerAfter, monitor, hostMiB };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

async function each<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<unknown>): Promise<void> {
  const left = items.values();
  const worker = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

const run = promisify(execFile);
const opener = fileURLToPath(new URL('./child/opener.ts', import.meta.url));
const program = fileURLToPath(new URL('../../bin/shiplog', import.meta.url));

async function openElsewhere(runtime: string, dir: string, hold: boolean): Promise<Opened> {
  const { stdout } = await run(process.execPath, ['--no-warnings', opener, runtime, dir, String(hold)]);
  return JSON.parse(stdout) as Opened;
}

async function listByCommand({ root, state }: { root: string; state: string }, expected: number): Promise<void> {
  const env = { PATH: process.env.PATH, SHIPLOG_ROOT: root, SHIPLOG_STATE: state };
  const { stdout } = await run(program, ['tasks', '--quiet'], { env });
  assert.equal(stdout.trim().split('\n').length, expected);
}

/** Milliseconds that monitors, and whatever watches them, may take over their end. */
const endMs = 10_000;

/** What the owner holds once nothing is left of the tasks. */
async function settled(dir: string, before: Holdings): Promise<Holdings> {
  for (const end = Date.now() + endMs; ; await delay(20)) {
    const [left, after] = [leftOn(dir), holdingsOf(process.pid)];
    const leaked = after.descriptors > before.descriptors || after.watches > before.watches;
    if (left.length === 0 && !leaked) return after;
    if (Date.now() < end) continue;
    assert.deepEqual(left, []);
    assert.fail(`the owner held ${JSON.stringify(before)}, and holds ${JSON.stringify(after)}`);
  }
}
