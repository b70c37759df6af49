/**
 * The system calls of a container that says nothing of them. What is not named here is answered with ENOSYS, as by an
 * older kernel, so that a newer libc falls back on what there was before; what is closed on purpose with EPERM
 * (docs/adr/0011-safe-by-default.md).
 */
import type { SeccompProfile, SeccompRule } from './seccomp-profile.js';
import { closedSyscalls, ordinarySyscalls, syscallsByCapability } from './seccomp-syscalls.js';

const errno = { EPERM: 1, EINVAL: 22, ENOSYS: 38, EAFNOSUPPORT: 97 } as const;

const allow = (rule: Omit<SeccompRule, 'action'>): SeccompRule => ({ ...rule, action: 'SCMP_ACT_ALLOW' });
const refuse = (errnoRet: number, rule: Omit<SeccompRule, 'action' | 'errnoRet'>): SeccompRule => ({
  ...rule,
  action: 'SCMP_ACT_ERRNO',
  errnoRet,
});

/** CLONE_NEWNS, cgroup, uts, ipc, user, pid, net: what clone(2) can make anew. A time namespace takes clone3 or unshare. */
const namespaceFlags = [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000];
const newNamespaces = namespaceFlags.reduce((sum, flag) => sum + flag, 0);

/** Linux, 32 bits, a kernel that calls itself 2.6, both, and only asking. */
const personalities = [0, 0x8, 0x20000, 0x20008, 0xffffffff];

/** Address families of socket(2); AF_ALG and AF_VSOCK reach the host, for no namespace has a hold on them. */
const [afNetlink, afAlg, afNfc, afVsock] = [16, 38, 39, 40];
const netlinkAudit = 9;

const admin = { caps: ['CAP_SYS_ADMIN'] };

function special(): readonly SeccompRule[] {
  return [
    ...personalities.map((value) => allow({ names: ['personality'], args: [{ index: 0, value, op: 'SCMP_CMP_EQ' }] })),
    // Its flags lie in memory, where no filter can look; without it, a libc falls back on clone.
    refuse(errno.ENOSYS, { names: ['clone3'], excludes: admin }),
    // The flags of clone are its first argument, but on s390.
    ...cloneRules(0, { excludes: { ...admin, arches: ['s390x'] } }),
    ...cloneRules(1, { includes: { arches: ['s390x'] }, excludes: admin }),
  ];
}

/** Processes and threads as many as it likes, and no namespace. */
function cloneRules(index: number, whom: Pick<SeccompRule, 'includes' | 'excludes'>): readonly SeccompRule[] {
  const masked = (value: number, valueTwo: number) => ({ index, value, valueTwo, op: 'SCMP_CMP_MASKED_EQ' as const });
  return [
    allow({ names: ['clone'], args: [masked(newNamespaces, 0)], ...whom }),
    ...namespaceFlags.map((flag) => refuse(errno.EPERM, { names: ['clone'], args: [masked(flag, flag)], ...whom })),
  ];
}

/**
 * A socket of audit, which only root may ask for and no namespace has, makes sudo and login believe that there is an
 * audit to talk to. Few rules, by ranges: each costs time at every start.
 */
function sockets(): readonly SeccompRule[] {
  const names = ['socket'];
  const family = (value: number, op: 'EQ' | 'LT' | 'GT') => ({ index: 0, value, op: `SCMP_CMP_${op}` as const });
  const protocol = (op: 'EQ' | 'NE') => ({ index: 2, value: netlinkAudit, op: `SCMP_CMP_${op}` as const });
  const audit = { caps: ['CAP_AUDIT_WRITE'] };
  return [
    ...[afAlg, afVsock].map((each) => refuse(errno.EAFNOSUPPORT, { names, args: [family(each, 'EQ')] })),
    refuse(errno.EINVAL, { names, args: [family(afNetlink, 'EQ'), protocol('EQ')], excludes: audit }),
    allow({ names, args: [family(afAlg, 'LT'), protocol('NE')], excludes: audit }),
    allow({ names, args: [family(afAlg, 'LT')], includes: audit }),
    allow({ names, args: [family(afNfc, 'EQ')] }),
    allow({ names, args: [family(afVsock, 'GT')] }),
  ];
}

function byCapability(): readonly SeccompRule[] {
  const entries = Object.entries(syscallsByCapability);
  const opened = entries.map(([cap, names]) => allow({ names, includes: { caps: [cap] } }));
  const names = [...new Set(entries.flatMap(([, each]) => each))].filter((name) => !['clone', 'clone3'].includes(name));
  // The kernel adds up rules of one system call, so that a refusal must not stand beside what opens it.
  const closed = names.map((name) => {
    const caps = entries.filter(([, each]) => each.includes(name)).map(([cap]) => cap);
    return { name, caps: caps.join(' ') };
  });
  const groups = Map.groupBy(closed, ({ caps }) => caps);
  return [
    ...opened,
    ...[...groups].map(([caps, each]) =>
      refuse(errno.EPERM, { names: each.map(({ name }) => name), excludes: { caps: caps.split(' ') } }),
    ),
  ];
}

/** Made when it is asked for: most commands make no spec. */
export function defaultSeccomp(): SeccompProfile {
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: errno.ENOSYS,
    archMap: [
      // Without x32, which kernels have turned off, and which would double the time that the filter takes at each start.
      { architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86'] },
      { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: ['SCMP_ARCH_ARM'] },
      { architecture: 'SCMP_ARCH_PPC64LE' },
      { architecture: 'SCMP_ARCH_S390X', subArchitectures: ['SCMP_ARCH_S390'] },
      { architecture: 'SCMP_ARCH_RISCV64' },
    ],
    syscalls: [
      allow({ names: Object.values(ordinarySyscalls).flat() }),
      ...special(),
      ...sockets(),
      ...byCapability(),
      refuse(errno.EPERM, { names: closedSyscalls }),
    ],
  };
}
