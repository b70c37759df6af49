/** The example as somebody has it who is not root, and whom the host does not know. */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { busyboxMissing, busyboxRootfs } from '@shiplog/conformance';
import { expect, it, onTestFinished } from 'vitest';
import { whyNoSandbox } from './why-no-sandbox.ts';

const checkout = fileURLToPath(new URL('../../..', import.meta.url));
const id = 54_321;
const runtime = 'io.containerd.bubblewrap.v1';

it('runs a task without root, and sees it end', ({ skip }) => {
  if (process.getuid?.() !== 0) skip('it needs root, to become somebody else');
  const reason = busyboxMissing ?? whyNoSandbox(id);
  if (reason !== undefined) skip(reason);
  const folder = mkdtempSync(join(tmpdir(), 'shiplog-bwrap-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [home, others] = [join(folder, 'home'), join(folder, 'others')];
  for (const path of [home, others]) mkdirSync(path, { mode: 0o700 });
  chownSync(home, id, id);
  chmodSync(folder, 0o711);
  const rootfs = busyboxRootfs(join(folder, 'rootfs'));
  for (const name of ['dev', 'proc', 'sys']) mkdirSync(join(rootfs, name), { recursive: true });
  // As sudo may leave it: the home of somebody else.
  const env = { PATH: process.env.PATH, HOME: others, XDG_DATA_HOME: home, XDG_RUNTIME_DIR: home };
  const shiplog = (...args: readonly string[]) => {
    const flags = ['--plugin', join(checkout, 'examples/runtime-bubblewrap')];
    const { status, stdout, stderr } = spawnSync(join(checkout, 'bin/shiplog'), [...flags, ...args], {
      ...{ env, uid: id, gid: id, cwd: '/', encoding: 'utf8' },
    });
    return { status, stdout, stderr };
  };
  const plugins = shiplog('plugins');
  if (plugins.status !== 0) skip(`this checkout is not for others to run: ${plugins.stderr}`);
  const script = 'id -u; cat /proc/1/uid_map; exit 4';
  const run = shiplog('run', '--rm', '--runtime', runtime, '--rootfs', rootfs, 'hello', 'sh', '-c', script);
  expect(run).toMatchObject({ status: 4, stdout: expect.stringMatching(new RegExp(`^0\\n +0 +${id} +1\\n$`)) });
  expect(shiplog('conformance', runtime, '--rule', 'L1')).toMatchObject({ status: 0 });
  expect(shiplog('run', '--memory', '64m', '--runtime', runtime, '--rootfs', rootfs, 'x', 'true')).toMatchObject({
    status: 125,
    stderr: 'shiplog: a limit of memory is not supported by this runtime: leave it out\n',
  });
});
