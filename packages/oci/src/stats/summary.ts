/** What people want to know of a task's metrics, whichever version of cgroups counted them. */
import type { CgroupV1Metrics, CgroupV2Metrics, Metrics, NetworkMetrics, V1BlkioEntry } from './metrics.js';

/** Counters are since the task was created. What the host does not count is 0. */
export interface MetricsSummary {
  /** Nanoseconds of CPU time. */
  readonly cpu: number;
  /** Bytes, without what the kernel could take back at once. */
  readonly memory: number;
  /** Bytes; absent where there is no limit. */
  readonly memoryLimit?: number;
  /** Bytes, without the loopback interface. */
  readonly networkIn: number;
  readonly networkOut: number;
  /** Bytes. */
  readonly blockRead: number;
  readonly blockWrite: number;
  /** Processes and threads. */
  readonly pids: number;
  /** Processes that the kernel killed for want of memory. */
  readonly oomKills: number;
}

export function summaryOf(given: Metrics): MetricsSummary {
  return given.version === 'v1' ? summaryOfV1(given.metrics) : summaryOfV2(given.metrics);
}

function summaryOfV1({ cpu, memory, memoryOomControl, pids, blkio, network }: CgroupV1Metrics): MetricsSummary {
  const limit = memory?.usage.limit;
  return {
    cpu: cpu?.usage.total ?? 0,
    memory: memory?.workingSet ?? 0,
    ...(limit !== undefined && { memoryLimit: limit }),
    ...networkOf(network),
    blockRead: bytesOf(blkio?.ioServiceBytesRecursive, 'Read'),
    blockWrite: bytesOf(blkio?.ioServiceBytesRecursive, 'Write'),
    pids: pids?.current ?? 0,
    oomKills: memoryOomControl?.oomKill ?? 0,
  };
}

function summaryOfV2({ cpu, memory, memoryEvents, pids, io, network }: CgroupV2Metrics): MetricsSummary {
  const limit = memory?.usageLimit;
  return {
    cpu: (cpu?.usageUsec ?? 0) * 1000,
    memory: memory?.workingSet ?? 0,
    ...(limit !== undefined && { memoryLimit: limit }),
    ...networkOf(network),
    blockRead: sum(io?.usage, ({ rbytes }) => rbytes),
    blockWrite: sum(io?.usage, ({ wbytes }) => wbytes),
    pids: pids?.current ?? 0,
    oomKills: memoryEvents?.oomKill ?? 0,
  };
}

function networkOf(network: readonly NetworkMetrics[] = []): Pick<MetricsSummary, 'networkIn' | 'networkOut'> {
  const outside = network.filter(({ name }) => name !== 'lo');
  return { networkIn: sum(outside, ({ rxBytes }) => rxBytes), networkOut: sum(outside, ({ txBytes }) => txBytes) };
}

function bytesOf(entries: readonly V1BlkioEntry[] | undefined, wanted: string): number {
  return sum(entries, ({ op, value }) => (op === wanted ? value : 0));
}

function sum<T>(values: readonly T[] = [], of: (value: T) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}
