import { InvalidArgumentError, NotImplementedError } from '@shiplog/core';
import { describe, expect, test } from 'vitest';
import type { LinuxResources } from '../../src/spec/linux-resources.js';
import { cgroupFoldersOf } from '../../src/stats/cgroup-folders.js';
import { planUpdate } from '../../src/update/verify-update.js';
import { CgroupPicture, pid } from '../stats/cgroup-picture.js';

const controllers = ['cpu', 'cpuset', 'memory', 'pids', 'blkio', 'devices', 'net_prio', 'rdma'];
const v1Mounts = controllers.map((name) => ({ type: 'cgroup' as const, options: [name], point: `cg/${name}` }));
const v1Paths = controllers.map((name, index) => `${index + 1}:${name}:/web\n`).join('');

/** What is not in effect once the file says this. */
function ignoredOn(picture: CgroupPicture, resources: LinuxResources): readonly string[] {
  const folders = cgroupFoldersOf(pid, null, picture.host);
  if (!folders) throw new Error('there are no cgroups');
  const plan = planUpdate('web', resources, folders, () => true);
  if (!plan) throw new Error('it is there');
  return plan.notInEffect();
}

function ignoredOnV1(file: string, text: string, resources: LinuxResources): readonly string[] {
  using picture = new CgroupPicture(v1Mounts, v1Paths);
  return ignoredOn(picture.write(`cg/${file.replace('/', '/web/')}`, text), resources);
}

function ignoredOnV2(file: string, text: string, resources: LinuxResources): readonly string[] {
  using picture = new CgroupPicture([{ type: 'cgroup2', point: 'cg' }], '0::/web\n');
  return ignoredOn(picture.write(`cg/web/${file}`, text), resources);
}

const device = { major: 8, minor: 0 };
const tun = { type: 'c', major: 10, minor: 200, access: 'rw' } as const;

describe('on cgroup v1', () => {
  test.each<[string, LinuxResources, string, string]>([
    ['memory/memory.limit_in_bytes', { memory: { limit: 8192 } }, '8192', '4096'],
    ['memory/memory.limit_in_bytes', { memory: { limit: 8193 } }, '8192', '4096'],
    ['memory/memory.memsw.limit_in_bytes', { memory: { swap: -1 } }, '9223372036854771712', '4096'],
    ['memory/memory.oom_control', { memory: { disableOOMKiller: true } }, 'oom_kill_disable 1', 'oom_kill_disable 0'],
    ['memory/memory.swappiness', { memory: { swappiness: 10 } }, '10', '60'],
    ['cpu/cpu.cfs_quota_us', { cpu: { quota: -1 } }, '-1', '5000'],
    ['cpu/cpu.cfs_burst_us', { cpu: { burst: 1000 } }, '1000', '0'],
    ['cpuset/cpuset.cpus', { cpu: { cpus: '0,1,2' } }, '0-2', '0-1'],
    ['pids/pids.max', { pids: { limit: 7 } }, '7', 'max'],
    ['pids/pids.max', { pids: { limit: -1 } }, 'max', '7'],
    ['blkio/blkio.bfq.weight', { blockIO: { weight: 300 } }, '300', '100'],
    ['blkio/blkio.bfq.weight_device', { blockIO: { weightDevice: [{ ...device, weight: 9 }] } }, '8:0 9', 'default 9'],
    [
      'blkio/blkio.throttle.read_bps_device',
      { blockIO: { throttleReadBpsDevice: [{ ...device, rate: 5 }] } },
      '8:16 5\n8:0 5',
      '8:16 5',
    ],
    [
      'blkio/blkio.throttle.write_iops_device',
      { blockIO: { throttleWriteIOPSDevice: [{ ...device, rate: 0 }] } },
      '',
      '8:0 5',
    ],
    ['net_prio/net_prio.ifpriomap', { network: { priorities: [{ name: 'lo', priority: 5 }] } }, 'lo 5', 'lo 0'],
    [
      'rdma/rdma.max',
      { rdma: { mlx5_1: { hcaHandles: 3 } } },
      'mlx5_1 hca_handle=3 hca_object=max',
      'mlx5_1 hca_handle=max',
    ],
    ['devices/devices.list', { devices: [{ allow: true, ...tun }] }, 'c 10:200 rwm', 'c 10:200 r'],
    ['devices/devices.list', { devices: [{ allow: false, ...tun }] }, 'c 10:200 m', 'c 10:200 rwm'],
  ])('%s tells whether %j is in effect', (file, resources, done, ignored) => {
    expect(ignoredOnV1(file, `${done}\n`, resources)).toEqual([]);
    expect(ignoredOnV1(file, `${ignored}\n`, resources)).toHaveLength(1);
  });

  test('what has no controller, or is of v2, is refused before anything is done', () => {
    const refused = (resources: LinuxResources) => () =>
      ignoredOnV1('pids/pids.max', '7', { pids: { limit: 7 }, ...resources });
    expect(refused({ hugepageLimits: [{ pageSize: '2MB', limit: 0 }] })).toThrow(/hugepageLimits of 2MB/);
    expect(refused({ network: { classID: 1 } })).toThrow(NotImplementedError);
    expect(refused({ unified: { 'memory.high': '1' } })).toThrow(
      /cgroups v1 of this host cannot set unified memory.high/,
    );
  });
});

describe('on cgroup v2', () => {
  test.each<[string, LinuxResources, string, string]>([
    ['memory.max', { memory: { limit: 8192 } }, '8192', 'max'],
    ['memory.low', { memory: { reservation: -1 } }, 'max', '0'],
    ['cpu.max', { cpu: { quota: 5000, period: 10_000 } }, '5000 10000', 'max 10000'],
    ['cpu.max', { cpu: { quota: -1 } }, 'max 100000', '5000 100000'],
    ['io.max', { blockIO: { throttleReadBpsDevice: [{ ...device, rate: 5 }] } }, '8:0 rbps=5 wbps=max', '8:0 wbps=5'],
    ['hugetlb.2MB.max', { hugepageLimits: [{ pageSize: '2MB', limit: 2 ** 21 }] }, '2097152', 'max'],
    ['memory.high', { unified: { 'memory.high': '8192' } }, '8192', 'max'],
  ])('%s tells whether %j is in effect', (file, resources, done, ignored) => {
    expect(ignoredOnV2(file, `${done}\n`, resources)).toEqual([]);
    expect(ignoredOnV2(file, `${ignored}\n`, resources)).not.toEqual([]);
  });

  test('what v2 does not have is refused', () => {
    expect(() => ignoredOnV2('memory.max', 'max', { memory: { swappiness: 1 } })).toThrow(/memory.swappiness/);
    expect(() => ignoredOnV2('memory.max', 'max', { devices: [{ allow: true }] })).toThrow(NotImplementedError);
  });
});

test('what is null is not asked for', () => {
  const nothing = { memory: null, cpu: { quota: null }, hugepageLimits: null } as unknown as LinuxResources;
  expect(ignoredOnV1('pids/pids.max', '7', nothing)).toEqual([]);
});

test('a field that LinuxResources does not have is named', () => {
  const wrong = { memory: { limits: 1 }, cpus: 2 } as unknown as LinuxResources;
  const update = () => ignoredOnV1('pids/pids.max', '7', wrong);
  expect(update).toThrow(InvalidArgumentError);
  expect(update).toThrow('memory.limits, cpus: LinuxResources has no such field');
});

test('where the process went meanwhile, what is not there says nothing of the host', () => {
  using picture = new CgroupPicture(v1Mounts, v1Paths);
  const folders = cgroupFoldersOf(pid, null, picture.host);
  if (!folders) throw new Error('there are no cgroups');
  expect(planUpdate('web', { pids: { limit: 5 } }, folders, () => false)).toBeUndefined();
  expect(() => planUpdate('web', { pids: { limit: 5 } }, folders, () => true)).toThrow(NotImplementedError);
});
