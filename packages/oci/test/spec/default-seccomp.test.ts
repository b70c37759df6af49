import { describe, expect, it } from 'vitest';
import { capabilityNames } from '../../src/spec/capabilities.js';
import { defaultSeccomp } from '../../src/spec/default-seccomp.js';
import type { LinuxSyscall } from '../../src/spec/linux-spec.js';
import { resolveSeccomp } from '../../src/spec/seccomp-profile.js';

const resolve = (capabilities: readonly string[], arch = 'x64') =>
  resolveSeccomp(defaultSeccomp(), { capabilities, arch, kernel: '6.1.0' });

const rulesFor = (name: string, rules: readonly LinuxSyscall[] = []) =>
  rules.filter(({ names }) => names.includes(name));

/** What becomes of a call without a look at its arguments; undefined where it is the default. */
function answer(name: string, ...capabilities: readonly string[]) {
  const [rule, ...more] = rulesFor(name, resolve(capabilities).syscalls);
  expect(more.every(({ action }) => action === rule?.action)).toBe(true);
  return rule && (rule.errnoRet ?? rule.action);
}

const [eperm, enosys] = [1, 38];

describe('the default system calls', () => {
  it('answer what nobody knows yet as an older kernel does', () => {
    expect(resolve([])).toMatchObject({ defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: enosys });
    expect(answer('io_uring_setup')).toBeUndefined();
  });

  it.each(['read', 'execve', 'futex', 'connect', 'rseq', 'ptrace', 'openat2'])('%s is for everybody', (name) => {
    expect(answer(name)).toBe('SCMP_ACT_ALLOW');
  });

  it.each([
    ['mount', 'CAP_SYS_ADMIN'],
    ['unshare', 'CAP_SYS_ADMIN'],
    ['setns', 'CAP_SYS_ADMIN'],
    ['bpf', 'CAP_BPF'],
    ['perf_event_open', 'CAP_PERFMON'],
    ['syslog', 'CAP_SYSLOG'],
    ['init_module', 'CAP_SYS_MODULE'],
    ['clock_settime', 'CAP_SYS_TIME'],
    ['reboot', 'CAP_SYS_BOOT'],
    ['open_by_handle_at', 'CAP_DAC_READ_SEARCH'],
  ])('%s takes %s', (name, capability) => {
    expect(answer(name)).toBe(eperm);
    expect(answer(name, capability)).toBe('SCMP_ACT_ALLOW');
    expect(answer(name, 'CAP_CHOWN')).toBe(eperm);
  });

  it.each(['keyctl', 'add_key', 'kexec_load', 'userfaultfd', 'swapon'])('%s is for nobody', (name) => {
    expect(answer(name, ...capabilityNames)).toBe(eperm);
  });

  it('let a libc fall back from clone3 to clone, which makes no namespace', () => {
    expect(answer('clone3')).toBe(enosys);
    const [clone] = rulesFor('clone', resolve([]).syscalls);
    const refused = rulesFor('clone', resolve([]).syscalls).slice(1);
    expect(refused.map(({ errnoRet }) => errnoRet)).toEqual(Array.from({ length: 7 }, () => eperm));
    expect(clone?.args).toEqual([{ index: 0, value: 0x7e020000, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }]);
    expect(answer('clone3', 'CAP_SYS_ADMIN')).toBe('SCMP_ACT_ALLOW');
    expect(rulesFor('clone', resolve(['CAP_SYS_ADMIN']).syscalls)).toEqual([
      expect.not.objectContaining({ args: expect.anything() }),
    ]);
  });

  it('refuse the address families that no namespace holds, and one does not open the other', () => {
    const rules = rulesFor('socket', resolve([]).syscalls);
    const families = (action: string) =>
      rules
        .filter((rule) => rule.action === action && rule.args?.length === 1)
        .flatMap(({ args = [] }) => args.filter(({ op }) => op === 'SCMP_CMP_EQ').map(({ value }) => value));
    expect(families('SCMP_ACT_ERRNO')).toEqual([38, 40]);
    expect(families('SCMP_ACT_ALLOW')).toEqual([39]);
    const bounds = rules.flatMap(({ args = [] }) => args.filter(({ op }) => /LT|GT/.test(op)));
    expect(bounds.map(({ op, value }) => [op, value])).toEqual([
      ['SCMP_CMP_LT', 38],
      ['SCMP_CMP_GT', 40],
    ]);
  });

  it.each([
    ['x64', ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86']],
    ['arm64', ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM']],
  ])('on %s are also those of the programs of %j', (arch, architectures) => {
    expect(resolve([], arch).architectures).toEqual(architectures);
  });

  it('never say two things of one call', () => {
    for (const capabilities of [[], ['CAP_SYS_ADMIN'], capabilityNames]) {
      const seen = new Map<string, string>();
      for (const { names, action, args } of resolve(capabilities).syscalls ?? []) {
        for (const name of args ? [] : names) {
          expect([action, undefined], name).toContain(seen.get(name));
          seen.set(name, action);
        }
      }
    }
  });
});
