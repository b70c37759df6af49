/** The metrics of a task whose controllers are in cgroup v1, on a hybrid host as well. */

import { CgroupFile, deviceOf } from './cgroup-file.js';
import type { CgroupFolders } from './cgroup-folders.js';
import type {
  CgroupV1Metrics,
  V1Blkio,
  V1BlkioEntry,
  V1Cpu,
  V1Hugetlb,
  V1Memory,
  V1MemoryEntry,
  V1OomControl,
} from './metrics.js';
import { readPids } from './read-pids.js';
import { readRdma } from './read-rdma.js';
import { hugetlbV2 } from './read-v2.js';

/** A tick of `cpuacct.stat`, in nanoseconds; the same on every Linux that Node.js runs on. */
const nanosPerTick = 10_000_000;

export function readV1({ v1, unified }: CgroupFolders): CgroupV1Metrics {
  const read = <T>(controller: string, parse: (files: CgroupFile) => T | undefined): T | undefined => {
    const folder = v1.get(controller);
    return folder === undefined ? undefined : parse(new CgroupFile(folder));
  };
  const cpu = read('cpuacct', (files) => readCpu(files, read('cpu', readThrottling)));
  const memory = read('memory', readMemory);
  const memoryOomControl = read('memory', readOomControl);
  const pids = read('pids', readPids);
  const blkio = read('blkio', readBlkio);
  const hugetlb = read('hugetlb', readHugetlb) ?? (unified === undefined ? undefined : hybridHugetlb(unified));
  const rdma = read('rdma', readRdma);
  return {
    ...(cpu && { cpu }),
    ...(memory && { memory }),
    ...(memoryOomControl && { memoryOomControl }),
    ...(pids && { pids }),
    ...(blkio && { blkio }),
    ...(hugetlb && { hugetlb }),
    ...(rdma && { rdma }),
  };
}

function readCpu(files: CgroupFile, throttling: V1Cpu['throttling']): V1Cpu | undefined {
  const total = files.number('cpuacct.usage');
  if (total === undefined) return undefined;
  const ticks = files.flat('cpuacct.stat');
  // Newer kernels count these two as exactly as the total.
  const kernel = files.number('cpuacct.usage_sys') ?? (ticks?.('system') ?? 0) * nanosPerTick;
  const user = files.number('cpuacct.usage_user') ?? (ticks?.('user') ?? 0) * nanosPerTick;
  const perCpu = (files.lines('cpuacct.usage_percpu')?.[0] ?? []).map(Number);
  return { usage: { total, kernel, user, perCpu }, ...(throttling && { throttling }) };
}

function readThrottling(files: CgroupFile): V1Cpu['throttling'] | undefined {
  const stat = files.flat('cpu.stat');
  return (
    stat && {
      periods: stat('nr_periods'),
      throttledPeriods: stat('nr_throttled'),
      throttledTime: stat('throttled_time'),
    }
  );
}

function readMemory(files: CgroupFile): V1Memory | undefined {
  const stat = files.flat('memory.stat');
  const usage = memoryEntry(files, 'memory');
  if (!stat || !usage) return undefined;
  const [swap, kernel, kernelTcp] = ['memory.memsw', 'memory.kmem', 'memory.kmem.tcp'].map((prefix) =>
    memoryEntry(files, prefix),
  );
  const totalInactiveFile = stat('total_inactive_file');
  return {
    cache: stat('cache'),
    rss: stat('rss'),
    mappedFile: stat('mapped_file'),
    pgFault: stat('pgfault'),
    pgMajFault: stat('pgmajfault'),
    inactiveFile: stat('inactive_file'),
    activeFile: stat('active_file'),
    totalCache: stat('total_cache'),
    totalRss: stat('total_rss'),
    totalInactiveFile,
    totalActiveFile: stat('total_active_file'),
    usage,
    ...(swap && { swap }),
    ...(kernel && { kernel }),
    ...(kernelTcp && { kernelTcp }),
    workingSet: Math.max(0, usage.usage - totalInactiveFile),
  };
}

function memoryEntry(files: CgroupFile, prefix: string): V1MemoryEntry | undefined {
  const usage = files.number(`${prefix}.usage_in_bytes`);
  if (usage === undefined) return undefined;
  const limit = files.limit(`${prefix}.limit_in_bytes`);
  const max = files.number(`${prefix}.max_usage_in_bytes`) ?? usage;
  return { ...(limit !== undefined && { limit }), usage, max, failcnt: files.number(`${prefix}.failcnt`) ?? 0 };
}

function readOomControl(files: CgroupFile): V1OomControl | undefined {
  const control = files.flat('memory.oom_control');
  return (
    control && {
      oomKillDisable: control('oom_kill_disable'),
      underOom: control('under_oom'),
      oomKill: control('oom_kill'),
    }
  );
}

function readBlkio(files: CgroupFile): V1Blkio | undefined {
  const read = (name: string): readonly V1BlkioEntry[] | undefined => {
    // Which of the two counts depends on the scheduler of the device; the other one is empty, or not there.
    const entries = [`blkio.bfq.${name}_recursive`, `blkio.throttle.${name}_recursive`, `blkio.throttle.${name}`].map(
      (file) => files.lines(file)?.flatMap(blkioEntry),
    );
    return entries.find((found) => found?.length) ?? entries.find((found) => found);
  };
  const [bytes, operations] = [read('io_service_bytes'), read('io_serviced')];
  if (!bytes && !operations) return undefined;
  return { ioServiceBytesRecursive: bytes ?? [], ioServicedRecursive: operations ?? [] };
}

/** `8:0 Read 4096`; the last line, `Total 4096`, belongs to no device. */
function blkioEntry([device = '', op = '', value = '']: readonly string[]): readonly V1BlkioEntry[] {
  const numbers = deviceOf(device);
  return numbers && value !== '' ? [{ op, ...numbers, value: Number(value) }] : [];
}

function readHugetlb(files: CgroupFile): readonly V1Hugetlb[] | undefined {
  const sizes = files.hugePageSizes('usage_in_bytes');
  if (sizes.length === 0) return undefined;
  return sizes.map((pagesize) => {
    const usage = files.number(`hugetlb.${pagesize}.usage_in_bytes`) ?? 0;
    const max = files.number(`hugetlb.${pagesize}.max_usage_in_bytes`) ?? usage;
    return { pagesize, usage, max, failcnt: files.number(`hugetlb.${pagesize}.failcnt`) ?? 0 };
  });
}

/** A hybrid host may have this controller in v2. */
function hybridHugetlb(folder: string): readonly V1Hugetlb[] | undefined {
  return hugetlbV2(new CgroupFile(folder))?.map(({ pagesize, current }) => ({
    pagesize,
    usage: current,
    max: current,
    failcnt: 0,
  }));
}
