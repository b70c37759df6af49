import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  definePlugin,
  marshalAny,
  openShiplog,
  type PlatformRuntime,
  pluginApiVersion,
  type Shiplog,
  typeUrls,
  UnavailableError,
} from '@shiplog/core';
import { Command } from 'commander';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { configure } from '../../src/commands/mounts.js';
import { Output } from '../../src/output/output.js';
import type { Session } from '../../src/session.js';
import { MemoryStream } from '../memory-streams.js';

const fails = () => Promise.reject(new UnavailableError('not on this host'));
const runtimeId = 'io.containerd.broken.v1';

/** It can create nothing. */
const brokenRuntime = definePlugin({
  id: runtimeId,
  type: 'runtime',
  apiVersion: pluginApiVersion,
  version: '1.0.0',
  init: (): PlatformRuntime => ({ id: runtimeId, create: fails, get: fails, tasks: async () => [], delete: fails }),
});

const mounted: string[] = [];

/** What it mounted it cannot unmount. */
const stickyMounts = definePlugin({
  id: 'io.containerd.sticky.v1',
  type: 'mount-handler',
  apiVersion: pluginApiVersion,
  version: '1.0.0',
  init: () => ({
    types: ['tmpfs'],
    mount: async ({ source }, target) => {
      execFileSync('mount', ['-t', 'tmpfs', source, target]);
      mounted.push(target);
    },
    unmount: fails,
  }),
});

let dir: string;
let shiplog: Shiplog;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'shiplog-mounts-'));
  await mkdir(join(dir, 'state'), { mode: 0o700 });
  const plugins = [brokenRuntime, stickyMounts];
  shiplog = await openShiplog({ root: join(dir, 'root'), state: join(dir, 'state'), plugins });
});
afterEach(async () => {
  await shiplog[Symbol.asyncDispose]();
  for (const target of mounted.splice(0)) execFileSync('umount', [target]);
  await rm(dir, { recursive: true, force: true });
});

async function mounts(): Promise<readonly unknown[]> {
  const stdout = new MemoryStream();
  const output = new Output({ stdout, stderr: new MemoryStream() }, {});
  const session = { shiplog, context: {}, output, common: { json: true } } as unknown as Session;
  const command = new Command();
  configure(command, {
    output,
    env: {},
    stdin: () => Readable.from([]),
    load: async () => {},
    inSession: async (_, work) => void (await work(session)),
  });
  await command.parseAsync([], { from: 'user' });
  return stdout.text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as unknown);
}

it('lists what a task left behind that could not be created', async () => {
  const rootfs = [{ type: 'tmpfs', source: 'left-behind', target: '', options: ['ro'] }];
  const spec = marshalAny(typeUrls.spec, { ociVersion: '1.0.2', root: { path: 'rootfs' } });
  const create = shiplog.runtime.create('leaky', { runtime: runtimeId, spec, rootfs });
  await expect(create).rejects.toThrow('not on this host');
  expect(shiplog.runtime.state('leaky').state.status).toBe('absent');

  expect(await mounts()).toMatchObject([
    { namespace: 'default', task: 'leaky', status: 'leaked', ...rootfs[0], target: mounted[0] },
  ]);
});
