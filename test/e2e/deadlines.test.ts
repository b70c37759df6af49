/** A caller in a hurry: whatever its deadline cuts short, the log says what the machine says. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { busyboxRootfs } from '@shiplog/conformance';
import { marshalAny, openShiplog, type Shiplog, typeUrls } from '@shiplog/core';
import { buildSpec, type OciRuntime } from '@shiplog/oci';
import { crunPlugin } from '@shiplog/plugin-crun';
import { runcPlugin } from '@shiplog/plugin-runc';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cannotRun } from '../../packages/oci/test/backend-harness.js';

/** Milliseconds: before, in the middle of and after what a runtime takes. */
const deadlines = [1, 4, 8, 12, 16, 20, 25, 30, 40, 60];

describe.each([runcPlugin, crunPlugin])('on $id', (plugin) => {
  beforeEach(({ skip }) => {
    const reason = cannotRun(plugin);
    if (reason !== undefined) skip(reason);
  });

  let dir: string;
  let shiplog: Shiplog;
  /** The machine, asked without the log. */
  let machine: OciRuntime;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'slg-'));
    busyboxRootfs(join(dir, 'rootfs'));
    const spied = {
      ...plugin,
      init: (async (context) => {
        machine = (await plugin.init(context)) as OciRuntime;
        return machine;
      }) as typeof plugin.init,
    };
    shiplog = await openShiplog({ root: join(dir, 'root'), state: join(dir, 'state'), plugins: [spied] });
  });

  afterAll(async () => {
    await shiplog[Symbol.asyncDispose]();
    await rm(dir, { recursive: true, force: true });
  });

  it.each(deadlines)('start, pause and resume within %i ms', async (ms) => {
    const spec = buildSpec({ rootfs: join(dir, 'rootfs'), args: ['sleep', '1000'] });
    const task = await shiplog.runtime.create('web', { spec: marshalAny(typeUrls.spec, spec) });
    const hurried = (act: (context: { deadline: number }) => Promise<void>) =>
      act({ deadline: Date.now() + ms }).catch(() => undefined);
    const inAgreement = async () => {
      const { status } = await (await machine.get('web')).state();
      expect((await task.state()).status).toBe(status);
      return status;
    };
    await hurried((context) => task.start(context));
    if ((await inAgreement()) === 'created') await task.start();
    await hurried((context) => task.pause(context));
    if ((await inAgreement()) === 'running') await task.pause();
    await hurried((context) => task.resume(context));
    if ((await inAgreement()) === 'paused') await task.resume();
    await task.kill(9);
    expect(await task.wait()).toMatchObject({ status: 137, certainty: 'observed' });
    await shiplog.runtime.delete('web');
  });
});
