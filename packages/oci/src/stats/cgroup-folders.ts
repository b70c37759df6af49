/**
 * Where the cgroups of a process are, as this process sees them. The kernel tells both halves: the path in each
 * hierarchy (/proc/PID/cgroup) and where hierarchies are mounted (mountinfo). In a private cgroup namespace both are
 * relative to its root, which is mostly above or beside what we see: then both begin with the same `/..`.
 */
import { join } from 'node:path';
import { type MountInfo, readMountInfo } from '@shiplog/core';
import { readIfThere } from '../small-file.js';

/** The host, or a picture of one. */
export interface CgroupHost {
  /** `/proc`. */
  readonly proc: string;
  readonly mounts: () => readonly MountInfo[];
}

export const thisHost: CgroupHost = { proc: '/proc', mounts: readMountInfo };

export interface CgroupFolders {
  /** `v2` where there is nothing but the one tree of cgroup v2; a hybrid host's controllers are in v1. */
  readonly version: 'v1' | 'v2';
  /** By controller of v1; only those that are mounted where we see them. */
  readonly v1: ReadonlyMap<string, string>;
  /** In the tree of v2: on a hybrid host the one beside v1. */
  readonly unified: string | undefined;
}

/**
 * undefined if there is no such process.
 *
 * @param own the cgroup that was made for the task: where the process moved into one below it, it is still the task's
 * that is meant
 */
export function cgroupFoldersOf(pid: number, own: string | null, host = thisHost): CgroupFolders | undefined {
  const lines = readIfThere(join(host.proc, String(pid), 'cgroup'))
    ?.split('\n')
    .filter(Boolean);
  if (lines === undefined) return undefined;
  const mounts = host.mounts().filter(({ fsType }) => fsType === 'cgroup' || fsType === 'cgroup2');
  const v1 = new Map<string, string>();
  let unified: string | undefined;
  for (const line of lines) {
    const [, id, controllers = '', found = ''] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
    const path = upTo(own, found);
    if (id === '0') {
      unified = folderIn(
        mounts.filter(({ fsType }) => fsType === 'cgroup2'),
        path,
      );
      continue;
    }
    for (const controller of controllers.split(',').filter((each) => each !== '' && !each.startsWith('name='))) {
      const mounted = mounts.filter((mount) => mount.fsType === 'cgroup' && mount.superOptions.includes(controller));
      const folder = folderIn(mounted, path);
      if (folder !== undefined) v1.set(controller, folder);
    }
  }
  return { version: v1.size > 0 || unified === undefined ? 'v1' : 'v2', v1, unified };
}

function upTo(own: string | null, path: string): string {
  const start = own?.startsWith('/') ? `${path}/`.indexOf(`${own}/`) : -1;
  return own === null || start === -1 ? path : path.slice(0, start + own.length);
}

/** In the mount that shows it; the last one, which may lie over the others. */
function folderIn(mounts: readonly MountInfo[], path: string): string | undefined {
  for (const { root, mountPoint } of mounts.toReversed()) {
    const [above, below] = [segmentsOf(root), segmentsOf(path)];
    if (above.every((segment, index) => below[index] === segment)) {
      const inside = below.slice(above.length);
      // Outside of what the mount shows.
      if (!inside.includes('..')) return join(mountPoint, ...inside);
    }
  }
  return undefined;
}

function segmentsOf(path: string): readonly string[] {
  return path.split('/').filter(Boolean);
}
