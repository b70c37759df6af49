/** The flags of what a task may use, at create and at update, by the names that docker and podman have for them. */
import {
  parseCgroupConf,
  parseCpus,
  parseDeviceBps,
  parseDeviceIops,
  parseDeviceWeight,
  parseHugetlb,
  parseMemorySize,
  parseNumberList,
  parsePidsLimit,
  type ResourceLimits,
  wholeNumber,
} from '@shiplog/oci';
import type { Command } from 'commander';
import { collect } from '../flags.js';

export type LimitFlags = ResourceLimits;

const most = Number.MAX_SAFE_INTEGER;
const between = (least: number, highest: number) => (text: string) => wholeNumber(text, least, highest);
const quota = (text: string) => (text === '-1' ? -1 : wholeNumber(text, 1000, most));

export function addLimitFlags(command: Command): void {
  command
    .option('-m, --memory <size>', 'at most so much memory: 64m, 1g; -1 for no limit', parseMemorySize)
    .option(
      '--memory-swap <size>',
      'memory and swap together; twice the memory unless it is given; -1 for no limit',
      parseMemorySize,
    )
    .option('--memory-reservation <size>', 'a soft limit of memory; -1 for none', parseMemorySize)
    .option('--memory-swappiness <number>', 'how readily its memory is swapped out, 0 to 100', between(0, 100))
    .option('--oom-kill-disable', 'let it wait for memory, instead of killing a process of it')
    .option('--cpus <number>', 'at most so much CPU time: 0.5 is half of one CPU; -1 for no limit', parseCpus)
    .option('-c, --cpu-shares <number>', 'its weight beside others, 2 to 262144; 1024 is usual', between(2, 262_144))
    .option('--cpu-quota <us>', 'CPU time in each period; -1 for no limit', quota)
    .option('--cpu-period <us>', 'the period of the quota, 1000 to 1000000', between(1000, 1_000_000))
    .option('--cpu-rt-runtime <us>', 'realtime CPU time in each realtime period', between(0, most))
    .option('--cpu-rt-period <us>', 'the realtime period', between(1, most))
    .option('--cpuset-cpus <list>', 'the CPUs that it may run on: 0-2,4', parseNumberList)
    .option('--cpuset-mems <list>', 'the memory nodes that it may use: 0-1', parseNumberList)
    .option('--pids-limit <number>', 'at most so many processes and threads; -1 for no limit', parsePidsLimit)
    .option('--blkio-weight <number>', 'its weight at block devices, 10 to 1000', between(10, 1000))
    .option('--blkio-weight-device <dev:number>', 'the same at one: /dev/sda:300', collect(parseDeviceWeight))
    .option('--device-read-bps <dev:size>', 'bytes a second from a device: /dev/sda:1m', collect(parseDeviceBps))
    .option('--device-write-bps <dev:size>', 'bytes a second to a device', collect(parseDeviceBps))
    .option('--device-read-iops <dev:number>', 'reads a second: /dev/sda:1000', collect(parseDeviceIops))
    .option('--device-write-iops <dev:number>', 'writes a second', collect(parseDeviceIops))
    .option('--hugetlb <page:size>', 'huge pages: 2MB:64m; -1 for no limit', collect(parseHugetlb))
    .option(
      '--cgroup-conf <file=value>',
      'a file of cgroup v2 and what to write in it: memory.high=67108864',
      (text: string, before: Readonly<Record<string, string>> | undefined) => ({ ...before, ...parseCgroupConf(text) }),
    );
}

const names: Readonly<Record<keyof ResourceLimits, true>> = {
  memory: true,
  memorySwap: true,
  memoryReservation: true,
  memorySwappiness: true,
  oomKillDisable: true,
  cpus: true,
  cpuShares: true,
  cpuQuota: true,
  cpuPeriod: true,
  cpuRtRuntime: true,
  cpuRtPeriod: true,
  cpusetCpus: true,
  cpusetMems: true,
  pidsLimit: true,
  blkioWeight: true,
  blkioWeightDevice: true,
  deviceReadBps: true,
  deviceWriteBps: true,
  deviceReadIops: true,
  deviceWriteIops: true,
  hugetlb: true,
  cgroupConf: true,
};

/** The limits among all flags of a command. */
export function limitsOf(flags: LimitFlags): ResourceLimits {
  return Object.fromEntries(Object.entries(flags).filter(([name]) => name in names));
}
