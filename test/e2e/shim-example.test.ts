/** The example shim: containerd's own client runs a task with it, and so do we. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { busyboxMissing, busyboxRootfs } from '@shiplog/conformance';
import { attachedStdin, marshalAny, openShiplog, typeUrls } from '@shiplog/core';
import { buildSpec, findProgram } from '@shiplog/oci';
import { shimPlugin } from '@shiplog/plugin-shim';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../packages/oci/test/backend/host-view.js';
import { build } from './build.js';

const folder = fileURLToPath(new URL('../../examples/shim-chroot', import.meta.url));
const runtime = 'io.containerd.chroot.v1';
// The shim is run by the Node that its name finds.
const path = [folder, dirname(process.execPath), process.env.PATH].join(delimiter);

let dir: string;
let rootfs: string;
beforeAll(() => {
  build();
  dir = mkdtempSync(join(tmpdir(), 'shim-example-'));
  rootfs = busyboxMissing === undefined ? busyboxRootfs(join(dir, 'rootfs')) : '';
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));
beforeEach((context) => {
  const why = process.getuid?.() !== 0 ? 'it needs root' : busyboxMissing;
  if (why !== undefined) context.skip(why);
});

describe('Shiplog', () => {
  beforeEach((context) => {
    if (findProgram('conmon') === undefined) context.skip('conmon is not there: apt-get install conmon');
  });

  it('runs tasks with it, and records what became of them', async () => {
    const own = process.env.PATH;
    process.env.PATH = path;
    try {
      await using shiplog = await openShiplog({
        root: join(dir, 'root'),
        state: join(dir, 'state'),
        plugins: [shimPlugin],
        config: { [shimPlugin.id]: { folder } },
      });
      const [report] = shiplog.plugins;
      expect(await report?.moreNotes?.()).toContainEqual(
        `${join(folder, 'containerd-shim-chroot-v1')}: Version: 0.1.0; -info is not known to it`,
      );
      const spec = marshalAny(typeUrls.spec, buildSpec({ rootfs, args: ['sh', '-c', 'echo hello; read go; exit 7'] }));
      const task = await shiplog.runtime.create('web', { runtime, spec, io: { stdin: attachedStdin.once } });
      expect(await task.state()).toMatchObject({ status: 'created' });
      {
        await using attachment = await task.attach({ stdin: true });
        await task.start();
        expect(await task.state()).toMatchObject({ status: 'running', pid: await task.pid() });
        await attachment.write(Buffer.from('go\n'));
        expect(await task.wait()).toMatchObject({ status: 7, certainty: 'observed' });
      }
      expect(readFileSync(shiplog.runtime.outputPath('web', ''), 'utf8')).toMatch(/ stdout F hello\n$/);
      await expect(task.pause()).rejects.toMatchObject({ code: 'failed-precondition' });
      await shiplog.runtime.delete('web');

      const other = await shiplog.runtime.create('web', {
        runtime,
        spec: marshalAny(typeUrls.spec, buildSpec({ rootfs, args: ['sleep', '1000'] })),
      });
      await other.start();
      await expect(other.pause()).rejects.toMatchObject({ code: 'not-implemented' });
      await other.kill(9);
      expect(await other.wait()).toMatchObject({ status: 137 });
      await shiplog.runtime.delete('web');
      expect(await shiplog.runtime.tasks()).toEqual([]);
    } finally {
      process.env.PATH = own;
    }
    // Each call of the shim starts a Node, some of them two.
  }, 120_000);
});

describe('ctr', () => {
  let daemon: ChildProcess | undefined;
  const address = () => join(dir, 'c.sock');
  const ctr = (...args: readonly string[]) =>
    spawnSync('ctr', ['-a', address(), ...args], { encoding: 'utf8', timeout: 20_000 });

  beforeEach(async (context) => {
    const missing = ['containerd', 'ctr'].find((name) => findProgram(name) === undefined);
    if (missing !== undefined) context.skip(`${missing} is not there: apt-get install containerd`);
    if (daemon) return;
    const config = [
      'version = 2',
      `root = "${join(dir, 'c-root')}"`,
      `state = "${join(dir, 'c-state')}"`,
      'disabled_plugins = ["io.containerd.grpc.v1.cri"]',
      `[grpc]\naddress = "${address()}"`,
    ];
    writeFileSync(join(dir, 'containerd.toml'), config.join('\n'));
    daemon = spawn('containerd', ['-c', join(dir, 'containerd.toml')], {
      stdio: 'ignore',
      env: { ...process.env, PATH: path },
    });
    const isThere = () => daemon?.exitCode !== null || (existsSync(address()) && ctr('version').status === 0);
    await until(isThere);
    expect(daemon.exitCode).toBeNull();
  });
  afterAll(async () => {
    if (!daemon) return;
    const ended = once(daemon, 'exit');
    daemon.kill();
    await ended;
    // A daemon that was stopped leaves some of its folders mounted.
    execFileSync('sh', ['-c', 'grep -o "$0/[^ ]*" /proc/self/mounts | xargs -r umount -l', dir]);
  });

  it('runs a task with it, and tells its exit code', () => {
    const args = ['run', '--rm', '--runtime', runtime, '--rootfs', rootfs, 'web', 'sh', '-c', 'echo hello; exit 7'];
    expect(ctr(...args)).toMatchObject({ stdout: 'hello\n', status: 7 });
    expect(ctr('tasks', 'ls', '-q').stdout).toBe('');
  });

  it('kills a task of it, and finds it gone', () => {
    expect(ctr('run', '-d', '--runtime', runtime, '--rootfs', rootfs, 'web', 'sleep', '1000')).toMatchObject({
      status: 0,
    });
    expect(ctr('tasks', 'ls').stdout).toMatch(/web +\d+ +RUNNING/);
    expect(ctr('tasks', 'kill', '-s', 'KILL', 'web')).toMatchObject({ status: 0 });
    expect(ctr('tasks', 'delete', '-f', 'web').stderr).not.toMatch(/error/i);
    expect(ctr('containers', 'rm', 'web')).toMatchObject({ status: 0 });
    expect(ctr('tasks', 'ls', '-q').stdout).toBe('');
  });
});
