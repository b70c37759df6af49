/** The backends, and the same work done with their bare command lines. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { type CreateOpts, marshalAny, openShiplog, type Shiplog, typeUrls } from '@shiplog/core';
import { buildSpec, type OciSpec } from '@shiplog/oci';
import { crunPlugin } from '@shiplog/plugin-crun';
import { runcPlugin } from '@shiplog/plugin-runc';
import { shimPlugin } from '@shiplog/plugin-shim';
import { find, type Host, run } from './host.ts';

export interface Runtime {
  readonly name: string;
  readonly id: string;
  /** What is run bare beside it. */
  readonly bare: string;
  /** The parent of a container's first process. */
  readonly monitor: string;
  readonly binary: string;
  /** In front of its `create`, where the host needs that: docs/adr/0003. */
  readonly prefix: readonly string[];
}

/** containerd's own. */
const shim = 'containerd-shim-runc-v2';

const controllers = '/sys/fs/cgroup/unified/cgroup.controllers';

export function installedRuntimes(): readonly Runtime[] {
  const isHybrid = existsSync(controllers) && readFileSync(controllers, 'latin1').trim() !== '';
  const hidden = `mount -n --bind /dev/null ${controllers} && exec "$@"`;
  const unshared = ['unshare', '--mount', '--propagation', 'slave', '--', '/bin/sh', '-c', hidden, 'sh'];
  const known = [
    { name: 'runc', id: runcPlugin.id, bare: 'runc', monitor: 'conmon', prefix: [] },
    { name: 'crun', id: crunPlugin.id, bare: 'crun', monitor: 'conmon', prefix: isHybrid ? unshared : [] },
    { name: `runc by ${shim}`, id: find(shim), bare: 'runc', monitor: shim, prefix: [] },
  ] as const;
  return known.flatMap(({ id, ...runtime }) => {
    const binary = find(runtime.bare);
    return binary === undefined || id === undefined ? [] : [{ ...runtime, id, binary }];
  });
}

export function open(host: Host, name: string): Promise<Shiplog> {
  return openShiplog({
    root: host.path(name, 'root'),
    state: host.path(name, 'state'),
    plugins: [runcPlugin, crunPlugin, shimPlugin],
  });
}

function specOf(host: Host, args: readonly string[]): OciSpec {
  return buildSpec({ args, rootfs: host.rootfs });
}

export function createOpts(host: Host, runtime: Runtime, args: readonly string[]): CreateOpts {
  return { spec: marshalAny(typeUrls.spec, specOf(host, args)), rootfs: [], runtime: runtime.id };
}

/** create, start, wait, delete: with the log, durable. */
export async function lifecycle({ runtime: tasks }: Shiplog, host: Host, runtime: Runtime): Promise<void> {
  const id = host.newId();
  const task = await tasks.create(id, createOpts(host, runtime, ['true']));
  await task.start();
  await task.wait();
  await tasks.delete(id);
}

/** The same by `create`, `start` and `delete` of the bare runtime, which nobody writes down. */
export async function bareLifecycle(host: Host, { binary, prefix }: Runtime): Promise<void> {
  const id = host.newId();
  const bundle = host.path(id);
  mkdirSync(bundle);
  const spec = specOf(host, ['true']);
  const linux = { ...spec.linux, cgroupsPath: `/shiplog-bench/${id}` };
  writeFileSync(`${bundle}/config.json`, JSON.stringify({ ...spec, linux }));
  const root = ['--root', host.path('bare')];
  const [file = binary, ...before] = [...prefix, binary];
  const create = spawn(file, [...before, ...root, 'create', '--bundle', bundle, id], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [code] = await once(create, 'exit');
  if (code !== 0) throw new Error(`${binary} create ended with ${code}`);
  const ended = endOf(create);
  await run(binary, [...root, 'start', id]);
  await ended;
  await deleteOnceStopped(binary, [...root, 'delete', id]);
  rmSync(bundle, { recursive: true });
}

/** The container holds the pipe for as long as it runs. */
async function endOf({ stdout }: ChildProcess): Promise<void> {
  if (!stdout) throw new TypeError('there is no pipe');
  stdout.resume();
  await once(stdout, 'end');
}

/** Its files are closed a moment before it is a zombie. */
async function deleteOnceStopped(binary: string, args: readonly string[]): Promise<void> {
  for (let left = 20; ; left -= 1) {
    try {
      await run(binary, args);
      return;
    } catch (error) {
      if (left === 0) throw error;
      await setImmediate();
    }
  }
}
