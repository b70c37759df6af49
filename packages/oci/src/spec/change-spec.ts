/** A spec with what a command line says otherwise: a default one, or a bundle's. */

import { existsSync } from 'node:fs';
import { matchesGlob } from 'node:path';
import { InvalidArgumentError, type Mount } from '@shiplog/core';
import { accountsSwap } from '../cgroup.js';
import { type DeviceOption, type GrantedDevice, grantDevice, hostDevices } from './devices.js';
import { hooksFor } from './hooks-dir.js';
import { type HostFacts, readHostFacts } from './host-facts.js';
import { hasId } from './id-mappings.js';
import type { LinuxDeviceRule, LinuxResources } from './linux-resources.js';
import type { LinuxDevice, LinuxIdMapping, LinuxNamespace, OciLinux } from './linux-spec.js';
import { changeNamespaces, hasOwn, isShared, type NamespaceChoices } from './namespaces.js';
import type { OciHooks, OciMount, OciProcess, OciSpec } from './oci-spec.js';
import { changeProcess, type ProcessOptions } from './process-options.js';
import { linuxResources, type ResourceLimits } from './resource-limits.js';
import { resolveSeccomp, type SeccompProfile, seccompTarget } from './seccomp-profile.js';

export interface SpecChanges extends ProcessOptions, ResourceLimits {
  /** Inside the container. One on the target of a mount that is there takes its place. */
  readonly mounts?: readonly Mount[];
  /** Whether nothing can write to the root file system. */
  readonly readOnly?: boolean;
  /** At most 64 characters. */
  readonly hostname?: string;
  /** Bytes of /dev/shm. */
  readonly shmSize?: number;
  readonly namespaces?: NamespaceChoices;
  /** The container has a user namespace then. */
  readonly uidMappings?: readonly LinuxIdMapping[];
  /** Those of users when absent. */
  readonly gidMappings?: readonly LinuxIdMapping[];
  readonly devices?: readonly DeviceOption[];
  readonly deviceRules?: readonly LinuxDeviceRule[];
  readonly sysctl?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly hooks?: OciHooks;
  /** Folders of hooks for containers that they fit. */
  readonly hooksDirs?: readonly string[];
  readonly seccomp?: SeccompProfile | 'unconfined';
  /** Absolute paths that are hidden too. */
  readonly mask?: readonly string[];
  /** Absolute paths, patterns of them, or `ALL`: neither hidden nor read-only. */
  readonly unmask?: readonly string[];
}

/**
 * Everything that is not named stays as it is, except that the process gets no terminal, whatever the spec says, unless
 * it is asked for: nobody might be on its other end.
 *
 * @throws InvalidArgumentError if a change makes no sense
 * @throws NotFoundError if the root file system, a device or a profile is not there
 */
export function changeSpec<S extends OciSpec>(spec: S, changes: SpecChanges, host: () => HostFacts = readHostFacts): S {
  const { root, hostname } = spec;
  const rootfs = root?.path.startsWith('/') ? root.path : '';
  const process = spec.process && changeProcess(spec.process, changes, rootfs, host);
  const devices = [...(changes.privileged ? hostDevices() : []), ...(changes.devices ?? []).flatMap(grantDevice)];
  const linux = changeLinux(spec.linux, changes, devices, process);
  if (process) assertMapped(process.user?.uid ?? 0, linux?.uidMappings);
  const namespaces = linux?.namespaces ?? [];
  const hasName = hasOwn(namespaces, 'uts');
  if (changes.hostname !== undefined && !hasName) {
    throw new InvalidArgumentError('a host name needs a UTS namespace of its own: leave out --hostname or --uts');
  }
  const named = changes.hostname === undefined ? hostname : checkedHostname(changes.hostname);
  const { hostname: _hostname, ...rest } = spec;
  const changed = {
    ...rest,
    ...(process && { process }),
    ...(root && changes.readOnly && { root: { ...root, readonly: true } }),
    ...(named !== undefined && (hasName || !changes.namespaces?.uts) && { hostname: named }),
    ...changeMounts(spec.mounts, linux, changes, devices),
    ...(linux && { linux }),
    ...(changes.annotations && { annotations: { ...spec.annotations, ...changes.annotations } }),
  } as S;
  const added = [changes.hooks, changes.hooksDirs && hooksFor(changed, changes.hooksDirs)];
  const hooks = added.reduce((before, more) => (more ? mergeHooks(before, more) : before), spec.hooks);
  return hooks ? { ...changed, hooks } : changed;
}

const maxHostname = 64;

function checkedHostname(name: string): string {
  if (name === '' || name.length > maxHostname) {
    throw new InvalidArgumentError(
      `host name ${JSON.stringify(name)} is not valid: give 1 to ${maxHostname} characters`,
    );
  }
  return name;
}

/** A host name for a task: its ID, as far as the kernel's 64 characters go. */
export function hostnameOf(taskId: string): string {
  return taskId.slice(0, maxHostname).replace(/[._-]+$/, '');
}

/** The OCI runtimes' own words for it say nothing of who it is. */
function assertMapped(uid: number, mappings: readonly LinuxIdMapping[] | undefined): void {
  if (hasId(mappings, uid)) return;
  throw new InvalidArgumentError(
    `user ${uid} is not one of the container's user namespace: map it with --uidmap; who is not root needs it in /etc/subuid`,
  );
}

function changeLinux(
  base: OciLinux | undefined,
  changes: SpecChanges,
  devices: readonly GrantedDevice[],
  process?: OciProcess,
): OciLinux | undefined {
  const { sysctl } = changes;
  const mapped = mappingsOf(changes);
  const choices = mapped ? { ...changes.namespaces, user: 'private' as const } : changes.namespaces;
  const made = hasUsers({ ...base, ...mapped }) ? [] : devices;
  const seccomp = seccompOf(changes, process);
  const changed: OciLinux = {
    ...base,
    ...(choices && { namespaces: changeNamespaces(base?.namespaces ?? [], choices) }),
    ...mapped,
    ...(made.length > 0 && { devices: mergeDevices(base, made) }),
    ...resourcesOf(base?.resources, changes, devices),
    ...(sysctl && { sysctl: { ...base?.sysctl, ...sysctl } }),
    ...(seccomp !== undefined && { seccomp }),
    ...pathsOf(base, changes),
    ...(changes.selinuxLabel !== undefined && { mountLabel: mountLabelOf(changes.selinuxLabel) }),
  };
  const { seccomp: filter, ...open } = changed;
  const result = filter === null ? open : changed;
  return base || Object.keys(result).length > 0 ? (result as OciLinux) : undefined;
}

function mappingsOf({
  uidMappings,
  gidMappings,
}: SpecChanges): Pick<OciLinux, 'uidMappings' | 'gidMappings'> | undefined {
  const [uids, gids] = [uidMappings ?? gidMappings, gidMappings ?? uidMappings];
  return uids && gids ? { uidMappings: uids, gidMappings: gids } : undefined;
}

/** Null where there is to be none. */
function seccompOf({ seccomp, privileged }: SpecChanges, process?: OciProcess) {
  if (seccomp === 'unconfined' || (seccomp === undefined && privileged)) return null as never;
  return seccomp && resolveSeccomp(seccomp, seccompTarget(process?.capabilities?.bounding ?? []));
}

/** What files have where processes have `container_t`. */
function mountLabelOf(label: string): string {
  const [user = '', , , ...level] = label.split(':');
  return [user, 'object_r', 'container_file_t', ...level].join(':');
}

function mergeDevices(base: OciLinux | undefined, granted: readonly GrantedDevice[]): readonly LinuxDevice[] {
  const all = [...(base?.devices ?? []), ...granted.map(({ device }) => device)];
  return [...new Map(all.map((device) => [device.path, device])).values()];
}

const everyDevice: LinuxDeviceRule = { allow: true, access: 'rwm' };

/** Each limit goes into its group, beside what the spec says in it: `memory.limit` beside `memory.swap`. */
function resourcesOf(
  before: LinuxResources | undefined,
  changes: SpecChanges,
  granted: readonly GrantedDevice[],
): Pick<OciLinux, 'resources'> {
  // What the spec says of swap stays, unless the caller speaks of it.
  const swap = before?.memory?.swap === undefined && accountsSwap();
  const now = linuxResources(changes, swap) as Readonly<Record<string, object>>;
  const groups = Object.entries(now).map(([group, limits]) => {
    const there = (before as Readonly<Record<string, object>> | undefined)?.[group];
    return [group, Array.isArray(limits) ? limits : { ...there, ...limits }];
  });
  const rules = [
    ...(changes.privileged ? [everyDevice] : []),
    ...granted.map(({ rule }) => rule),
    ...(changes.deviceRules ?? []),
  ];
  if (groups.length === 0 && rules.length === 0) return {};
  return {
    resources: {
      ...before,
      ...Object.fromEntries(groups),
      ...(rules.length > 0 && { devices: [...(before?.devices ?? []), ...rules] }),
    },
  };
}

function pathsOf(base: OciLinux | undefined, { mask = [], unmask = [], privileged }: SpecChanges): Partial<OciLinux> {
  if (mask.length === 0 && unmask.length === 0 && !privileged) return {};
  const open = privileged ? ['ALL'] : unmask;
  const isOpen = (path: string) => open.some((each) => each === 'ALL' || matchesGlob(path, each));
  const closed = (paths: readonly string[] = []) => paths.filter((path) => !isOpen(path));
  return {
    maskedPaths: [...new Set([...closed(base?.maskedPaths), ...mask])],
    readonlyPaths: closed(base?.readonlyPaths),
  };
}

const propagations = ['private', 'rprivate', 'slave', 'rslave', 'shared', 'rshared', 'unbindable', 'runbindable'];

/** A bind says for itself whether mounts travel: the runtimes' own defaults differ. */
function insideMount({ type, source, target, options }: Mount): OciMount {
  if (target === '/') throw new InvalidArgumentError('a mount on / makes the root: give it as a mount of the rootfs');
  const isBind = type === 'bind' && !options.some((option) => propagations.includes(option));
  return { destination: target, type, source, options: isBind ? [...options, 'rprivate'] : options };
}

/** Whether it has users of its own: then nobody in it can make devices. */
function hasUsers(linux: OciLinux | undefined): boolean {
  return (linux?.uidMappings?.length ?? 0) > 0;
}

function deviceMount({ source, device, rule }: GrantedDevice): OciMount {
  const access = rule.access?.includes('w') ? [] : ['ro'];
  return {
    destination: device.path,
    type: 'bind',
    source,
    options: ['bind', 'nosuid', 'noexec', 'rprivate', ...access],
  };
}

function changeMounts(
  before: readonly OciMount[] | undefined,
  linux: OciLinux | undefined,
  changes: SpecChanges,
  devices: readonly GrantedDevice[],
): Pick<OciSpec, 'mounts'> {
  const namespaces = linux?.namespaces ?? [];
  const added = [...(hasUsers(linux) ? devices.map(deviceMount) : []), ...(changes.mounts ?? []).map(insideMount)];
  const shared = changes.namespaces ? sharedMounts(namespaces, changes.namespaces) : [];
  const taken = new Set(added.map(({ destination }) => destination));
  const fromHost = shared.filter(({ destination }) => !taken.has(destination));
  const replaced = new Set([...taken, ...fromHost.map(({ destination }) => destination)]);
  const kept = (before ?? [])
    .filter(({ destination }) => !replaced.has(destination))
    .filter(({ type }) => !(type === 'cgroup' && fromHost.some(({ destination }) => destination === '/sys')))
    .map((mount) => fitted(mount, linux, changes));
  const mounts = [...kept, ...fromHost, ...added];
  return before === undefined && mounts.length === 0 ? {} : { mounts };
}

/** What a mount has to be like beside what else is asked for. */
function fitted(mount: OciMount, linux: OciLinux | undefined, { shmSize, privileged }: SpecChanges): OciMount {
  const { destination, type, options = [] } = mount;
  if (destination === '/dev/shm' && shmSize !== undefined) {
    return { ...mount, options: [...options.filter((option) => !option.startsWith('size=')), `size=${shmSize}`] };
  }
  if (privileged && (type === 'sysfs' || type === 'cgroup')) {
    return { ...mount, options: options.filter((option) => option !== 'ro') };
  }
  // Terminals belong to a group, where the container has it.
  if (type === 'devpts' && !hasId(linux?.gidMappings, 5)) {
    return { ...mount, options: options.filter((option) => option !== 'gid=5') };
  }
  return mount;
}

const hostBind = (path: string, ...options: readonly string[]): OciMount => ({
  destination: path,
  type: 'bind',
  source: path,
  options: ['rbind', 'nosuid', 'noexec', 'nodev', 'rprivate', ...options],
});

/** What comes with a namespace of the host: its view, and files that tell how to use it. */
function sharedMounts(namespaces: readonly LinuxNamespace[], { network, ipc }: NamespaceChoices): readonly OciMount[] {
  const users = namespaces.some(({ type }) => type === 'user');
  return [
    // Who makes a user namespace may show in it only what belongs to namespaces of its own.
    ...(users && isShared(namespaces, 'pid') ? [hostBind('/proc')] : []),
    ...(users && isShared(namespaces, 'network') ? [hostBind('/sys', 'ro')] : []),
    ...(ipc === 'host'
      ? ['/dev/shm', '/dev/mqueue'].filter((path) => existsSync(path)).map((path) => hostBind(path))
      : []),
    ...(network === 'host'
      ? ['/etc/hosts', '/etc/resolv.conf'].filter((path) => existsSync(path)).map((path) => hostBind(path, 'ro'))
      : []),
  ];
}

/** The spec's own come first. */
function mergeHooks(before: OciHooks | undefined, added: OciHooks): OciHooks {
  const stages = Object.entries(added) as readonly [keyof OciHooks, OciHooks[keyof OciHooks]][];
  return {
    ...before,
    ...Object.fromEntries(stages.map(([stage, hooks]) => [stage, [...(before?.[stage] ?? []), ...(hooks ?? [])]])),
  };
}
