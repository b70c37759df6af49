/**
 * The OCI runtime specification's `linux.resources` (`config-linux.md`, control groups): what a task may use, at
 * create and at update. The names are cgroup v1's; OCI runtimes translate them for v2.
 */
export interface LinuxResources {
  /** The last rule that matches a device decides. */
  readonly devices?: readonly LinuxDeviceRule[];
  readonly memory?: LinuxMemory;
  readonly cpu?: LinuxCpu;
  readonly pids?: LinuxPids;
  readonly blockIO?: LinuxBlockIo;
  readonly hugepageLimits?: readonly LinuxHugepageLimit[];
  readonly network?: LinuxNetwork;
  /** By device: `mlx5_1`. */
  readonly rdma?: Readonly<Record<string, LinuxRdma>>;
  /** cgroup v2 files and what to write in them. */
  readonly unified?: Readonly<Record<string, string>>;
}

export interface LinuxDeviceRule {
  readonly allow: boolean;
  /** All, character, block. */
  readonly type?: 'a' | 'c' | 'b';
  /** All when absent. */
  readonly major?: number;
  readonly minor?: number;
  /** Any of read, write, mknod: `rwm`. */
  readonly access?: string;
}

export interface LinuxMemory {
  /** Bytes; -1 for no limit. */
  readonly limit?: number;
  /** Soft limit in bytes; -1 for none. */
  readonly reservation?: number;
  /** Memory and swap together, in bytes; -1 for no limit. */
  readonly swap?: number;
  /** Bytes. Deprecated by the specification. */
  readonly kernel?: number;
  /** Bytes. Deprecated by the specification. */
  readonly kernelTCP?: number;
  /** 0 to 100. */
  readonly swappiness?: number;
  readonly disableOOMKiller?: boolean;
  readonly useHierarchy?: boolean;
  /** Refuse a limit below what is in use. */
  readonly checkBeforeUpdate?: boolean;
}

export interface LinuxCpu {
  /** Weight beside other cgroups: 2 to 262144, 1024 is usual. */
  readonly shares?: number;
  /** Microseconds of CPU time in each period, of all CPUs together; -1 for no limit. */
  readonly quota?: number;
  /** Microseconds that may be saved up beyond the quota. */
  readonly burst?: number;
  /** Microseconds. */
  readonly period?: number;
  /** Microseconds of realtime scheduling in each realtime period. */
  readonly realtimeRuntime?: number;
  /** Microseconds. */
  readonly realtimePeriod?: number;
  /** `0-3,7`. */
  readonly cpus?: string;
  /** Memory nodes: `0-1`. */
  readonly mems?: string;
  /** 1 for a group that runs only when nothing else would. */
  readonly idle?: number;
}

export interface LinuxPids {
  /** Processes and threads; -1 for no limit. */
  readonly limit: number;
}

export interface LinuxBlockIo {
  /** 10 to 1000. */
  readonly weight?: number;
  readonly leafWeight?: number;
  readonly weightDevice?: readonly (LinuxBlockDevice & { readonly weight?: number; readonly leafWeight?: number })[];
  /** Bytes a second. */
  readonly throttleReadBpsDevice?: readonly LinuxThrottleDevice[];
  /** Bytes a second. */
  readonly throttleWriteBpsDevice?: readonly LinuxThrottleDevice[];
  /** Operations a second. */
  readonly throttleReadIOPSDevice?: readonly LinuxThrottleDevice[];
  /** Operations a second. */
  readonly throttleWriteIOPSDevice?: readonly LinuxThrottleDevice[];
}

export interface LinuxBlockDevice {
  readonly major: number;
  readonly minor: number;
}

export interface LinuxThrottleDevice extends LinuxBlockDevice {
  readonly rate: number;
}

export interface LinuxHugepageLimit {
  /** `2MB`, `1GB`. */
  readonly pageSize: string;
  /** Bytes. */
  readonly limit: number;
}

export interface LinuxNetwork {
  readonly classID?: number;
  readonly priorities?: readonly { readonly name: string; readonly priority: number }[];
}

export interface LinuxRdma {
  readonly hcaHandles?: number;
  readonly hcaObjects?: number;
}
