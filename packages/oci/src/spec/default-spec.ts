/** What a container gets unless told otherwise: as much as ordinary images need, and no more. */
import type { HostFacts } from './host-facts.js';
import type { LinuxDeviceRule } from './linux-resources.js';
import type { LinuxNamespace } from './linux-spec.js';
import type { OciCapabilities, OciMount, OciRlimit } from './oci-spec.js';

/** The oldest that runc 1.1 and crun 1.8 both speak, and newer ones still do. */
export const ociVersion = '1.0.2';

export const defaultPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Podman's: what the start of an ordinary server needs (chown, drop to its own user, low ports), and no more. */
const capabilities = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_NET_BIND_SERVICE',
  'CAP_SETFCAP',
  'CAP_SETGID',
  'CAP_SETPCAP',
  'CAP_SETUID',
  'CAP_SYS_CHROOT',
];

/** Neither inheritable nor ambient: a process that drops root drops its capabilities. */
export const defaultCapabilities: OciCapabilities = {
  bounding: capabilities,
  effective: capabilities,
  permitted: capabilities,
};

/** systemd's defaults, which old programs that count on 1024 survive, within what this process may give. */
export function defaultRlimits({ openFiles }: HostFacts): readonly OciRlimit[] {
  return [{ type: 'RLIMIT_NOFILE', soft: Math.min(1024, openFiles), hard: Math.min(524_288, openFiles) }];
}

/** A network of its own, with nothing but a loopback device in it. */
export function defaultNamespaces({ unifiedCgroups }: HostFacts): readonly LinuxNamespace[] {
  const types = ['pid', 'network', 'ipc', 'uts', 'mount'] as const;
  // On v1 the runtimes show the container's own cgroup at the usual place without one, and old programs expect that.
  return [...types, ...(unifiedCgroups ? (['cgroup'] as const) : [])].map((type) => ({ type }));
}

/** Everything is forbidden; the OCI runtimes add null, zero, full, random, urandom, tty and the terminals themselves. */
export const defaultDeviceRules: readonly LinuxDeviceRule[] = [{ allow: false, access: 'rwm' }];

export const defaultMounts: readonly OciMount[] = [
  { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
  {
    destination: '/dev',
    type: 'tmpfs',
    source: 'tmpfs',
    options: ['nosuid', 'noexec', 'strictatime', 'mode=755', 'size=65536k'],
  },
  {
    destination: '/dev/pts',
    type: 'devpts',
    source: 'devpts',
    // Group 5 is `tty` wherever there are users to talk of.
    options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
  },
  {
    destination: '/dev/shm',
    type: 'tmpfs',
    source: 'shm',
    options: ['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=65536k'],
  },
  { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: ['nosuid', 'noexec', 'nodev'] },
  { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', 'ro'] },
  {
    destination: '/sys/fs/cgroup',
    type: 'cgroup',
    source: 'cgroup',
    options: ['nosuid', 'noexec', 'nodev', 'relatime', 'ro'],
  },
];

/** Files of the kernel that tell of the host, or act on it. */
export const defaultMaskedPaths: readonly string[] = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/sys/devices/virtual/powercap',
  '/sys/firmware',
];

export const defaultReadonlyPaths: readonly string[] = [
  '/proc/bus',
  '/proc/fs',
  '/proc/irq',
  '/proc/sys',
  '/proc/sysrq-trigger',
];
