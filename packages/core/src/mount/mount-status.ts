/** What the log says of mounts, beside what the kernel says. */
import type { MountSet } from '../task/state.js';
import { isRemount, type Mount } from './mount.js';
import { mountPointOf } from './mount-point.js';
import type { MountInfo } from './mountinfo.js';

/**
 * `activating` and `deactivating` while who asked is at work; `active` where log and host agree; `leaked` for what the
 * host has and nobody needs any more; `missing` for what the host has not: a reboot, or somebody's umount.
 */
export type MountStatus = MountSet['status'] | 'leaked' | 'missing';

export interface MountOnHost {
  readonly mount: Mount;
  /** On the host. */
  readonly mountPoint: string;
  readonly status: MountStatus;
}

export interface MountUse {
  /** Whether there is a task that they are for. */
  readonly needed: boolean;
  /** Whether the process is there that the set belongs to while it changes. */
  readonly ownerAlive: boolean;
}

/** Of two mounts on one point, the first is the lower one. A remount makes none, so there is nothing to see of it. */
export function mountStatuses(
  root: string,
  set: MountSet,
  use: MountUse,
  table: readonly MountInfo[],
): readonly MountOnHost[] {
  const seen = new Map<string, number>();
  return set.mounts
    .filter((mount) => !isRemount(mount))
    .map((mount) => {
      const mountPoint = mountPointOf(root, mount);
      const nth = seen.get(mountPoint) ?? 0;
      seen.set(mountPoint, nth + 1);
      const info = table.filter((mounted) => mounted.mountPoint === mountPoint)[nth];
      return { mount, mountPoint, status: statusOf(set, use, info !== undefined && fits(mount, info)) };
    });
}

function statusOf({ status }: MountSet, { needed, ownerAlive }: MountUse, onHost: boolean): MountStatus {
  if (status !== 'active' && ownerAlive) return status;
  if (!onHost) return 'missing';
  return status === 'active' && needed ? 'active' : 'leaked';
}

/** File systems that the kernel shows under the very name that they are mounted by. */
const shownByName: ReadonlySet<string> = new Set(['overlay', 'tmpfs', 'proc', 'sysfs', 'devpts', 'mqueue', 'cgroup2']);

/** Whether what is mounted can be what was asked for. A bind shows the file system that it came from: that may be any. */
export function fits({ type }: Mount, { fsType }: MountInfo): boolean {
  return !shownByName.has(type) || fsType === type;
}
