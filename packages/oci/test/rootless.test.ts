import { expect, it } from 'vitest';
import { rootlessBarrier, rootlessNotes } from '../src/rootless.js';

const reads = (path: string, text: string) => (asked: string) => (asked === path ? text : undefined);

it.each([
  ['/proc/sys/user/max_user_namespaces', '0\n'],
  ['/proc/sys/kernel/unprivileged_userns_clone', '0\n'],
  ['/proc/sys/kernel/apparmor_restrict_unprivileged_userns', '1\n'],
])('%s = %j keeps users from running containers, and the reason says what lifts it', (path, text) => {
  const setting = path.replace('/proc/sys/', '').replace('/', '.');
  expect(rootlessBarrier(reads(path, text))).toContain(`(${path}): run as root, or have root set sysctl ${setting}=`);
  expect(rootlessBarrier(reads(path, text === '0\n' ? '1\n' : '0\n'))).toBeUndefined();
});

it('a host that says nothing of it lets them', () => {
  expect(rootlessBarrier(() => undefined)).toBeUndefined();
});

it('tells how many users there are', () => {
  const alone = [{ containerID: 0, hostID: 7, size: 1 }];
  const many = [...alone, { containerID: 1, hostID: 100_000, size: 65_536 }];
  expect(rootlessNotes(true, { uidMappings: alone, gidMappings: alone })).toEqual([
    expect.stringMatching(/the only user; \/etc\/subuid/),
  ]);
  expect(rootlessNotes(true, { uidMappings: many, gidMappings: many })).toEqual([
    expect.stringContaining('65537 users'),
  ]);
});
