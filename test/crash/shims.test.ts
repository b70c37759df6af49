/** Who holds a task, or the shim that has it, is killed: nothing that can be known of it is lost, and nothing is made up. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { busyboxRootfs } from '@shiplog/conformance';
import { marshalAny, openShiplog, type Shiplog, typeUrls, verifyProjection } from '@shiplog/core';
import { buildSpec, execProcess, findProcesses, identityOf, isAlive } from '@shiplog/oci';
import { shimPlugin } from '@shiplog/plugin-shim';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { processesMentioning, until } from '../../packages/oci/test/backend/host-view.js';
import { cannotRun, runcShim as runtime } from '../../packages/plugin-shim/test/harness.js';
import { build } from '../e2e/build.js';

const owner = fileURLToPath(new URL('./child/shim-owner.ts', import.meta.url));
const id = 'web';

let dir: string;
let rootfs: string;
const opened: Shiplog[] = [];

beforeAll(build);
beforeEach((context) => {
  const why = cannotRun(runtime);
  if (why !== undefined) context.skip(why);
  dir = mkdtempSync(join(tmpdir(), 'shiplog-shims-'));
  rootfs = busyboxRootfs(join(dir, 'busybox'));
});
afterEach(async () => {
  for (const shiplog of opened.splice(0)) await shiplog[Symbol.asyncDispose]();
  if (dir) rmSync(dir, { recursive: true, force: true });
});

async function open(): Promise<Shiplog> {
  const folders = { root: join(dir, 'root'), state: join(dir, 'state') };
  const shiplog = await openShiplog({ ...folders, plugins: [shimPlugin], hold: false });
  opened.push(shiplog);
  return shiplog;
}

const specOf = (...args: string[]) => marshalAny(typeUrls.spec, buildSpec({ rootfs, args }));
const shimPids = () =>
  findProcesses((args) => args[args.indexOf('-address') + 1]?.startsWith(dir) ?? false).map(({ pid }) => pid);
const exits = ({ log }: Shiplog) =>
  [...log.readStream({ namespace: 'default', task: id })].filter(({ type }) => type === '/tasks/exit');

async function killShims(): Promise<void> {
  const pids = shimPids();
  expect(pids.length).toBeGreaterThan(0);
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await until(() => shimPids().length === 0);
}

async function expectNothingLeft(shiplog: Shiplog): Promise<void> {
  await shiplog.runtime.delete(id);
  expect(verifyProjection(shiplog.log).differences).toEqual([]);
  await until(() => processesMentioning(dir).length === 0);
  expect(existsSync(join(dir, 'state', shimPlugin.id, 'default', id))).toBe(false);
}

test('whoever comes after us has the task, its output, and its exit with its own time', async () => {
  // The task itself writes down when it ended.
  const end = join(dir, 'busybox', 'end');
  const script = 'echo hello; until [ -e /go ]; do usleep 20000; done; date +%s >/end; exit 6';
  const child = spawn(process.execPath, ['--no-warnings', owner, dir, runtime, rootfs, id, 'sh', '-c', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');

  writeFileSync(join(rootfs, 'go'), '');
  await until(() => existsSync(end) && readFileSync(end, 'utf8').endsWith('\n'));
  const shiplog = await open();
  const task = await shiplog.runtime.get(id);
  const exit = await task.wait();
  expect(exit).toMatchObject({ status: 6, certainty: 'observed' });
  expect(Math.abs(Date.parse(exit.timestamp) / 1000 - Number(readFileSync(end, 'utf8')))).toBeLessThan(2);
  expect(readFileSync(shiplog.runtime.outputPath(id, ''), 'utf8')).toMatch(/ stdout F hello\n$/);
  expect(exits(shiplog)).toHaveLength(1);
  await expectNothingLeft(shiplog);
});

test('a shim that dies has its task ended by its delete command, and the exit is inferred from that', async () => {
  const shiplog = await open();
  const task = await shiplog.runtime.create(id, { runtime, spec: specOf('sleep', '1000') });
  await task.start();
  const exec = await task.exec('one', {
    spec: marshalAny(
      typeUrls.process,
      execProcess(buildSpec({ rootfs, args: ['sh'] }).process, { rootfs, args: ['sleep', '1000'] }),
    ),
  });
  await exec.start();
  const { pid } = await task.state();
  const process = identityOf(pid);
  await killShims();
  const exit = await task.wait();
  expect(exit).toMatchObject({ pid, status: 137, certainty: 'inferred' });
  expect(exit.evidence).toMatch(/was gone before it had told; the shim's delete command ended it/);
  expect(await exec.wait()).toMatchObject({ status: 255, certainty: 'unknown' });
  expect(isAlive(process)).toBe(false);
  expect(exits(shiplog)).toHaveLength(2);
  await exec.delete();
  await expectNothingLeft(shiplog);
});

test('how a task ended whose shim died before it is not known, and said to be so', async () => {
  const first = await open();
  const task = await first.runtime.create(id, { runtime, spec: specOf('sleep', '1000') });
  await task.start();
  const { pid } = await task.state();
  await first[Symbol.asyncDispose]();
  await killShims();
  const container = identityOf(pid);
  process.kill(pid, 'SIGKILL');
  await until(() => !isAlive(container));
  const shiplog = await open();
  expect(await (await shiplog.runtime.get(id)).wait()).toMatchObject({ pid, status: 255, certainty: 'unknown' });
  await expectNothingLeft(shiplog);
});

test('a task that was created and not started goes with its shim', async () => {
  const shiplog = await open();
  const task = await shiplog.runtime.create(id, { runtime, spec: specOf('true') });
  const process = identityOf(await task.pid());
  await killShims();
  await expect(task.start()).rejects.toMatchObject({ code: expect.stringMatching(/unavailable|failed-precondition/) });
  expect((await task.wait()).certainty).not.toBe('observed');
  expect(isAlive(process)).toBe(false);
  await expectNothingLeft(shiplog);
});
