import { readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { forever, onEachRuntime } from './cli-harness.js';

onEachRuntime((runtime) => {
  describe('who it is, and what it may', () => {
    it('is what the flags say', async () => {
      const { dir } = runtime.host;
      await writeFile(join(dir, 'env'), '# comment\nA=file\nB=file\n');
      await writeFile(join(dir, 'shared'), 'from the host\n');
      const flags = [
        ...['--user', '405:100', '--group-add', '44', '--umask', '027', '--workdir', '/tmp'],
        ...['--env-file', 'env', '-e', 'B=flag', '--hostname', 'named', '--oom-score-adj', '321'],
        ...['--cap-drop', 'all', '--cap-add', 'net_admin', '--ulimit', 'nofile=100:200', '--shm-size', '1m'],
        ...['-v', './shared:/data/shared:ro', '--tmpfs', '/tmp:size=1m,mode=1777', '--device', '/dev/zero:/dev/nil:r'],
        ...['--sysctl', 'net.ipv4.ip_forward=1', '--security-opt', 'mask=/root', '--annotation', 'a=b'],
      ];
      const script = [
        'id -u; id -G; umask; pwd; echo $A $B; hostname; cat /proc/self/oom_score_adj /data/shared /proc/sys/net/ipv4/ip_forward',
        'ulimit -n; ulimit -Hn; grep CapEff /proc/self/status; head -c 2 /dev/nil | wc -c; ls /root',
        'touch /data/shared || echo refused',
      ].join('; ');
      const { stdout } = await runtime.run('--rm', ...flags, runtime.newId(), 'sh', '-c', script);
      expect(stdout.trim().split('\n')).toEqual([
        ...['405', '100 44', '0027', '/tmp', 'file flag', 'named', '321', 'from the host', '1'],
        ...['100', '200', 'CapEff:\t0000000000001000', '2', 'refused'],
      ]);
    });

    it('shares namespaces with another task, and tells files of itself', async () => {
      const id = runtime.newId();
      const [pidfile, cidfile] = [join(runtime.host.dir, `${id}.pid`), join(runtime.host.dir, `${id}.cid`)];
      await runtime.host.ok('run', '-d', '--pidfile', pidfile, '--cidfile', cidfile, ...runtime.flags, id, ...forever);
      const { pid } = await runtime.state(id);
      expect([readFileSync(pidfile, 'utf8'), readFileSync(cidfile, 'utf8')]).toEqual([String(pid), id]);
      const sharing = ['--pid', `container:${id}`, '--network', `container:${id}`];
      const { stdout } = await runtime.run('--rm', ...sharing, runtime.newId(), 'ps');
      expect(stdout).toContain('echo ready');
      const again = await runtime.run('--cidfile', cidfile, runtime.newId(), 'true');
      expect(again).toMatchObject({ exitCode: 125, stderr: expect.stringContaining('is there already') });
      const gone = await runtime.run('--network', 'container:nobody', runtime.newId(), 'true');
      expect(gone).toMatchObject({ exitCode: 125, stderr: expect.stringContaining('has no namespace to share') });
      expect(await runtime.host.ok('exec', '--privileged', id, 'grep', 'CapEff', '/proc/self/status')).toBe(
        readFileSync('/proc/self/status', 'latin1')
          .match(/^CapPrm.*\n/m)?.[0]
          .replace('Prm', 'Eff'),
      );
      for (const file of [pidfile, cidfile]) rmSync(file);
      await runtime.host.ok('delete', '--force', id);
    });

    it('opens what is closed only when it is asked for', async () => {
      const mount = ['busybox', 'mount', '-t', 'tmpfs', 'none', '/tmp'];
      expect((await runtime.run('--rm', runtime.newId(), ...mount)).exitCode).not.toBe(0);
      const admin = ['--rm', '--cap-add', 'SYS_ADMIN', runtime.newId()];
      expect(await runtime.run(...admin, ...mount)).toMatchObject({ exitCode: 0 });
      const profile = join(runtime.host.dir, 'profile.json');
      const rule = {
        names: ['mkdir', 'mkdirat'],
        action: 'SCMP_ACT_ERRNO',
        errnoRet: 28,
        excludes: { caps: ['CAP_BPF'] },
      };
      await writeFile(profile, JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [rule] }));
      const own = await runtime.run('--rm', '--security-opt', `seccomp=${profile}`, runtime.newId(), 'mkdir', '/tmp/x');
      expect(own.stderr).toContain('No space left');
      const id = runtime.newId();
      const refused = await runtime.run('--security-opt', 'apparmor=nothing-of-that-name', id, 'true');
      expect(refused.exitCode).toBe(125);
      expect(await runtime.exists(id)).toBe(false);
    });
  });
});
