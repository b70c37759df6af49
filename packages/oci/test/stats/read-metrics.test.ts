import { type TypedAny, unmarshalAny } from '@shiplog/core';
import { describe, expect, test } from 'vitest';
import { unmarshalMetrics } from '../../src/stats/metrics.js';
import { readMetrics } from '../../src/stats/read-metrics.js';
import { summaryOf } from '../../src/stats/summary.js';
import { type CgroupMount, CgroupPicture, pid } from './cgroup-picture.js';

const netDev = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:      10       1    0    0    0     0          0         0       10       1    0    0    0     0       0          0
  eth0: 1000 20 1 2 0 0 0 0 3000 40 3 4 0 0 0 0
`;

const controllers = ['cpu', 'cpuacct', 'memory', 'pids', 'blkio', 'hugetlb', 'rdma'] as const;
const v1Mounts: readonly CgroupMount[] = controllers.map((name) => ({
  type: 'cgroup',
  options: [name],
  point: `cg/${name}`,
}));
const v1Paths = controllers.map((name, index) => `${index + 1}:${name}:/web\n`).join('');
const noLimit = '9223372036854771712\n';

function v1Files(picture: CgroupPicture): CgroupPicture {
  const file = (path: string, text: string) => picture.write(`cg/${path.replace('/', '/web/')}`, text);
  file('cpuacct/cpuacct.usage', '5000\n');
  file('cpuacct/cpuacct.stat', 'user 3\nsystem 1\n');
  file('cpuacct/cpuacct.usage_percpu', '2000 3000 \n');
  file('cpu/cpu.stat', 'nr_periods 10\nnr_throttled 4\nthrottled_time 700\n');
  file(
    'memory/memory.stat',
    'cache 100\nrss 200\nmapped_file 10\npgfault 7\npgmajfault 1\ntotal_cache 110\ntotal_rss 210\ntotal_inactive_file 50\n',
  );
  file('memory/memory.usage_in_bytes', '400\n');
  file('memory/memory.limit_in_bytes', '1000\n');
  file('memory/memory.max_usage_in_bytes', '600\n');
  file('memory/memory.failcnt', '2\n');
  file('memory/memory.memsw.usage_in_bytes', '450\n');
  file('memory/memory.memsw.limit_in_bytes', noLimit);
  file('memory/memory.memsw.max_usage_in_bytes', '650\n');
  file('memory/memory.memsw.failcnt', '0\n');
  file('memory/memory.oom_control', 'oom_kill_disable 0\nunder_oom 0\noom_kill 3\n');
  file('pids/pids.current', '5\n');
  file('pids/pids.max', 'max\n');
  file('blkio/blkio.bfq.io_service_bytes_recursive', 'Total 0\n');
  file(
    'blkio/blkio.throttle.io_service_bytes_recursive',
    '8:0 Read 4096\n8:0 Write 8192\n8:0 Total 12288\nTotal 12288\n',
  );
  file('blkio/blkio.throttle.io_serviced_recursive', '8:0 Read 1\n8:0 Write 2\nTotal 3\n');
  file('rdma/rdma.current', 'mlx5_1 hca_handle=2 hca_object=20\n');
  file('rdma/rdma.max', 'mlx5_1 hca_handle=3 hca_object=max\n');
  return picture.write(`proc/${pid}/net/dev`, netDev);
}

const network = [
  expect.objectContaining({ name: 'lo', rxBytes: 10, txBytes: 10 }),
  {
    name: 'eth0',
    ...{ rxBytes: 1000, rxPackets: 20, rxErrors: 1, rxDropped: 2 },
    ...{ txBytes: 3000, txPackets: 40, txErrors: 3, txDropped: 4 },
  },
];

function metricsIn(any: TypedAny | undefined, type: string): unknown {
  if (!any) throw new Error('there are no metrics');
  return unmarshalAny(any, type);
}

describe('the metrics of v1', () => {
  test('are those of each controller, by the names of containerd', () => {
    using picture = v1Files(new CgroupPicture(v1Mounts, v1Paths));
    picture.write('cg/hugetlb/web/hugetlb.2MB.usage_in_bytes', '2097152\n');
    picture.write('cg/hugetlb/web/hugetlb.2MB.max_usage_in_bytes', '4194304\n');
    picture.write('cg/hugetlb/web/hugetlb.2MB.failcnt', '1\n');
    const any = readMetrics(pid, null, picture.host);
    expect(metricsIn(any, 'io.containerd.cgroups.v1.Metrics')).toEqual({
      cpu: {
        usage: { total: 5000, kernel: 10_000_000, user: 30_000_000, perCpu: [2000, 3000] },
        throttling: { periods: 10, throttledPeriods: 4, throttledTime: 700 },
      },
      memory: {
        ...{ cache: 100, rss: 200, mappedFile: 10, pgFault: 7, pgMajFault: 1, inactiveFile: 0, activeFile: 0 },
        ...{ totalCache: 110, totalRss: 210, totalInactiveFile: 50, totalActiveFile: 0, workingSet: 350 },
        usage: { usage: 400, limit: 1000, max: 600, failcnt: 2 },
        swap: { usage: 450, max: 650, failcnt: 0 },
      },
      memoryOomControl: { oomKillDisable: 0, underOom: 0, oomKill: 3 },
      pids: { current: 5 },
      blkio: {
        ioServiceBytesRecursive: [
          { op: 'Read', major: 8, minor: 0, value: 4096 },
          { op: 'Write', major: 8, minor: 0, value: 8192 },
          { op: 'Total', major: 8, minor: 0, value: 12288 },
        ],
        ioServicedRecursive: [
          { op: 'Read', major: 8, minor: 0, value: 1 },
          { op: 'Write', major: 8, minor: 0, value: 2 },
        ],
      },
      hugetlb: [{ pagesize: '2MB', usage: 2097152, max: 4194304, failcnt: 1 }],
      rdma: {
        current: [{ device: 'mlx5_1', hcaHandles: 2, hcaObjects: 20 }],
        limit: [{ device: 'mlx5_1', hcaHandles: 3 }],
      },
      network,
    });
    expect(any && summaryOf(unmarshalMetrics(any))).toEqual({
      ...{ cpu: 5000, memory: 350, memoryLimit: 1000, networkIn: 1000, networkOut: 3000 },
      ...{ blockRead: 4096, blockWrite: 8192, pids: 5, oomKills: 3 },
    });
  });

  test('have what a hybrid host counts in v2', () => {
    const unified: CgroupMount = { type: 'cgroup2', point: 'cg/unified' };
    using picture = v1Files(new CgroupPicture([...v1Mounts, unified], `${v1Paths}0::/web\n`));
    picture.write('cg/unified/web/hugetlb.2MB.current', '2097152\n');
    expect(metricsIn(readMetrics(pid, null, picture.host), 'io.containerd.cgroups.v1.Metrics')).toMatchObject({
      cpu: { usage: { total: 5000 } },
      hugetlb: [{ pagesize: '2MB', usage: 2097152, max: 2097152, failcnt: 0 }],
    });
  });
});

describe('the metrics of v2', () => {
  const unified: CgroupMount = { type: 'cgroup2', point: 'cg' };

  test('are those of each controller, by the names of containerd', () => {
    using picture = new CgroupPicture([unified], '0::/web\n');
    const file = (name: string, text: string) => picture.write(`cg/web/${name}`, text);
    file('cpu.stat', 'usage_usec 9\nuser_usec 6\nsystem_usec 3\nnr_periods 1\nnr_throttled 1\nthrottled_usec 5\n');
    file('memory.stat', 'anon 100\nfile 200\nkernel_stack 16\nslab 32\ninactive_file 150\nactive_file 50\npgfault 7\n');
    file('memory.current', '400\n');
    file('memory.max', '1000\n');
    file('memory.swap.current', '10\n');
    file('memory.swap.max', 'max\n');
    file('memory.peak', '500\n');
    file('memory.events', 'low 0\nhigh 0\nmax 4\noom 2\noom_kill 1\n');
    file('pids.current', '2\n');
    file('pids.max', '50\n');
    file('io.stat', '8:0 rbytes=4096 wbytes=8192 rios=1 wios=2 dbytes=0 dios=0\n');
    file('hugetlb.2MB.current', '0\n');
    file('hugetlb.2MB.max', 'max\n');
    file('hugetlb.1GB.current', '1073741824\n');
    file('hugetlb.1GB.max', '2147483648\n');
    picture.write(`proc/${pid}/net/dev`, netDev);
    const any = readMetrics(pid, null, picture.host);
    const none = {
      ...{ sock: 0, shmem: 0, fileMapped: 0, fileDirty: 0, fileWriteback: 0 },
      ...{ inactiveAnon: 0, activeAnon: 0, unevictable: 0, pgmajfault: 0 },
    };
    expect(metricsIn(any, 'io.containerd.cgroups.v2.Metrics')).toEqual({
      cpu: { usageUsec: 9, userUsec: 6, systemUsec: 3, nrPeriods: 1, nrThrottled: 1, throttledUsec: 5 },
      memory: {
        ...none,
        ...{ anon: 100, file: 200, kernelStack: 16, slab: 32, inactiveFile: 150, activeFile: 50, pgfault: 7 },
        ...{ usage: 400, usageLimit: 1000, swapUsage: 10, maxUsage: 500, workingSet: 250 },
      },
      memoryEvents: { low: 0, high: 0, max: 4, oom: 2, oomKill: 1 },
      pids: { current: 2, limit: 50 },
      io: { usage: [{ major: 8, minor: 0, rbytes: 4096, wbytes: 8192, rios: 1, wios: 2 }] },
      hugetlb: [
        { pagesize: '1GB', current: 1073741824, max: 2147483648 },
        { pagesize: '2MB', current: 0 },
      ],
      network,
    });
    expect(any && summaryOf(unmarshalMetrics(any))).toEqual({
      ...{ cpu: 9000, memory: 250, memoryLimit: 1000, networkIn: 1000, networkOut: 3000 },
      ...{ blockRead: 4096, blockWrite: 8192, pids: 2, oomKills: 1 },
    });
  });

  test('lack what the host does not count', () => {
    using picture = new CgroupPicture([unified], '0::/web\n');
    picture.write('cg/web/cgroup.procs', '42\n');
    const any = readMetrics(pid, null, picture.host);
    expect(metricsIn(any, 'io.containerd.cgroups.v2.Metrics')).toEqual({});
    expect(any && summaryOf(unmarshalMetrics(any))).toMatchObject({ cpu: 0, memory: 0, pids: 0 });
  });
});

test('a process that is gone has no metrics', () => {
  using picture = new CgroupPicture([], '');
  expect(readMetrics(pid + 1, null, picture.host)).toBeUndefined();
});

test('what is none of ours is refused', () => {
  expect(() => unmarshalMetrics({ typeUrl: 'other', value: Buffer.from('{}') })).toThrow('io.containerd.cgroups.v1');
});
