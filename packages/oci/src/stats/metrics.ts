/**
 * What `Task.stats` gives: containerd's `io.containerd.cgroups.v1.Metrics` and `v2.Metrics` in lowerCamelCase JSON. A
 * part is absent where the host has no such controller, and a limit where there is none: containerd's huge numbers for
 * that are beyond what JSON keeps. `workingSet` is ours; the rest is the kernel's own count, since the task was created.
 */
import { type TypedAny, unmarshalAny } from '@shiplog/core';

/** The names under which containerd knows them. */
export const metricsTypes = {
  v1: 'io.containerd.cgroups.v1.Metrics',
  v2: 'io.containerd.cgroups.v2.Metrics',
} as const;

export interface CgroupV1Metrics {
  readonly cpu?: V1Cpu;
  readonly memory?: V1Memory;
  readonly memoryOomControl?: V1OomControl;
  readonly pids?: PidsMetrics;
  readonly blkio?: V1Blkio;
  readonly hugetlb?: readonly V1Hugetlb[];
  readonly rdma?: RdmaMetrics;
  readonly network?: readonly NetworkMetrics[];
}

export interface CgroupV2Metrics {
  readonly cpu?: V2Cpu;
  readonly memory?: V2Memory;
  readonly memoryEvents?: V2MemoryEvents;
  readonly pids?: PidsMetrics;
  readonly io?: { readonly usage: readonly V2IoEntry[] };
  readonly hugetlb?: readonly V2Hugetlb[];
  readonly rdma?: RdmaMetrics;
  readonly network?: readonly NetworkMetrics[];
}

export interface V1Cpu {
  /** Nanoseconds of CPU time. */
  readonly usage: {
    readonly total: number;
    readonly kernel: number;
    readonly user: number;
    readonly perCpu: readonly number[];
  };
  readonly throttling?: {
    readonly periods: number;
    readonly throttledPeriods: number;
    /** Nanoseconds. */
    readonly throttledTime: number;
  };
}

/** Bytes; `pg...` are events. `total...` includes the cgroups below. */
export interface V1Memory {
  readonly cache: number;
  readonly rss: number;
  readonly mappedFile: number;
  readonly pgFault: number;
  readonly pgMajFault: number;
  readonly inactiveFile: number;
  readonly activeFile: number;
  readonly totalCache: number;
  readonly totalRss: number;
  readonly totalInactiveFile: number;
  readonly totalActiveFile: number;
  readonly usage: V1MemoryEntry;
  /** Memory and swap together. */
  readonly swap?: V1MemoryEntry;
  readonly kernel?: V1MemoryEntry;
  readonly kernelTcp?: V1MemoryEntry;
  /** What the kernel could not take back at once: the usage without inactive files. */
  readonly workingSet: number;
}

/** Bytes. */
export interface V1MemoryEntry {
  readonly limit?: number;
  readonly usage: number;
  /** The most that ever was. */
  readonly max: number;
  /** How often the limit was hit. */
  readonly failcnt: number;
}

export interface V1OomControl {
  /** 1 where the kernel does not kill, but lets wait. */
  readonly oomKillDisable: number;
  readonly underOom: number;
  /** Processes that the kernel killed for want of memory. */
  readonly oomKill: number;
}

export interface PidsMetrics {
  /** Processes and threads. */
  readonly current: number;
  readonly limit?: number;
}

export interface V1Blkio {
  /** Bytes. */
  readonly ioServiceBytesRecursive: readonly V1BlkioEntry[];
  /** Operations. */
  readonly ioServicedRecursive: readonly V1BlkioEntry[];
}

export interface V1BlkioEntry {
  /** `Read`, `Write`, `Sync`, `Async`, `Discard`, `Total`. */
  readonly op: string;
  readonly major: number;
  readonly minor: number;
  readonly value: number;
}

export interface V1Hugetlb {
  /** `2MB`. */
  readonly pagesize: string;
  /** Bytes. */
  readonly usage: number;
  /** Bytes: the most that ever was. */
  readonly max: number;
  readonly failcnt: number;
}

/** Microseconds of CPU time. */
export interface V2Cpu {
  readonly usageUsec: number;
  readonly userUsec: number;
  readonly systemUsec: number;
  readonly nrPeriods: number;
  readonly nrThrottled: number;
  readonly throttledUsec: number;
}

/** Bytes; `pgfault` and `pgmajfault` are events. */
export interface V2Memory {
  readonly anon: number;
  readonly file: number;
  readonly kernelStack: number;
  readonly slab: number;
  readonly sock: number;
  readonly shmem: number;
  readonly fileMapped: number;
  readonly fileDirty: number;
  readonly fileWriteback: number;
  readonly inactiveAnon: number;
  readonly activeAnon: number;
  readonly inactiveFile: number;
  readonly activeFile: number;
  readonly unevictable: number;
  readonly pgfault: number;
  readonly pgmajfault: number;
  readonly usage: number;
  readonly usageLimit?: number;
  readonly swapUsage?: number;
  readonly swapLimit?: number;
  /** The most that ever was; absent before Linux 5.19. */
  readonly maxUsage?: number;
  /** What the kernel could not take back at once: the usage without inactive files. */
  readonly workingSet: number;
}

/** How often each of these came about. */
export interface V2MemoryEvents {
  readonly low: number;
  readonly high: number;
  readonly max: number;
  readonly oom: number;
  /** Processes that the kernel killed for want of memory. */
  readonly oomKill: number;
}

export interface V2IoEntry {
  readonly major: number;
  readonly minor: number;
  /** Bytes. */
  readonly rbytes: number;
  readonly wbytes: number;
  /** Operations. */
  readonly rios: number;
  readonly wios: number;
}

export interface V2Hugetlb {
  /** `2MB`. */
  readonly pagesize: string;
  /** Bytes. */
  readonly current: number;
  readonly max?: number;
}

export interface RdmaMetrics {
  readonly current: readonly RdmaEntry[];
  readonly limit: readonly RdmaEntry[];
}

export interface RdmaEntry {
  /** `mlx5_1`. */
  readonly device: string;
  /** Absent where there is no limit. */
  readonly hcaHandles?: number;
  readonly hcaObjects?: number;
}

/** Of an interface of the task's own network namespace; a task that shares ours has none. */
export interface NetworkMetrics {
  /** `eth0`; `lo` is there, too. */
  readonly name: string;
  readonly rxBytes: number;
  readonly rxPackets: number;
  readonly rxErrors: number;
  readonly rxDropped: number;
  readonly txBytes: number;
  readonly txPackets: number;
  readonly txErrors: number;
  readonly txDropped: number;
}

export type Metrics =
  | { readonly version: 'v1'; readonly metrics: CgroupV1Metrics }
  | { readonly version: 'v2'; readonly metrics: CgroupV2Metrics };

/**
 * What `Task.stats` of an OCI backend gave.
 *
 * @throws InvalidArgumentError if it is something else
 */
export function unmarshalMetrics(any: TypedAny): Metrics {
  if (any.typeUrl === metricsTypes.v2) {
    return { version: 'v2', metrics: unmarshalAny(any, metricsTypes.v2) as CgroupV2Metrics };
  }
  return { version: 'v1', metrics: unmarshalAny(any, metricsTypes.v1) as CgroupV1Metrics };
}
