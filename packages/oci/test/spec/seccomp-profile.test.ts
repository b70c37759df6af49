import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readSeccompProfile, resolveSeccomp, type SeccompProfile } from '../../src/spec/seccomp-profile.js';

const dir = mkdtempSync(join(tmpdir(), 'shiplog-seccomp-'));
afterAll(() => rmSync(dir, { recursive: true }));
const target = { capabilities: ['CAP_KILL'], arch: 'x64', kernel: '6.1.0-13-amd64' };
const rule = (name: string, more: object = {}) => ({ names: [name], action: 'SCMP_ACT_ALLOW' as const, ...more });
const namesOf = (profile: SeccompProfile, on = target) =>
  resolveSeccomp(profile, on).syscalls?.flatMap(({ names }) => names);

it('a rule counts for whom it says', () => {
  const profile: SeccompProfile = {
    defaultAction: 'SCMP_ACT_ERRNO',
    syscalls: [
      rule('all'),
      rule('kill', { includes: { caps: ['CAP_KILL', 'CAP_CHOWN'] } }),
      rule('chown', { includes: { caps: ['CAP_CHOWN'] } }),
      rule('not-kill', { excludes: { caps: ['CAP_KILL'] } }),
      rule('amd', { includes: { arches: ['amd64'] } }),
      rule('arm', { includes: { arches: ['arm64'] } }),
      rule('newer', { includes: { minKernel: '6.2' } }),
      rule('older', { includes: { minKernel: '4.19' } }),
      { name: 'short', action: 'SCMP_ACT_ALLOW' },
    ],
  };
  expect(namesOf(profile)).toEqual(['all', 'kill', 'amd', 'older', 'short']);
  expect(namesOf(profile, { capabilities: [], arch: 'arm64', kernel: '6.10.1' })).toEqual([
    'all',
    'not-kill',
    'arm',
    'newer',
    'older',
    'short',
  ]);
});

it('of its own architectures it says nothing twice', () => {
  const archMap = [{ architecture: 'SCMP_ARCH_X86_64', subArchitectures: null }];
  expect(resolveSeccomp({ defaultAction: 'SCMP_ACT_ALLOW', archMap }, target)).toEqual({
    defaultAction: 'SCMP_ACT_ALLOW',
    architectures: ['SCMP_ARCH_X86_64'],
    syscalls: [],
  });
});

it('a file is read, or the error names the file and the field', () => {
  const file = join(dir, 'profile.json');
  writeFileSync(file, JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [rule('read')], x: 1 }));
  expect(readSeccompProfile(file)).toMatchObject({ syscalls: [rule('read')], x: 1 });
  writeFileSync(file, JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ action: 'no' }] }));
  expect(() => readSeccompProfile(file)).toThrow(`${file} is no seccomp profile: syscalls.0.action: must be an action`);
  writeFileSync(file, '{');
  expect(() => readSeccompProfile(file)).toThrow(/cannot be read as JSON/);
  expect(() => readSeccompProfile(join(dir, 'none'))).toThrow(/there is no seccomp profile/);
});
