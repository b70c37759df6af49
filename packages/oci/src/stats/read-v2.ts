/** The metrics of a task whose controllers are in cgroup v2. */
import { CgroupFile, deviceOf, pairsOf } from './cgroup-file.js';
import type { CgroupV2Metrics, V2Cpu, V2Hugetlb, V2IoEntry, V2Memory, V2MemoryEvents } from './metrics.js';
import { readPids } from './read-pids.js';
import { readRdma } from './read-rdma.js';

export function readV2(folder: string): CgroupV2Metrics {
  const files = new CgroupFile(folder);
  const cpu = readCpu(files);
  const memory = readMemory(files);
  const memoryEvents = readMemoryEvents(files);
  const pids = readPids(files);
  const io = files.lines('io.stat')?.flatMap(ioEntry);
  const hugetlb = hugetlbV2(files);
  const rdma = readRdma(files);
  return {
    ...(cpu && { cpu }),
    ...(memory && { memory }),
    ...(memoryEvents && { memoryEvents }),
    ...(pids && { pids }),
    ...(io && { io: { usage: io } }),
    ...(hugetlb && { hugetlb }),
    ...(rdma && { rdma }),
  };
}

/** This file is there without the controller, too; then nothing is throttled. */
function readCpu(files: CgroupFile): V2Cpu | undefined {
  const stat = files.flat('cpu.stat');
  return (
    stat && {
      usageUsec: stat('usage_usec'),
      userUsec: stat('user_usec'),
      systemUsec: stat('system_usec'),
      nrPeriods: stat('nr_periods'),
      nrThrottled: stat('nr_throttled'),
      throttledUsec: stat('throttled_usec'),
    }
  );
}

function readMemory(files: CgroupFile): V2Memory | undefined {
  const stat = files.flat('memory.stat');
  const usage = files.number('memory.current');
  if (!stat || usage === undefined) return undefined;
  const usageLimit = files.limit('memory.max');
  const swapUsage = files.number('memory.swap.current');
  const swapLimit = files.limit('memory.swap.max');
  const maxUsage = files.number('memory.peak');
  const inactiveFile = stat('inactive_file');
  return {
    anon: stat('anon'),
    file: stat('file'),
    kernelStack: stat('kernel_stack'),
    slab: stat('slab'),
    sock: stat('sock'),
    shmem: stat('shmem'),
    fileMapped: stat('file_mapped'),
    fileDirty: stat('file_dirty'),
    fileWriteback: stat('file_writeback'),
    inactiveAnon: stat('inactive_anon'),
    activeAnon: stat('active_anon'),
    inactiveFile,
    activeFile: stat('active_file'),
    unevictable: stat('unevictable'),
    pgfault: stat('pgfault'),
    pgmajfault: stat('pgmajfault'),
    usage,
    ...(usageLimit !== undefined && { usageLimit }),
    ...(swapUsage !== undefined && { swapUsage }),
    ...(swapLimit !== undefined && { swapLimit }),
    ...(maxUsage !== undefined && { maxUsage }),
    workingSet: Math.max(0, usage - inactiveFile),
  };
}

function readMemoryEvents(files: CgroupFile): V2MemoryEvents | undefined {
  const events = files.flat('memory.events');
  return (
    events && {
      low: events('low'),
      high: events('high'),
      max: events('max'),
      oom: events('oom'),
      oomKill: events('oom_kill'),
    }
  );
}

/** `8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0`. */
function ioEntry([device = '', ...fields]: readonly string[]): readonly V2IoEntry[] {
  const numbers = deviceOf(device);
  if (!numbers) return [];
  const values = pairsOf(fields);
  const value = (key: string): number => values.get(key) ?? 0;
  return [{ ...numbers, rbytes: value('rbytes'), wbytes: value('wbytes'), rios: value('rios'), wios: value('wios') }];
}

/** undefined without the controller. */
export function hugetlbV2(files: CgroupFile): readonly V2Hugetlb[] | undefined {
  const sizes = files.hugePageSizes('current');
  if (sizes.length === 0) return undefined;
  return sizes.map((pagesize) => {
    const max = files.limit(`hugetlb.${pagesize}.max`);
    return {
      pagesize,
      current: files.number(`hugetlb.${pagesize}.current`) ?? 0,
      ...(max !== undefined && { max }),
    };
  });
}
