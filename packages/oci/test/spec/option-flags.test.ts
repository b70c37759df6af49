import { resolve } from 'node:path';
import { InvalidArgumentError } from '@shiplog/core';
import { describe, expect, it } from 'vitest';
import { changeCapabilities, parseCapability } from '../../src/spec/capabilities.js';
import { grantDevice, parseDeviceFlag, parseDeviceRule } from '../../src/spec/devices.js';
import { parseIdMapping } from '../../src/spec/id-mappings.js';
import { parseNamespaceMode, parseNamespacePath } from '../../src/spec/namespaces.js';
import { parseOomScoreAdj, parseUmask } from '../../src/spec/process-options.js';
import { parseUlimit } from '../../src/spec/rlimits.js';
import { rootlessMappings } from '../../src/spec/rootless-mappings.js';
import { parseSecurityOpts } from '../../src/spec/security-opt.js';
import { parseTmpfsFlag, parseVolumeFlag } from '../../src/spec/volume-flag.js';

const none = { apparmor: false, selinux: false };

describe('what is written', () => {
  it.each<[unknown, unknown]>([
    [parseCapability('net_admin'), 'CAP_NET_ADMIN'],
    [parseCapability('CAP_KILL'), 'CAP_KILL'],
    [parseCapability('all'), 'ALL'],
    [parseDeviceFlag('/dev/fuse'), { host: '/dev/fuse', container: '/dev/fuse', access: 'rwm' }],
    [parseDeviceFlag('/dev/a:r'), { host: '/dev/a', container: '/dev/a', access: 'r' }],
    [parseDeviceFlag('/dev/a:/dev/b:rw'), { host: '/dev/a', container: '/dev/b', access: 'rw' }],
    [parseDeviceRule('c 10:229 rwm'), { allow: true, type: 'c', major: 10, minor: 229, access: 'rwm' }],
    [parseDeviceRule('b *:* r'), { allow: true, type: 'b', access: 'r' }],
    [parseIdMapping('0:100000:65536'), { containerID: 0, hostID: 100_000, size: 65_536 }],
    [parseIdMapping('5:6'), { containerID: 5, hostID: 6, size: 1 }],
    [parseNamespaceMode('none'), 'private'],
    [parseNamespaceMode('container:web'), { task: 'web' }],
    [parseNamespaceMode('ns:/proc/1/ns/net'), { path: '/proc/1/ns/net' }],
    [parseNamespacePath('net:/proc/1/ns/net'), { type: 'network', path: '/proc/1/ns/net' }],
    [parseUmask('027'), 0o27],
    [parseOomScoreAdj('-500'), -500],
    [parseUlimit('nofile=512:600'), { type: 'RLIMIT_NOFILE', soft: 512, hard: 600 }],
    [parseUlimit('core=0'), { type: 'RLIMIT_CORE', soft: 0, hard: 0 }],
    [parseVolumeFlag('/a:/b/:ro'), { type: 'bind', source: '/a', target: '/b', options: ['rbind', 'ro'] }],
    [parseVolumeFlag('./a:/b'), { type: 'bind', source: resolve('a'), target: '/b', options: ['rbind'] }],
    [
      parseTmpfsFlag('/t:size=1m,exec,suid'),
      { type: 'tmpfs', source: 'tmpfs', target: '/t', options: ['nodev', 'size=1m', 'exec', 'suid'] },
    ],
    [
      parseSecurityOpts(['no-new-privileges:false', 'seccomp=unconfined'], none),
      { noNewPrivileges: false, seccomp: 'unconfined' },
    ],
    [parseSecurityOpts(['apparmor=unconfined', 'label=disable'], none), {}],
    [parseSecurityOpts(['apparmor=mine'], { ...none, apparmor: true }), { apparmor: 'mine' }],
    [
      parseSecurityOpts(['label=type:web_t', 'label=level:s0:c1,c2'], { ...none, selinux: true }),
      { selinuxLabel: 'system_u:system_r:web_t:s0:c1,c2' },
    ],
    [parseSecurityOpts(['mask=/a:/b', 'mask=/c', 'unmask=ALL'], none), { mask: ['/a', '/b', '/c'], unmask: ['ALL'] }],
  ])('is understood: %#', (parsed, meant) => {
    expect(parsed).toEqual(meant);
  });

  it('no limit is the number that the runtimes know it by', () => {
    expect(JSON.stringify(parseUlimit('core=-1'))).toContain('"soft":18446744073709551615,"hard":18446744073709551615');
  });

  it.each<[string, () => unknown, RegExp]>([
    ['no capability', () => parseCapability('KILLER'), /is no capability/],
    ['a device that is relative', () => parseDeviceFlag('dev/fuse'), /write HOST:CONTAINER:ACCESS/],
    ['what is no device', () => grantDevice({ host: '/etc/passwd', container: '/x', access: 'r' }), /is no device/],
    ['a rule without numbers', () => parseDeviceRule('c rwm'), /write TYPE MAJOR:MINOR ACCESS/],
    ['a mapping of nobody', () => parseIdMapping('0:1:0'), /write CONTAINER:HOST:COUNT/],
    ['an unknown namespace', () => parseNamespaceMode('bridge'), /write host, private/],
    ['a namespace of another type', () => parseNamespacePath('nut:/x'), /write TYPE:PATH/],
    ['a mask that is not octal', () => parseUmask('8'), /no umask/],
    ['an OOM score beyond the kernel', () => parseOomScoreAdj('1001'), /-1000 to 1000/],
    ['an unknown limit', () => parseUlimit('files=1'), /files is not one of/],
    ['a soft limit above the hard one', () => parseUlimit('nofile=2:1'), /above the hard one/],
    ['a named volume', () => parseVolumeFlag('data:/data'), /no named volumes/],
    ['an unknown option', () => parseVolumeFlag('/a:/b:z'), /the option z is not known/],
    ['a volume on the root', () => parseVolumeFlag('/a:/'), /not \//],
    ['AppArmor where there is none', () => parseSecurityOpts(['apparmor=x'], none), /no AppArmor/],
    ['SELinux where there is none', () => parseSecurityOpts(['label=type:x'], none), /no SELinux/],
    ['an unknown option', () => parseSecurityOpts(['magic'], none), /use seccomp, apparmor/],
  ])('%s is refused', (_, parse, message) => {
    expect(parse).toThrow(InvalidArgumentError);
    expect(parse).toThrow(message);
  });
});

describe('capabilities', () => {
  const base = { bounding: ['CAP_CHOWN', 'CAP_KILL'], effective: ['CAP_CHOWN'], permitted: ['CAP_CHOWN'] };
  const given = ['CAP_CHOWN', 'CAP_KILL', 'CAP_NET_ADMIN'];
  const change = (add: readonly string[], drop: readonly string[], unprivileged = false) =>
    changeCapabilities(base, { add, drop, unprivileged }, given);

  it.each([
    [[], ['ALL'], []],
    [['CAP_NET_ADMIN'], ['ALL'], ['CAP_NET_ADMIN']],
    [['ALL'], ['CAP_KILL'], ['CAP_CHOWN', 'CAP_NET_ADMIN']],
    [['CAP_NET_ADMIN'], ['CAP_KILL'], ['CAP_CHOWN', 'CAP_NET_ADMIN']],
  ])('with %j and without %j are %j', (add, drop, left) => {
    expect(change(add, drop)).toEqual({ bounding: left, effective: left, permitted: left });
  });

  it('that were asked for outlive a start as somebody else than root', () => {
    expect(change(['CAP_NET_ADMIN'], [], true)).toMatchObject({
      ambient: ['CAP_NET_ADMIN'],
      inheritable: ['CAP_NET_ADMIN'],
    });
  });

  it('that this process does not have, it cannot give', () => {
    expect(() => change(['CAP_SYS_TIME'], [])).toThrow('CAP_SYS_TIME cannot be added: this process does not have it');
    expect(() => change(['CAP_KILL'], ['CAP_KILL'])).toThrow(/both added and dropped/);
  });
});

describe('without root', () => {
  const user = { uid: 1000, gid: 1001, name: 'me', hasMapTools: true };

  it('a container has the IDs that the host has set aside', () => {
    expect(
      rootlessMappings({ ...user, subuid: 'you:1:1\nme:100000:65536\n1000:300000:10', subgid: 'me:200000:7' }),
    ).toEqual({
      uidMappings: [
        { containerID: 0, hostID: 1000, size: 1 },
        { containerID: 1, hostID: 100_000, size: 65_536 },
      ],
      gidMappings: [
        { containerID: 0, hostID: 1001, size: 1 },
        { containerID: 1, hostID: 200_000, size: 7 },
      ],
    });
  });

  it.each([
    { ...user, subuid: '', subgid: '' },
    { ...user, subuid: 'me:1:9', subgid: 'me:1:9', hasMapTools: false },
  ])('and root alone where there are none: %j', (host) => {
    expect(rootlessMappings(host)).toEqual({
      uidMappings: [{ containerID: 0, hostID: 1000, size: 1 }],
      gidMappings: [{ containerID: 0, hostID: 1001, size: 1 }],
    });
  });
});
