/** What a user who is not root has to do with on a host. */
import { mayMakeCgroups } from './cgroup.js';
import { readIfThere } from './small-file.js';
import { type Mappings, rootlessMappings } from './spec/rootless-mappings.js';

export function isRoot(): boolean {
  return process.geteuid?.() === 0;
}

/** Settings of kernels and distributions by which users may make no user namespace, and what lifts them. */
const barriers = [
  ['/proc/sys/user/max_user_namespaces', '0', 'sysctl user.max_user_namespaces=10000'],
  ['/proc/sys/kernel/unprivileged_userns_clone', '0', 'sysctl kernel.unprivileged_userns_clone=1'],
  [
    '/proc/sys/kernel/apparmor_restrict_unprivileged_userns',
    '1',
    'sysctl kernel.apparmor_restrict_unprivileged_userns=0, or an AppArmor profile that allows userns',
  ],
] as const;

/** Why containers of a user who is not root cannot run; undefined where they can. */
export function rootlessBarrier(read: (path: string) => string | undefined = readIfThere): string | undefined {
  const barrier = barriers.find(([path, closed]) => read(path)?.trim() === closed);
  if (!barrier) return undefined;
  const [path, , remedy] = barrier;
  return `only root may make user namespaces on this host (${path}): run as root, or have root set ${remedy}`;
}

/** What such containers have, and lack. */
export function rootlessNotes(systemdCgroup: boolean, mappings: Mappings = rootlessMappings()): readonly string[] {
  const users = mappings.uidMappings.reduce((sum, { size }) => sum + size, 0);
  const who =
    users > 1
      ? `not root: containers run in a user namespace of ${users} users`
      : 'not root: containers run in a user namespace where root, who is you, is the only user; /etc/subuid and /etc/subgid, with newuidmap, give more';
  const cgroups = 'not root: tasks have no cgroups of their own, so there are no limits, no pause and no stats';
  return mayMakeCgroups(systemdCgroup) ? [who] : [who, cgroups];
}
