import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError, NotFoundError } from '@shiplog/core';
import { afterAll, describe, expect, it } from 'vitest';
import { buildSpec, type SpecOptions } from '../../src/spec/build-spec.js';
import { hostnameOf } from '../../src/spec/change-spec.js';
import { type HostFacts, readHostFacts } from '../../src/spec/host-facts.js';
import { parseMountFlag } from '../../src/spec/mount-flag.js';

const host: HostFacts = { openFiles: 20_000, unifiedCgroups: false, capabilities: ['CAP_CHOWN', 'CAP_NET_ADMIN'] };
const emptyRoot = mkdtempSync(join(tmpdir(), 'shiplog-spec-'));
afterAll(() => rmSync(emptyRoot, { recursive: true }));

const build = (options: Partial<SpecOptions> = {}, facts = host) =>
  buildSpec({ rootfs: emptyRoot, args: ['sh'], ...options }, facts);

describe('a spec with nothing but a root and a command', () => {
  const spec = build();

  it('runs it as root of the container, in /', () => {
    expect(spec.process).toMatchObject({ args: ['sh'], user: { uid: 0, gid: 0 }, cwd: '/', terminal: false });
    expect(spec.root).toEqual({ path: emptyRoot, readonly: false });
    expect(spec.ociVersion).toMatch(/^1\./);
  });

  it('has a path, and neither a terminal nor a home that nobody knows of', () => {
    expect(spec.process?.env).toEqual(['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin']);
  });

  it('can gain nothing: few capabilities, none that outlives root, no new privileges', () => {
    const { capabilities, noNewPrivileges } = spec.process ?? {};
    expect(noNewPrivileges).toBe(true);
    expect(capabilities?.bounding).toHaveLength(11);
    expect(capabilities?.bounding).not.toContain('CAP_SYS_ADMIN');
    expect(capabilities?.bounding).not.toContain('CAP_NET_RAW');
    expect(capabilities).not.toHaveProperty('ambient');
    expect(capabilities).not.toHaveProperty('inheritable');
  });

  it('has namespaces of its own, the network too', () => {
    expect(spec.linux?.namespaces?.map(({ type }) => type)).toEqual(['pid', 'network', 'ipc', 'uts', 'mount']);
    expect(spec.linux?.rootfsPropagation).toBe('rprivate');
  });

  it('has a cgroup namespace where all cgroups are v2', () => {
    const types = build({}, { ...host, unifiedCgroups: true }).linux?.namespaces?.map(({ type }) => type);
    expect(types).toContain('cgroup');
  });

  it('may use no device but those that every container has', () => {
    expect(spec.linux?.resources).toEqual({ devices: [{ allow: false, access: 'rwm' }] });
  });

  it('sees the kernel read-only, and not its secrets', () => {
    const sys = spec.mounts?.filter(({ destination }) => destination.startsWith('/sys'));
    expect(sys?.map(({ options }) => options?.includes('ro'))).toEqual([true, true]);
    expect(spec.linux?.maskedPaths).toEqual(expect.arrayContaining(['/proc/kcore', '/proc/keys', '/sys/firmware']));
    expect(spec.linux?.readonlyPaths).toEqual(expect.arrayContaining(['/proc/sys', '/proc/sysrq-trigger']));
  });

  it('leaves the cgroup path to the backend', () => {
    expect(spec.linux).not.toHaveProperty('cgroupsPath');
  });

  it('is plain JSON', () => {
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
  });
});

describe('open files', () => {
  it.each([
    [512, { soft: 512, hard: 512 }],
    [20_000, { soft: 1024, hard: 20_000 }],
    [1_048_576, { soft: 1024, hard: 524_288 }],
    [Number.POSITIVE_INFINITY, { soft: 1024, hard: 524_288 }],
  ])('a process that may have %d gives %j', (openFiles, limit) => {
    expect(build({}, { ...host, openFiles }).process?.rlimits).toEqual([{ type: 'RLIMIT_NOFILE', ...limit }]);
  });

  it('are read from this process', () => {
    expect(readHostFacts().openFiles).toBeGreaterThan(0);
  });
});

describe('what is asked for', () => {
  it('stands in the spec', () => {
    const spec = build({ readOnly: true, cwd: '/srv', hostname: 'web', noNewPrivileges: false, user: '1000:1001' });
    expect(spec).toMatchObject({
      root: { readonly: true },
      hostname: 'web',
      process: { cwd: '/srv', noNewPrivileges: false, user: { uid: 1000, gid: 1001 } },
    });
  });

  it('a terminal has a type', () => {
    const { process } = build({ terminal: true });
    expect(process?.terminal).toBe(true);
    expect(process?.env).toContain('TERM=xterm');
  });

  it('the environment wins over the defaults', () => {
    expect(build({ env: ['PATH=/bin', 'A=1', 'A=2'] }).process?.env).toEqual(['PATH=/bin', 'A=2']);
  });

  it('limits stand beside the device rules', () => {
    expect(build({ memory: 67_108_864, cpus: 0.5, pidsLimit: 50 }).linux?.resources).toEqual({
      devices: [{ allow: false, access: 'rwm' }],
      memory: expect.objectContaining({ limit: 67_108_864 }),
      cpu: { quota: 50_000, period: 100_000 },
      pids: { limit: 50 },
    });
  });

  it('a seccomp profile is passed on', () => {
    const seccomp = { defaultAction: 'SCMP_ACT_ALLOW' } as const;
    expect(build({ seccomp }).linux?.seccomp).toEqual({ ...seccomp, syscalls: [] });
  });

  it('the home is what the root file system has for the user', () => {
    const rootfs = mkdtempSync(join(tmpdir(), 'shiplog-spec-'));
    try {
      mkdirSync(join(rootfs, 'etc'));
      writeFileSync(join(rootfs, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\nweb:x:33:33::/var/www:/bin/sh\n');
      expect(build({ rootfs }).process?.env).toContain('HOME=/root');
      expect(build({ rootfs, user: 'web' }).process?.env).toContain('HOME=/var/www');
      expect(build({ rootfs, user: 'web', env: ['HOME=/x'] }).process?.env).toContain('HOME=/x');
    } finally {
      rmSync(rootfs, { recursive: true });
    }
  });

  it("a root that is yet to be mounted is the bundle's own", () => {
    expect(build({ rootfs: '' }).root).toEqual({ path: 'rootfs', readonly: false });
  });
});

describe('mounts', () => {
  const destinations = (spec: ReturnType<typeof build>) => spec.mounts?.map(({ destination }) => destination);

  it('come after the default ones, and binds do not travel', () => {
    const spec = build({ mounts: [parseMountFlag('src=/srv/data,dst=/data,ro')] });
    expect(spec.mounts?.at(-1)).toEqual({
      destination: '/data',
      type: 'bind',
      source: '/srv/data',
      options: ['rbind', 'ro', 'rprivate'],
    });
    expect(destinations(spec)).toContain('/proc');
  });

  it('travel when they say so, and the root lets them', () => {
    const spec = build({ mounts: [parseMountFlag('src=/srv/data,dst=/data,options=rbind:rslave')] });
    expect(spec.mounts?.at(-1)?.options).toEqual(['rbind', 'rslave']);
    expect(spec.linux?.rootfsPropagation).toBe('rslave');
    const shared = build({ mounts: [parseMountFlag('src=/srv/data,dst=/data,options=rbind:rshared')] });
    expect(shared.linux?.rootfsPropagation).toBe('rshared');
  });

  it('take the place of a default one', () => {
    const spec = build({ mounts: [parseMountFlag('type=tmpfs,target=/dev/shm,options=size=1g')] });
    expect(destinations(spec)?.filter((each) => each === '/dev/shm')).toHaveLength(1);
    expect(spec.mounts?.at(-1)).toMatchObject({ destination: '/dev/shm', options: ['size=1g'] });
  });

  it("cannot be on the root: that is the task's, not the spec's", () => {
    expect(() => build({ mounts: [parseMountFlag('src=/srv,dst=/')] })).toThrow(/makes the root/);
  });
});

it.each<[Partial<SpecOptions>, RegExp]>([
  [{ args: [] }, /give a command/],
  [{ rootfs: 'root' }, /give an absolute path/],
  [{ cwd: 'srv' }, /give an absolute path/],
  [{ hostname: '' }, /1 to 64 characters/],
  [{ hostname: 'h'.repeat(65) }, /1 to 64 characters/],
  [{ user: 'nobody', rootfs: '' }, /write its number/],
  [{ memory: 0 }, /memory must be a positive number/],
])('%j is refused, with what to do', (options, message) => {
  expect(() => build(options)).toThrow(InvalidArgumentError);
  expect(() => build(options)).toThrow(message);
});

it.each(['/nowhere/at/all', '/etc/passwd'])('%s is no root file system', (rootfs) => {
  expect(() => build({ rootfs })).toThrow(NotFoundError);
  expect(() => build({ rootfs })).toThrow(`root file system ${rootfs} does not exist`);
});

it("a task's ID is its host name, as far as a host name goes", () => {
  expect(hostnameOf('web')).toBe('web');
  expect(hostnameOf(`${'a'.repeat(63)}.b`)).toBe('a'.repeat(63));
  expect(hostnameOf('a'.repeat(76))).toBe('a'.repeat(64));
});
