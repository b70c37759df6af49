import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type CreateOpts, marshalAny, type Task, typeUrls } from '@shiplog/core';
import { changeSpec, defaultSeccomp, type OciHook, type SpecChanges } from '@shiplog/oci';
import { describe, expect, test } from 'vitest';
import type { OciPlugin } from '../backend-harness.js';
import { until } from './host-view.js';
import { useBackend } from './use-backend.js';

/** Who a container's process is, and what the kernel lets it do: looked at from inside. */
export function identity(name: string, plugin: OciPlugin): void {
  describe(`${name}: identity and safety`, () => {
    const on = useBackend(plugin);

    const optsOf = (script: string, changes: SpecChanges = {}): CreateOpts =>
      on.opts(['sh', '-c', script], (spec) => changeSpec(spec, changes));

    async function started(id: string, script: string, changes?: SpecChanges): Promise<Task> {
      const task = await on.create(id, optsOf(script, changes));
      await task.start();
      return task;
    }

    /** What a script prints, stdout and stderr together. */
    async function printed(id: string, script: string, changes?: SpecChanges): Promise<string> {
      const task = await started(id, `exec 2>&1; ${script}`, changes);
      await task.wait();
      const log = readFileSync(join(on.host.rootDir, 'default', id, 'output.log'), 'utf8');
      return log.replaceAll(/^\S+ \S+ [FP] /gm, '');
    }

    test('a default container does its work, and none on the host', async () => {
      const work =
        'yes | head -c 100000 | wc -c; (sleep 0; echo child) & wait; mkfifo /tmp/f && ls /tmp; busybox ip link | head -1';
      expect(await printed('works', work)).toMatch(/^100000\nchild\nf\n1: lo/);
      const mischief = [
        'busybox mount -t tmpfs none /tmp',
        'busybox unshare -m true',
        'busybox unshare -U true',
        'busybox umount /dev/shm',
        'busybox swapoff -a /dev/null',
        'busybox nsenter -t 1 -m true',
        'busybox hostname x',
        'busybox mknod /tmp/vda b 254 0',
        'echo 1 >/proc/sys/kernel/domainname',
        'head -c 1 /proc/kcore | grep -q .',
      ];
      for (const [index, each] of mischief.entries()) {
        expect(await printed(`bad${index}`, `( ${each} ); echo "ended with $?"`), each).not.toContain('ended with 0');
      }
      const status = await printed('status', 'cat /proc/self/status; cat /proc/keys; ls /sys/firmware');
      expect(status).toMatch(/^NoNewPrivs:\s1$/m);
      expect(status).toMatch(/^Seccomp:\s2$/m);
      expect(status).toMatch(/^CapBnd:\s00000000800405fb$/m);
      expect(status).not.toContain('memmap');
    });

    test('the system calls are those of the capabilities, or all', async () => {
      const capAdd = ['CAP_SYS_ADMIN'];
      const mount = 'busybox mount -t tmpfs none /tmp && busybox unshare -m true && echo done';
      expect(await printed('admin', mount, { capAdd, seccomp: defaultSeccomp() })).toBe('done\n');
      expect(await printed('closed', mount, { capAdd })).toMatch(/not permitted|denied/);
      expect(await printed('open', 'grep Seccomp: /proc/self/status', { seccomp: 'unconfined' })).toMatch(/\s0$/m);
      const none = {
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [{ names: ['mkdir', 'mkdirat', 'no_such_call'], action: 'SCMP_ACT_ERRNO', errnoRet: 28 }],
      } as const;
      expect(await printed('own', 'mkdir /tmp/x', { seccomp: none })).toContain('No space left');
    });

    test('users, groups, umask, limits and capabilities are as asked for', async () => {
      const look = 'id; umask; ulimit -n; ulimit -Hn; grep Cap /proc/self/status; cat /proc/self/oom_score_adj';
      const text = await printed('who', look, {
        user: '1000:1001',
        groups: ['44', '45'],
        umask: 0o27,
        rlimits: [{ type: 'RLIMIT_NOFILE', soft: 100, hard: 200 }],
        capAdd: ['CAP_NET_ADMIN'],
        capDrop: ['CAP_CHOWN'],
        oomScoreAdj: 500,
      });
      expect(text).toContain('uid=1000 gid=1001 groups=44,45\n0027\n100\n200\n');
      expect(text).toMatch(/^CapEff:\s0000000000001000$/m);
      expect(text).toMatch(/^CapAmb:\s0000000000001000$/m);
      expect(text).toMatch(/^CapBnd:\s00000000800415fa$/m);
      expect(text.trimEnd()).toMatch(/\n500$/);
    });

    test('root of a user namespace is somebody else on the host', async () => {
      const data = join(on.host.folder, 'data');
      mkdirSync(data);
      const ids = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
      // What lies on the way to the root file system must let the others through.
      chmodSync(on.host.folder, 0o711);
      chownSync(data, 100_000, 100_000);
      const mounts = [{ type: 'bind', source: data, target: '/tmp', options: ['rbind'] }];
      const text = await printed('mapped', 'id -u; cat /proc/self/uid_map; echo hi >/tmp/f; ls -ln /tmp', {
        uidMappings: ids,
        mounts,
      });
      expect(text).toMatch(/^0\n\s+0\s+100000\s+65536\n/);
      expect(statSync(join(data, 'f'))).toMatchObject({ uid: 100_000, gid: 100_000 });
    });

    test('namespaces are shared with another task, or with the host', async () => {
      const other = await on.start('other', 'sleep', '1000');
      const pid = await other.pid();
      const path = (type: string) => ({ path: `/proc/${pid}/ns/${type}` });
      const look = 'ps; busybox ls -l /proc/self/ns';
      const text = await printed('sharing', look, {
        namespaces: { pid: path('pid'), network: path('net'), ipc: path('ipc'), uts: 'host' },
      });
      expect(text).toContain('sleep 1000');
      for (const type of ['net', 'ipc', 'pid']) expect(text).toContain(readlinkSync(`/proc/${pid}/ns/${type}`));
      expect(text).toContain(readlinkSync('/proc/self/ns/uts'));
    });

    test('devices, kernel settings, sizes and paths are as asked for', async () => {
      const look = [
        'ls -l /dev/mine',
        '(: >>/dev/mine) && echo may write',
        'head -c 1 /dev/mine',
        'cat /proc/sys/net/ipv4/ip_forward',
        'busybox mount',
        'ls /etc',
      ];
      const text = await printed('things', look.join('; '), {
        devices: [{ host: '/dev/kmsg', container: '/dev/mine', access: 'w' }],
        sysctl: { 'net.ipv4.ip_forward': '1' },
        shmSize: 1 << 20,
        mask: ['/etc'],
        unmask: ['/proc/*'],
      });
      expect(text).toMatch(/^crw.* 1, +11 .*\nmay write\n.*not permitted\n1\n/);
      expect(text).toMatch(/ on \/dev\/shm type tmpfs \(.*size=1024k/);
      expect(text).toMatch(/ on \/etc type tmpfs \(ro/);
      expect(text).not.toContain(' on /proc/sys ');
    });

    test('a privileged container may do what this process may', async () => {
      const text = await printed(
        'mighty',
        'grep -E "Cap(Eff|Prm)|Seccomp:|NoNew" /proc/self/status; mount -t tmpfs x /tmp && echo done',
        {
          privileged: true,
          seccomp: 'unconfined',
        },
      );
      const own = /^CapPrm:\s(\w+)$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1];
      expect(text).toMatch(
        new RegExp(`^CapPrm:\\s${own}\\nCapEff:\\s${own}\\nNoNewPrivs:\\s0\\nSeccomp:\\s0\\ndone$`, 'm'),
      );
    });

    test('the runtime calls hooks on the way, with the state on stdin', async () => {
      const file = (stage: string): string => join(on.host.folder, `hook-${stage}`);
      const hook = (stage: string): readonly OciHook[] => [
        { path: '/bin/sh', args: ['sh', '-c', `cat >${file(stage)}.new && mv ${file(stage)}.new ${file(stage)}`] },
      ];
      const stages = ['prestart', 'createRuntime', 'poststart', 'poststop'] as const;
      const hooks = Object.fromEntries(stages.map((stage) => [stage, hook(stage)]));
      const task = await started('hooked', 'true', { hooks, annotations: { 'org.example': 'yes' } });
      await task.wait();
      await on.host.runtime.delete('hooked');
      for (const stage of stages) {
        await until(() => existsSync(file(stage)));
        expect(JSON.parse(readFileSync(file(stage), 'utf8'))).toMatchObject({
          id: 'hooked',
          annotations: { 'org.example': 'yes' },
        });
      }
    });

    test('a spec with wrong values is refused by the names of their fields', async () => {
      const create = on.create('wrong', {
        spec: marshalAny(typeUrls.spec, { ...on.host.spec(['true']), mounts: [{ destination: 7 }] }),
      });
      await expect(create).rejects.toThrow(/mounts\.0\.destination/);
    });
  });
}
