/** Control groups: one v1 hierarchy, the v2 tree, or whatever the host has. */
import { readFileSync, statfsSync } from 'node:fs';
import { FailedPreconditionError, type Mount } from '@shiplog/core';
import type { MountCall, MountKind } from '../mount-kind.js';
import { checkOptions, type OptionRules, sortOptions, splitOption, wrongMount } from '../options.js';

const hostTree = '/sys/fs/cgroup';
const cgroup2Magic = 0x63677270;

const word = (example: string) => ({ pattern: /^$/, example: `${example}, without a value` });
const words = (...names: string[]): OptionRules => Object.fromEntries(names.map((name) => [name, word(name)]));

const controllers = words(
  ...['blkio', 'cpu', 'cpuacct', 'cpuset', 'devices', 'freezer', 'hugetlb', 'memory', 'misc'],
  ...['net_cls', 'net_prio', 'perf_event', 'pids', 'rdma'],
);
// As the kernel's Documentation/admin-guide/cgroup-v1/cgroups.rst.
const v1Rules: OptionRules = {
  ...controllers,
  ...words('all', 'none', 'noprefix', 'clone_children', 'xattr', 'cpuset_v2_mode'),
  name: { pattern: /^[\w.-]{1,63}$/, example: 'name=systemd' },
};
// As the kernel's Documentation/admin-guide/cgroup-v2.rst.
const v2Rules = words('nsdelegate', 'favordynmods', 'memory_localevents', 'memory_recursiveprot', 'pids_localevents');

/**
 * With a controller or `name=`, that v1 hierarchy. With neither, what the host has: the v2 tree, or everything that is
 * mounted in /sys/fs/cgroup; then its flags hold for each of them.
 */
export const cgroup: MountKind = {
  type: 'cgroup',
  ofHost: true,
  check(mount) {
    checkOptions(mount, v1Rules);
    const own = sortOptions(mount).own.map((option) => splitOption(option).key);
    const chosen = own.filter((key) => key === 'name' || key === 'all' || Object.hasOwn(controllers, key));
    if (own.length > 0 && chosen.length === 0) {
      throw wrongMount(mount, `${own[0]} is of one hierarchy: name a controller (memory, ...) or name= too`);
    }
  },
  async prepare(mount) {
    const { flags, propagation, own } = sortOptions(mount);
    if (own.length > 0) {
      requireKernel(mount, 'cgroup');
      return {
        fsType: 'cgroup',
        source: mount.source || 'cgroup',
        options: [...own, ...propagation],
        afterwards: flags,
      };
    }
    if (statfsSync(hostTree).type === cgroup2Magic) return unified(mount);
    return { source: hostTree, options: ['rbind', 'rslave', ...propagation], afterwards: flags };
  },
};

/** The v2 tree; also beside v1, where it has the controllers that no v1 hierarchy has. */
export const cgroup2: MountKind = {
  type: 'cgroup2',
  ofHost: true,
  check: (mount) => checkOptions(mount, v2Rules),
  prepare: async (mount) => unified(mount),
};

function unified(mount: Mount): MountCall {
  requireKernel(mount, 'cgroup2');
  const { flags, propagation, own } = sortOptions(mount);
  return { fsType: 'cgroup2', source: mount.source || 'cgroup', options: [...own, ...propagation], afterwards: flags };
}

function requireKernel(mount: Mount, fsType: string): void {
  if (readFileSync('/proc/filesystems', 'latin1').split(/\s+/).includes(fsType)) return;
  const other = fsType === 'cgroup' ? 'cgroup2, or no controller' : 'cgroup with a controller';
  throw new FailedPreconditionError(`cannot mount ${mount.type}: this kernel has no ${fsType}; use ${other}`, {
    details: { type: mount.type },
  });
}
