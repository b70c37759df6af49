import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { buildSpec } from '../../src/spec/build-spec.js';
import { changeSpec, type SpecChanges } from '../../src/spec/change-spec.js';
import type { OciSpec } from '../../src/spec/oci-spec.js';

const host = { openFiles: 1024, unifiedCgroups: false, capabilities: ['CAP_CHOWN', 'CAP_NET_ADMIN'] };
const build = (changes: SpecChanges) => buildSpec({ rootfs: '', args: ['sh'], ...changes }, host);
const mountOn = (spec: OciSpec, path: string) => spec.mounts?.find(({ destination }) => destination === path);
const namesOf = (spec: OciSpec, capability: string) =>
  spec.linux?.seccomp?.syscalls?.some(({ names, action }) => names.includes(capability) && action === 'SCMP_ACT_ALLOW');

const ids = [{ containerID: 0, hostID: 100_000, size: 100 }];

describe('a changed spec', () => {
  it('has the system calls of its capabilities, unless told otherwise', () => {
    expect(namesOf(build({}), 'acct')).toBe(false);
    const withAdmin = buildSpec(
      { rootfs: '', args: ['sh'], capAdd: ['CAP_SYS_PACCT'] },
      { ...host, capabilities: ['CAP_SYS_PACCT'] },
    );
    expect(namesOf(withAdmin, 'acct')).toBe(true);
    expect(build({ seccomp: 'unconfined' }).linux).not.toHaveProperty('seccomp');
    const before = build({});
    expect(changeSpec(before, { seccomp: 'unconfined' }, () => host).linux).not.toHaveProperty('seccomp');
    expect(changeSpec(before, {}, () => host).linux?.seccomp).toEqual(before.linux?.seccomp);
  });

  it('shares namespaces, and has no host name of its own with those of the host', () => {
    const spec = build({
      namespaces: { network: { path: '/proc/1/ns/net' }, pid: 'host', uts: 'host', cgroup: 'private' },
    });
    expect(spec.linux?.namespaces).toEqual([
      { type: 'ipc' },
      { type: 'mount' },
      { type: 'network', path: '/proc/1/ns/net' },
      { type: 'cgroup' },
    ]);
    expect(spec).not.toHaveProperty('hostname');
    expect(() => build({ namespaces: { uts: 'host' }, hostname: 'web' })).toThrow(/leave out --hostname or --uts/);
  });

  it('has the files of the network and the memory that it shares with the host', () => {
    const spec = build({ namespaces: { network: 'host', ipc: 'host' } });
    const path = existsSync('/etc/hosts') ? '/etc/hosts' : '/dev/shm';
    expect(mountOn(spec, path)).toMatchObject({ type: 'bind', source: path });
    expect(mountOn(spec, '/dev/shm')).toMatchObject({ type: 'bind' });
    const own = { type: 'bind', source: '/x', target: '/etc/hosts', options: ['rbind'] };
    expect(mountOn(build({ namespaces: { network: 'host' }, mounts: [own] }), '/etc/hosts')?.source).toBe('/x');
  });

  it('has users of its own, and what they cannot make is bound', () => {
    const devices = [{ host: '/dev/zero', container: '/dev/mine', access: 'r' }];
    const spec = build({ uidMappings: ids, devices });
    expect(spec.linux).toMatchObject({ uidMappings: ids, gidMappings: ids });
    expect(spec.linux?.namespaces).toContainEqual({ type: 'user' });
    expect(spec.linux).not.toHaveProperty('devices');
    expect(mountOn(spec, '/dev/mine')).toMatchObject({ source: '/dev/zero', options: expect.arrayContaining(['ro']) });
    expect(mountOn(spec, '/dev/pts')?.options).toContain('gid=5');
    const few = [{ containerID: 0, hostID: 7, size: 1 }];
    expect(mountOn(build({ uidMappings: few }), '/dev/pts')?.options).not.toContain('gid=5');
    expect(() => build({ uidMappings: few, user: '5' })).toThrow(/user 5 is not one of the container's/);
    const shared = build({ uidMappings: ids, namespaces: { pid: 'host', network: 'host' } });
    expect(mountOn(shared, '/proc')).toMatchObject({ type: 'bind' });
    expect(mountOn(shared, '/sys')).toMatchObject({ type: 'bind', options: expect.arrayContaining(['ro']) });
    expect(mountOn(shared, '/sys/fs/cgroup')).toBeUndefined();
  });

  it('without root has the users that the caller may give', () => {
    const rootless = { uidMappings: ids, gidMappings: ids };
    expect(buildSpec({ rootfs: '', args: ['sh'] }, { ...host, rootless }).linux).toMatchObject(rootless);
    const own = [{ containerID: 0, hostID: 5, size: 1 }];
    const asked = buildSpec({ rootfs: '', args: ['sh'], uidMappings: own }, { ...host, rootless });
    expect(asked.linux).toMatchObject({ uidMappings: own, gidMappings: own });
  });

  it('made privileged hides nothing, and may use every device', () => {
    const spec = build({ privileged: true });
    expect(spec.linux).toMatchObject({ maskedPaths: [], readonlyPaths: [] });
    expect(spec.linux?.resources?.devices).toContainEqual({ allow: true, access: 'rwm' });
    expect(spec.linux?.devices?.map(({ path }) => path)).toContain('/dev/kmsg');
    expect(spec.linux).not.toHaveProperty('seccomp');
    expect(mountOn(spec, '/sys')?.options).not.toContain('ro');
    expect(spec.process).toMatchObject({ noNewPrivileges: false, capabilities: { bounding: host.capabilities } });
  });

  it('hides more, or less', () => {
    const { linux } = build({ mask: ['/srv/secret'], unmask: ['/proc/k*'] });
    expect(linux?.maskedPaths).toEqual(expect.arrayContaining(['/srv/secret', '/proc/acpi']));
    expect(linux?.maskedPaths).not.toContain('/proc/kcore');
    expect(build({ unmask: ['ALL'] }).linux).toMatchObject({ maskedPaths: [], readonlyPaths: [] });
  });

  it('keeps hooks, settings and annotations that are there, and adds to them', () => {
    const hook = (path: string) => ({ path });
    const before = {
      ...build({}),
      hooks: { prestart: [hook('/a')] },
      annotations: { a: '1', b: '2' },
      linux: { sysctl: { 'net.x': '1' } },
    };
    expect(
      changeSpec(before, {
        hooks: { prestart: [hook('/b')], poststop: [hook('/c')] },
        annotations: { b: '3' },
        sysctl: { 'net.y': '2' },
      }),
    ).toMatchObject({
      hooks: { prestart: [hook('/a'), hook('/b')], poststop: [hook('/c')] },
      annotations: { a: '1', b: '3' },
      linux: { sysctl: { 'net.x': '1', 'net.y': '2' } },
    });
  });
});
