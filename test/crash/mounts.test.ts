/** The owner of a series of mounts is killed, at each point of it: the log says what is left, and it is cleaned up. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openShiplog, readMountInfo, type Shiplog, verifyProjection } from '@shiplog/core';
import { mountPlugin } from '@shiplog/plugin-mount';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { build } from '../e2e/build.js';
import { nothingRuntime } from './child/nothing-runtime.js';

const child = fileURLToPath(new URL('./child/mounting-child.ts', import.meta.url));

let dir: string;
let shiplog: Shiplog;

beforeAll(build);

beforeEach(async (context) => {
  dir = await mkdtemp(join(tmpdir(), 'shiplog-crash-'));
  await mkdir(join(dir, 'lower'));
  const plugins = [nothingRuntime(), mountPlugin];
  shiplog = await openShiplog({ root: join(dir, 'root'), state: join(dir, 'state'), plugins, hold: false });
  const report = shiplog.plugins.find(({ id }) => id === mountPlugin.id);
  if (report?.status !== 'ok') context.skip(report?.reason ?? 'there is no mount plugin');
});

afterEach(async () => {
  await shiplog[Symbol.asyncDispose]();
  expect(mountPoints()).toEqual([]);
  await rm(dir, { recursive: true, force: true });
});

const mountPoints = () =>
  readMountInfo()
    .map(({ mountPoint }) => mountPoint)
    .filter((mountPoint) => mountPoint.startsWith(`${dir}/`));

async function runUntil(point: string): Promise<NodeJS.Signals | number | null> {
  const running = spawn(process.execPath, ['--no-warnings', child, dir, point], { stdio: 'inherit' });
  const [code, signal] = (await once(running, 'exit')) as [number | null, NodeJS.Signals | null];
  return signal ?? code;
}

const statuses = () => shiplog.runtime.mounts().flatMap(({ onHost }) => onHost.map(({ status }) => status));

const records = () => [...shiplog.log.readStream({ namespace: 'default', task: 'web' })];

it('without a crash nothing is left', async () => {
  expect(await runUntil('never')).toBe(0);
  expect(statuses()).toEqual([]);
});

it.each([
  ['before mount 1', ['missing', 'missing', 'missing'], '/tasks/create-failed'],
  ['after mount 1', ['leaked', 'missing', 'missing'], '/tasks/create-failed'],
  ['after mount 2', ['leaked', 'leaked', 'missing'], '/tasks/create-failed'],
  ['after mount 3', ['leaked', 'leaked', 'leaked'], '/tasks/create-failed'],
  ['create', ['active', 'active', 'active'], '/tasks/create-failed'],
  ['before unmount 1', ['leaked', 'leaked', 'leaked'], '/tasks/delete'],
  ['after unmount 1', ['leaked', 'leaked', 'missing'], '/tasks/delete'],
  ['after unmount 3', ['missing', 'missing', 'missing'], '/tasks/delete'],
])('killed %s: the log and the host say %j, and recovery ends with %s', async (point, expected, outcome) => {
  expect(await runUntil(point)).toBe('SIGKILL');
  expect(statuses()).toEqual(expected);
  expect(mountPoints()).toHaveLength(expected.filter((status) => status !== 'missing').length);

  await shiplog.runtime.recover({ hold: false });
  expect(mountPoints()).toEqual([]);
  expect(statuses()).toEqual([]);
  expect(records().at(-1)?.type).toBe(outcome);
  // Every request has its outcome, and what was made for the task is gone.
  const requested = records().filter(({ type }) => type.endsWith('-requested'));
  for (const { event } of requested) {
    const about = records().filter((record) => record.event.requestId === event.requestId);
    expect(about.at(-1)?.type).not.toMatch(/requested|claimed/);
  }
  expect(existsSync(join(dir, 'state/io.containerd.nothing.v1/default/web'))).toBe(false);
  expect(existsSync(join(dir, 'root/plugins/io.containerd.nothing.v1/default/web'))).toBe(false);
  expect(verifyProjection(shiplog.log).differences).toEqual([]);

  expect(await runUntil('never')).toBe(0);
  expect(statuses()).toEqual([]);
});
