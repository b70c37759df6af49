/** What the tasks of one state folder have on this host, seen from outside, and how to take it from them. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readMountInfo } from '@shiplog/core';
import { cgroupsNamed, processesMentioning } from '../../packages/oci/test/backend/host-view.ts';
import { runtimeIds } from './fault.ts';

const states = (dir: string) => runtimeIds.map((runtime) => join(dir, 'state', runtime));

/** `NAMESPACE--TASK--HASH`, where the hash is the state folder's. */
function cgroups(dir: string): readonly string[] {
  const ends = states(dir).map((state) => `--${createHash('sha256').update(state).digest('hex').slice(0, 8)}`);
  return cgroupsNamed('').filter((path) => ends.some((end) => path.endsWith(end)));
}

function inCgroups(dir: string): readonly number[] {
  const pids = cgroups(dir).flatMap((path) => textOf(join(path, 'cgroup.procs')).split('\n').filter(Boolean));
  return [...new Set(pids.map(Number))];
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

const programOf = (pid: number) => basename(textOf(`/proc/${pid}/cmdline`).split('\0')[0] ?? '');

export const monitorsOf = (dir: string) => processesMentioning(dir).filter((pid) => programOf(pid) === 'conmon');

export const runtimesOf = (dir: string) =>
  processesMentioning(dir).filter((pid) => ['runc', 'crun'].includes(programOf(pid)));

/** Those of containers. A monitor and a runtime in the middle of a create may be among them for a moment. */
export function containersOf(dir: string): readonly number[] {
  return inCgroups(dir).filter((pid) => !['conmon', 'runc', 'crun'].includes(programOf(pid)));
}

export function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

const mountsBelow = (dir: string) =>
  readMountInfo()
    .map(({ mountPoint }) => mountPoint)
    .filter((mountPoint) => mountPoint.startsWith(`${dir}/`));

/** What a reboot does: no process, mount, cgroup or state folder outlives it, and the root does. */
export async function reboot(dir: string): Promise<void> {
  for (;;) {
    for (const path of cgroups(dir)) {
      const freezer = join(path, 'freezer.state');
      if (existsSync(freezer)) writeFileSync(freezer, 'THAWED');
    }
    const pids = [...processesMentioning(dir), ...inCgroups(dir)].filter((pid) => pid !== process.pid);
    if (pids.length === 0) break;
    killAll(pids);
    await delay(5);
  }
  for (const mountPoint of mountsBelow(dir).toReversed()) execFileSync('umount', ['-l', mountPoint]);
  for (const path of cgroups(dir)) rmdirSync(path);
  rmSync(join(dir, 'state'), { recursive: true, force: true });
}

/** Everything of any task; nothing, where all are deleted. */
export function leftOn(dir: string): readonly string[] {
  const folders = [...states(dir), ...runtimeIds.map((runtime) => join(dir, 'root', 'plugins', runtime))];
  return [
    ...processesMentioning(dir).map((pid) => `process ${pid}: ${textOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`),
    ...cgroups(dir).map((path) => `cgroup ${path}`),
    ...mountsBelow(dir).map((path) => `mount ${path}`),
    ...folders.flatMap((folder) => [join(folder, 'default'), join(folder, '.root', 'default')]).flatMap(entriesOf),
  ];
}

function entriesOf(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder).map((name) => `entry ${join(folder, name)}`) : [];
}
