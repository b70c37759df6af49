import { InvalidArgumentError } from '@shiplog/core';
import { accountsSwap } from '../cgroup.js';
import type {
  LinuxBlockIo,
  LinuxCpu,
  LinuxHugepageLimit,
  LinuxMemory,
  LinuxResources,
  LinuxThrottleDevice,
} from './linux-resources.js';
import { unlimited } from './quantities.js';

/** What a task may use at most, in the words of docker and podman. What is absent stays as it is; -1 is no limit. */
export interface ResourceLimits extends MemoryLimits, CpuLimits, BlockLimits {
  /** Processes and threads. */
  readonly pidsLimit?: number | undefined;
  readonly hugetlb?: readonly LinuxHugepageLimit[] | undefined;
  /** cgroup v2 files and what to write in them. */
  readonly cgroupConf?: Readonly<Record<string, string>> | undefined;
}

export interface MemoryLimits {
  /** Bytes. */
  readonly memory?: number | undefined;
  /** Bytes of memory and swap together; twice the memory when absent, as docker and podman have it. */
  readonly memorySwap?: number | undefined;
  /** Bytes: a soft limit. */
  readonly memoryReservation?: number | undefined;
  /** 0 to 100. */
  readonly memorySwappiness?: number | undefined;
  readonly oomKillDisable?: boolean | undefined;
}

export interface CpuLimits {
  /** CPUs: 0.5 is half the time of one. */
  readonly cpus?: number | undefined;
  /** Weight beside others: 1024 is usual. */
  readonly cpuShares?: number | undefined;
  /** Microseconds of CPU time in each period. */
  readonly cpuQuota?: number | undefined;
  /** Microseconds. */
  readonly cpuPeriod?: number | undefined;
  /** Microseconds of realtime scheduling in each realtime period. */
  readonly cpuRtRuntime?: number | undefined;
  /** Microseconds. */
  readonly cpuRtPeriod?: number | undefined;
  /** `0-3,7`. */
  readonly cpusetCpus?: string | undefined;
  /** Memory nodes: `0-1`. */
  readonly cpusetMems?: string | undefined;
}

export interface BlockLimits {
  /** 10 to 1000. */
  readonly blkioWeight?: number | undefined;
  readonly blkioWeightDevice?: readonly { major: number; minor: number; weight: number }[] | undefined;
  /** Bytes a second. */
  readonly deviceReadBps?: readonly LinuxThrottleDevice[] | undefined;
  readonly deviceWriteBps?: readonly LinuxThrottleDevice[] | undefined;
  /** Operations a second. */
  readonly deviceReadIops?: readonly LinuxThrottleDevice[] | undefined;
  readonly deviceWriteIops?: readonly LinuxThrottleDevice[] | undefined;
}

/** Microseconds: the kernel's own default. */
const usualPeriod = 100_000;

/** As many as the kernel can have in all (PID_MAX_LIMIT), since crun 1.8 writes a -1 down as it is. */
const mostPids = 4_194_304;

/** Microseconds: more CPUs than any host has, since crun 1.8 writes a -1 as a number without sign. */
const mostQuota = 2 ** 34;

/**
 * The limits in OCI's words; empty where there are none.
 *
 * @param swap whether a limit of memory brings one of swap along: not where the host does not count swap
 * @throws InvalidArgumentError if the limits do not go together
 */
export function linuxResources(limits: ResourceLimits, swap = accountsSwap()): LinuxResources {
  const { pidsLimit, hugetlb, cgroupConf } = limits;
  return present({
    memory: present(memoryOf(limits, swap)),
    cpu: present(cpuOf(limits)),
    pids: pidsLimit !== undefined && {
      limit: pidsLimit === unlimited ? mostPids : checked('pids limit', pidsLimit),
    },
    blockIO: present(blockIoOf(limits)),
    hugepageLimits: hugetlb,
    unified: cgroupConf,
  }) as LinuxResources;
}

function memoryOf(limits: MemoryLimits, swap: boolean): Wanted<LinuxMemory> {
  const { memory, memorySwap, memoryReservation } = limits;
  if (memorySwap !== undefined && memory === undefined) {
    throw new InvalidArgumentError('a limit of memory and swap together needs one of memory: give both');
  }
  if (memory !== undefined && memorySwap !== undefined && memorySwap !== unlimited && memorySwap < memory) {
    throw new InvalidArgumentError('memory and swap together cannot be less than memory: give more, or -1');
  }
  if (memory !== undefined && memory !== unlimited && (memoryReservation ?? 0) > memory) {
    throw new InvalidArgumentError('the reservation of memory cannot be more than its limit');
  }
  const twice = memory !== undefined && swap ? (memory === unlimited ? unlimited : memory * 2) : undefined;
  return {
    limit: memory !== undefined && checked('memory', memory),
    swap: memorySwap === undefined ? twice : checked('memory and swap', memorySwap),
    reservation: memoryReservation !== undefined && checked('memory reservation', memoryReservation),
    swappiness: limits.memorySwappiness,
    disableOOMKiller: limits.oomKillDisable === true ? true : undefined,
  };
}

function cpuOf(limits: CpuLimits): Wanted<LinuxCpu> {
  const { cpus, cpuQuota, cpuPeriod } = limits;
  if (cpus !== undefined && (cpuQuota !== undefined || cpuPeriod !== undefined)) {
    throw new InvalidArgumentError('CPUs are a quota in a period: give either of the two, and not both');
  }
  const quota = cpus === undefined || cpus === unlimited ? (cpus ?? cpuQuota) : Math.round(cpus * usualPeriod);
  return {
    quota: quota !== undefined && (quota === unlimited ? mostQuota : checked('cpus', quota)),
    period: cpus === undefined ? cpuPeriod : usualPeriod,
    shares: limits.cpuShares,
    realtimeRuntime: limits.cpuRtRuntime,
    realtimePeriod: limits.cpuRtPeriod,
    cpus: limits.cpusetCpus,
    mems: limits.cpusetMems,
  };
}

function blockIoOf(limits: BlockLimits): Wanted<LinuxBlockIo> {
  return {
    weight: limits.blkioWeight,
    weightDevice: limits.blkioWeightDevice,
    throttleReadBpsDevice: limits.deviceReadBps,
    throttleWriteBpsDevice: limits.deviceWriteBps,
    throttleReadIOPSDevice: limits.deviceReadIops,
    throttleWriteIOPSDevice: limits.deviceWriteIops,
  };
}

/** What is not asked for is undefined or false. */
type Wanted<T> = { readonly [K in keyof T]: T[K] | undefined | false };

/** Without what is not asked for, and groups of which nothing is left. */
function present(wanted: object): object {
  const entries = Object.entries(wanted).filter(([, value]) => value !== undefined && value !== false);
  return Object.fromEntries(entries.filter(([, value]) => !isEmptyGroup(value)));
}

function isEmptyGroup(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}

/**
 * Exactly what an update changes: what is given, and the limits, which win.
 *
 * @throws InvalidArgumentError if that is nothing
 */
export function updateResources(limits: ResourceLimits, given: LinuxResources = {}, swap?: boolean): LinuxResources {
  const resources = mergeResources(given, linuxResources(limits, swap));
  if (Object.keys(resources).length === 0) {
    throw new InvalidArgumentError('nothing to update: give a limit, of memory, cpus or pids for example');
  }
  return resources;
}

/** Group by group: `memory.limit` of one beside `memory.swap` of the other. */
export function mergeResources(before: LinuxResources, now: LinuxResources): LinuxResources {
  const groups = ['memory', 'cpu', 'blockIO', 'unified'] as const;
  const merged = groups.flatMap((group) =>
    before[group] && now[group] ? [[group, { ...before[group], ...now[group] }] as const] : [],
  );
  return { ...before, ...now, ...Object.fromEntries(merged) };
}

function checked(what: string, value: number): number {
  if (value === unlimited || (Number.isSafeInteger(value) && value > 0)) return value;
  throw new InvalidArgumentError(`${what} must be a positive number, or -1 for no limit`);
}
