import { existsSync, readFileSync } from 'node:fs';
import { errorCodeOf, marshalAny, type Task, typeUrls } from '@shiplog/core';
import { type LinuxResources, updateResources } from '@shiplog/oci';
import { describe, expect, test } from 'vitest';
import { cgroupFoldersOf } from '../../src/stats/cgroup-folders.js';
import type { OciPlugin } from '../backend-harness.js';
import { useBackend } from './use-backend.js';

const mib = 2 ** 20;
const loop = { major: 7, minor: 0 };

/** What every runtime must be able to change. */
const plain: readonly (readonly [LinuxResources, controller: string, v1: string, v2: string, text: string])[] = [
  [{ memory: { limit: 64 * mib, swap: 128 * mib } }, 'memory', 'memory.limit_in_bytes', 'memory.max', `${64 * mib}`],
  [{ memory: { reservation: 16 * mib } }, 'memory', 'memory.soft_limit_in_bytes', 'memory.low', `${16 * mib}`],
  [{ cpu: { quota: 50_000, period: 100_000 } }, 'cpu', 'cpu.cfs_quota_us', 'cpu.max', '50000'],
  [{ cpu: { cpus: '0' } }, 'cpuset', 'cpuset.cpus', 'cpuset.cpus', '0'],
  [{ cpu: { mems: '0' } }, 'cpuset', 'cpuset.mems', 'cpuset.mems', '0'],
  [{ pids: { limit: 55 } }, 'pids', 'pids.max', 'pids.max', '55'],
];

/** What some runtimes, and some versions of them, cannot change. */
const special: readonly (readonly [LinuxResources, controller: string, v1: string, text: RegExp])[] = [
  [{ memory: { swappiness: 10 } }, 'memory', 'memory.swappiness', /^10$/],
  [{ memory: { disableOOMKiller: true } }, 'memory', 'memory.oom_control', /^oom_kill_disable 1$/m],
  [{ memory: { kernelTCP: 64 * mib } }, 'memory', 'memory.kmem.tcp.limit_in_bytes', /^67108864$/],
  [{ memory: { kernel: 64 * mib } }, 'memory', 'memory.kmem.limit_in_bytes', /^67108864$/],
  [{ cpu: { burst: 1000, quota: 50_000 } }, 'cpu', 'cpu.cfs_burst_us', /^1000$/],
  [{ cpu: { idle: 1 } }, 'cpu', 'cpu.idle', /^1$/],
  [{ blockIO: { weight: 300 } }, 'blkio', 'blkio.bfq.weight', /^300$/],
  [{ blockIO: { leafWeight: 300 } }, 'blkio', 'blkio.leaf_weight', /^300$/],
  [
    { blockIO: { throttleReadBpsDevice: [{ ...loop, rate: mib }] } },
    'blkio',
    'blkio.throttle.read_bps_device',
    /^7:0 1048576$/m,
  ],
  [{ hugepageLimits: [{ pageSize: '2MB', limit: 2 * mib }] }, 'hugetlb', 'hugetlb.2MB.limit_in_bytes', /^2097152$/],
  [{ network: { classID: 1_048_577 } }, 'net_cls', 'net_cls.classid', /^1048577$/],
  [{ rdma: { mlx5_1: { hcaHandles: 3 } } }, 'rdma', 'rdma.max', /hca_handle=3/],
  [
    { devices: [{ allow: true, type: 'c', major: 10, minor: 200, access: 'rw' }] },
    'devices',
    'devices.list',
    /^c 10:200 rw/m,
  ],
];

/** Updates of real containers, read back from the kernel. */
export function limited(name: string, plugin: OciPlugin): void {
  describe(`${name}: updates`, () => {
    const on = useBackend(plugin);
    const update = (task: Task, resources: LinuxResources) =>
      task.update(marshalAny(typeUrls.linuxResources, resources));
    const read = async (task: Task, controller: string, v1: string, v2 = v1): Promise<string | undefined> => {
      const folders = cgroupFoldersOf(await task.pid(), null);
      const file = folders?.version === 'v1' ? `${folders.v1.get(controller)}/${v1}` : `${folders?.unified}/${v2}`;
      return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
    };

    test('change the cgroup of what runs', async (context) => {
      const task = await on.start('limited', 'sleep', '1000');
      let changed = 0;
      for (const [resources, controller, v1, v2, text] of plain) {
        if ((await read(task, controller, v1, v2)) === undefined) continue;
        await update(task, resources);
        expect((await read(task, controller, v1, v2))?.split(' ')[0]).toBe(text);
        changed += 1;
      }
      if (changed === 0) context.skip('the cgroups of this host limit nothing');
    });

    test('are done, or refused with the name of the field: nothing is passed over in silence', async () => {
      const task = await on.start('limited', 'sleep', '1000');
      for (const [resources, controller, file, text] of special) {
        const refused = await update(task, resources).then(
          () => undefined,
          (error: unknown) => error,
        );
        if (refused === undefined) expect(await read(task, controller, file)).toMatch(text);
        else expect(['not-implemented', 'unknown']).toContain(errorCodeOf(refused));
      }
      expect(await task.state()).toMatchObject({ status: 'running' });
    });

    test('lift what flags have limited', async (context) => {
      const task = await on.start('lifted', 'sleep', '1000');
      if ((await read(task, 'memory', 'memory.limit_in_bytes', 'memory.max')) === undefined) {
        context.skip('this host does not limit memory');
      }
      await update(task, updateResources({ memory: 64 * mib, cpus: 0.5, pidsLimit: 50 }));
      await update(task, updateResources({ memory: 32 * mib, cpus: 1 }));
      await update(task, updateResources({ memory: 256 * mib }));
      await update(task, updateResources({ memory: -1, cpus: -1, pidsLimit: -1 }));
      expect(Number(await read(task, 'memory', 'memory.limit_in_bytes', 'memory.max')) || 2 ** 62).toBeGreaterThan(
        2 ** 60,
      );
    });

    test('refuse a field that does not exist, and change nothing', async () => {
      const task = await on.start('limited', 'sleep', '1000');
      const before = await read(task, 'pids', 'pids.max');
      const wrong = { pids: { limit: 33 }, memory: { limits: 1 } } as unknown as LinuxResources;
      await expect(update(task, wrong)).rejects.toMatchObject({ code: 'invalid-argument', message: /memory\.limits/ });
      expect(await read(task, 'pids', 'pids.max')).toBe(before);
    });
  });
}
