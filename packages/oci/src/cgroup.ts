/** The host's control groups, as far as a backend looks at them itself instead of asking the OCI runtime. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, rmdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Namespace, parseNamespace, parseTaskId, type TaskId } from '@shiplog/core';
import { identify, killQuietly } from './host-process.js';
import { parsePid } from './parse.js';
import { isMissing, namesIn, readIfThere, systemCodeOf } from './small-file.js';

const cgroupRoot = '/sys/fs/cgroup';
const unifiedMount = `${cgroupRoot}/unified`;
const cgroup2Magic = 0x63677270;

function isCgroup2(path: string): boolean {
  try {
    return statfsSync(path).type === cgroup2Magic;
  } catch {
    return false;
  }
}

/** cgroup v2 alone. */
export function hasUnifiedCgroups(): boolean {
  return isCgroup2(cgroupRoot);
}

/** cgroup v2 mounted beside v1 controllers, with a controller of its own: what some OCI runtimes refuse. */
export function hasHybridControllers(): boolean {
  return isCgroup2(unifiedMount) && (readIfThere(hybridControllersFile) ?? '').trim() !== '';
}

export const hybridControllersFile = `${unifiedMount}/cgroup.controllers`;

/** Whether this process may make cgroups: only root may, unless systemd makes them. */
export function mayMakeCgroups(systemd: boolean): boolean {
  return systemd || process.geteuid?.() === 0;
}

/** Whether swap is counted, so that it can be limited: kernels may be built, or started, without. */
export function accountsSwap(): boolean {
  if (!hasUnifiedCgroups()) return existsSync(join(cgroupRoot, 'memory', 'memory.memsw.limit_in_bytes'));
  return foldersIn(cgroupRoot).some((folder) => existsSync(join(folder, 'memory.swap.max')));
}

/**
 * A cgroup of a task's own, for specs that name none. The names of tasks repeat between state folders, so the folder
 * is part of it; no identifier has two dashes in a row.
 */
export function ownCgroup(
  stateDir: string,
  namespace: Namespace,
  id: TaskId,
  systemd: boolean,
  parent?: string | undefined,
): string {
  const name = `${namespace}--${id}--${markOf(stateDir)}`;
  const slice = process.geteuid?.() === 0 ? 'system.slice' : 'user.slice';
  return systemd ? `${parent ?? slice}:shiplog:${name}` : join(parent ?? usualParent, name);
}

const usualParent = '/shiplog';

/** Tells the cgroups of one state folder from those of another. */
function markOf(stateDir: string): string {
  return createHash('sha256').update(stateDir).digest('hex').slice(0, 8);
}

export interface CgroupFolder {
  readonly namespace: Namespace;
  readonly task: TaskId;
  /** In one of the hierarchies. */
  readonly path: string;
}

/**
 * The cgroups of a state folder's tasks, where they usually are.
 *
 * @param all in every hierarchy; else in one, which has nearly every one of them, since a host with a thousand tasks has
 * ten thousand names in all
 */
export function ownCgroupFolders(stateDir: string, all: boolean): readonly CgroupFolder[] {
  const end = `--${markOf(stateDir)}`;
  const looked = all ? hierarchies() : hierarchies().filter(isUsual).slice(0, 1);
  return looked.flatMap((hierarchy) => {
    const parent = join(hierarchy, usualParent);
    return namesIn(parent).flatMap((name): CgroupFolder[] => {
      if (!name.endsWith(end)) return [];
      const [namespace = '', task = ''] = name.split('--');
      try {
        return [{ namespace: parseNamespace(namespace), task: parseTaskId(task), path: join(parent, name) }];
      } catch {
        return []; // not made by us
      }
    });
  });
}

/** A process in a cgroup, or in one below it; undefined where all of them have ended. */
export function processIn(folder: string): number | undefined {
  const found = pidsIn(folder).find((pid) => identify(pid));
  if (found !== undefined) return found;
  for (const below of existsSync(folder) ? foldersIn(folder) : []) {
    const within = processIn(below);
    if (within !== undefined) return within;
  }
  return undefined;
}

/** A container may make its cgroup, or one below it, a threaded one: of that the kernel tells no processes, but threads. */
function pidsIn(folder: string): readonly number[] {
  const read = (name: string) =>
    (readIfThere(join(folder, name)) ?? '').split('\n').flatMap((line) => parsePid(line) ?? []);
  try {
    return read('cgroup.procs');
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOTSUP') throw error;
    return read('cgroup.threads');
  }
}

/** Of v1, one that every runtime has its tasks in; v2 has no other. */
function isUsual(hierarchy: string): boolean {
  return hierarchy === cgroupRoot || hierarchy === join(cgroupRoot, 'pids');
}

function hierarchies(): readonly string[] {
  return hasUnifiedCgroups() ? [cgroupRoot] : foldersIn(cgroupRoot);
}

export type Freezing = 'thawed' | 'freezing' | 'frozen';

/** Whether the kernel holds a process's cgroup still. A process that is gone is thawed. */
export function freezingOf(pid: number): Freezing {
  const cgroups = readIfThere(`/proc/${pid}/cgroup`) ?? '';
  const v1 = /^\d+:(?:[^:\n]*,)?freezer(?:,[^:\n]*)?:(.*)$/m.exec(cgroups)?.[1];
  if (v1 !== undefined) {
    const state = readIfThere(join(cgroupRoot, 'freezer', v1, 'freezer.state'))?.trim();
    return state === 'FROZEN' ? 'frozen' : state === 'FREEZING' ? 'freezing' : 'thawed';
  }
  const v2 = /^0::(.*)$/m.exec(cgroups)?.[1];
  if (v2 === undefined) return 'thawed';
  if (/^frozen 1$/m.test(readIfThere(join(cgroupRoot, v2, 'cgroup.events')) ?? '')) return 'frozen';
  return readIfThere(join(cgroupRoot, v2, 'cgroup.freeze'))?.trim() === '1' ? 'freezing' : 'thawed';
}

const removalAttempts = 50;

/**
 * Removes a cgroup of ours from every hierarchy, and kills who is still in it: what a create that failed or was given
 * up may have left. One that is not there is removed already; one that stays busy for a second is left.
 */
export async function removeCgroup(path: string): Promise<void> {
  if (!path.startsWith('/')) return; // systemd's to remove
  let folders = hierarchies().map((hierarchy) => join(hierarchy, path));
  for (let attempt = 0; attempt < removalAttempts; attempt++) {
    folders = folders.filter((folder) => !removed(folder));
    if (folders.length === 0) return;
    await delay(20);
  }
}

/** With those below it: a restore may bring the ones of its checkpoint along. */
function removed(folder: string): boolean {
  if (!existsSync(folder)) return true;
  const below = foldersIn(folder).map(removed);
  if (below.includes(false)) return false;
  for (const pid of pidsIn(folder)) killQuietly(pid);
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    if (isMissing(error)) return true;
    if (systemCodeOf(error) === 'EBUSY') return false;
    throw error;
  }
}

function foldersIn(path: string): readonly string[] {
  const entries = readdirSync(path, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(path, entry.name));
}
