/** The flags of what stands around a task's process: files, devices, and what the kernel lets it do. */
import { type CreateOpts, InvalidArgumentError, type Mount, marshalAny } from '@shiplog/core';
import {
  type DeviceOption,
  type LinuxDeviceRule,
  type OciRlimit,
  ociOptionsType,
  parseDeviceFlag,
  parseDeviceRule,
  parseMemorySize,
  parseOomScoreAdj,
  parseSecurityOpts,
  parseTmpfsFlag,
  parseUlimit,
  parseUmask,
  parseVolumeFlag,
  type SpecChanges,
} from '@shiplog/oci';
import { type Command, Option } from 'commander';
import { collect, notEmpty } from '../flags.js';

type Pair = readonly [name: string, value: string];

export interface ContainerFlags {
  readonly volume?: readonly Mount[];
  readonly tmpfs?: readonly Mount[];
  readonly device?: readonly DeviceOption[];
  readonly deviceCgroupRule?: readonly LinuxDeviceRule[];
  readonly hostname?: string;
  readonly shmSize?: number;
  readonly ulimit?: readonly OciRlimit[];
  readonly umask?: number;
  readonly sysctl?: readonly Pair[];
  readonly annotation?: readonly Pair[];
  readonly oomScoreAdj?: number;
  readonly securityOpt?: readonly string[];
  readonly hooksDir?: readonly string[];
  readonly cgroupParent?: string;
  readonly cgroupManager?: 'cgroupfs' | 'systemd';
  readonly systemdCgroup?: boolean;
}

export function addContainerFlags(command: Command): void {
  command
    .option(
      '-v, --volume <host:container[:options]>',
      'a folder or file of the host: ./data:/data:ro',
      collect(parseVolumeFlag),
    )
    .option('--tmpfs <container[:options]>', 'memory as a folder: /tmp:size=64m', collect(parseTmpfsFlag))
    .option('--shm-size <size>', 'of /dev/shm; 64m when absent', shmSizeOf)
    .option('--device <host[:container[:rwm]]>', 'a device of the host, or a folder of them', collect(parseDeviceFlag))
    .option('--device-cgroup-rule <rule>', 'devices that may be used: "c 10:229 rwm"', collect(parseDeviceRule))
    .option('--hostname <name>', 'the ID when absent', notEmpty)
    .option('--ulimit <name=soft[:hard]>', 'a limit of setrlimit(2): nofile=1024:4096', collect(parseUlimit))
    // runc has none for execs, so that it is the task's alone.
    .option('--umask <mask>', 'the permissions that new files do not get: 022', parseUmask)
    .option('--sysctl <name=value>', 'a setting of its kernel namespaces', collect(pairOf('sysctl')))
    .option('--annotation <name=value>', 'for hooks and runtimes: it is in the spec', collect(pairOf('annotation')))
    .option(
      '--oom-score-adj <number>',
      'how soon the kernel ends it for want of memory: -1000 to 1000',
      parseOomScoreAdj,
    )
    .option(
      '--security-opt <option>',
      'seccomp=FILE|unconfined, apparmor=PROFILE, label=..., mask=PATHS, unmask=PATHS|ALL, no-new-privileges',
      collect(notEmpty),
    )
    .option('--hooks-dir <dir>', 'hooks for containers that they fit: oci-hooks(5)', collect(notEmpty))
    .option('--cgroup-parent <path>', 'where its cgroup is made; with systemd a slice', notEmpty)
    .option('--systemd-cgroup', 'the same as --cgroup-manager systemd')
    .addOption(new Option('--cgroup-manager <name>', 'who makes the cgroup').choices(['cgroupfs', 'systemd']));
}

function shmSizeOf(text: string): number {
  const size = parseMemorySize(text);
  if (size > 0) return size;
  throw new InvalidArgumentError('/dev/shm needs a size: give bytes, or a number with k, m or g');
}

function pairOf(what: string): (text: string) => Pair {
  return (text) => {
    const [, name, value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    if (name !== undefined) return [name, value];
    throw new InvalidArgumentError(`${what} ${JSON.stringify(text)} is not valid: write NAME=VALUE`);
  };
}

/** @throws InvalidArgumentError | NotFoundError for a security option that cannot be kept */
export function containerChanges(flags: ContainerFlags): SpecChanges {
  const { device, deviceCgroupRule, hostname, shmSize, ulimit, umask, sysctl, annotation, oomScoreAdj } = flags;
  return {
    ...(device && { devices: device }),
    ...(deviceCgroupRule && { deviceRules: deviceCgroupRule }),
    ...(hostname !== undefined && { hostname }),
    ...(shmSize !== undefined && { shmSize }),
    ...(ulimit && { rlimits: ulimit }),
    ...(umask !== undefined && { umask }),
    ...(sysctl && { sysctl: Object.fromEntries(sysctl) }),
    ...(annotation && { annotations: Object.fromEntries(annotation) }),
    ...(flags.hooksDir && { hooksDirs: flags.hooksDir }),
    ...(oomScoreAdj !== undefined && { oomScoreAdj }),
    ...parseSecurityOpts(flags.securityOpt ?? []),
  };
}

/** What is for the backend, and not for the spec. */
export function runtimeOptionsOf({
  cgroupManager,
  systemdCgroup = cgroupManager && cgroupManager === 'systemd',
  cgroupParent,
}: ContainerFlags): Pick<CreateOpts, 'runtimeOptions'> {
  if (systemdCgroup === undefined && cgroupParent === undefined) return {};
  const options = { ...(systemdCgroup !== undefined && { systemdCgroup }), ...(cgroupParent && { cgroupParent }) };
  return { runtimeOptions: marshalAny(ociOptionsType, options) };
}
