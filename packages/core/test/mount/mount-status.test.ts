import { describe, expect, it } from 'vitest';
import { type MountUse, mountStatuses } from '../../src/mount/mount-status.js';
import type { MountSet } from '../../src/task/state.js';
import { infoOf, mountOf } from './fake-kernel.js';

const root = '/run/none/rootfs';
const overlay = mountOf('overlay');
const remount = { ...mountOf('overlay'), options: ['remount', 'ro'] };
const data = mountOf('tmpfs', 'data');

const setOf = (status: MountSet['status']): MountSet => ({
  target: root,
  mounts: [overlay, remount, data],
  status,
  requestId: 'r',
  owner: { pid: 1, startTime: 1, bootId: 'b' },
});

const both = [infoOf('overlay', 'overlay', root), infoOf('tmpfs', 'tmpfs', `${root}/data`)];

describe('a mount', () => {
  it.each([
    ['active', { needed: true, ownerAlive: false }, both, ['active', 'active']],
    ['active', { needed: true, ownerAlive: false }, [], ['missing', 'missing']],
    ['active', { needed: true, ownerAlive: false }, both.slice(0, 1), ['active', 'missing']],
    ['active', { needed: false, ownerAlive: true }, both, ['leaked', 'leaked']],
    ['activating', { needed: true, ownerAlive: true }, [], ['activating', 'activating']],
    ['activating', { needed: true, ownerAlive: false }, both.slice(0, 1), ['leaked', 'missing']],
    ['deactivating', { needed: true, ownerAlive: true }, both, ['deactivating', 'deactivating']],
    ['deactivating', { needed: true, ownerAlive: false }, both, ['leaked', 'leaked']],
    ['active', { needed: true, ownerAlive: true }, [infoOf('ext4', '/dev/sda', root)], ['missing', 'missing']],
  ] as const satisfies readonly (readonly [MountSet['status'], MountUse, unknown, unknown])[])(
    'that is %s in the log, with %j, is on the host as it is',
    (status, use, table, expected) => {
      const views = mountStatuses(root, setOf(status), use, table);
      expect(views.map((view) => view.status)).toEqual(expected);
      expect(views.map(({ mountPoint }) => mountPoint)).toEqual([root, `${root}/data`]);
    },
  );

  it('on another of the same point is the upper one', () => {
    const set = { ...setOf('active'), mounts: [overlay, mountOf('tmpfs')] };
    const table = [infoOf('overlay', 'overlay', root)];
    const use = { needed: true, ownerAlive: true };
    expect(mountStatuses(root, set, use, table).map(({ status }) => status)).toEqual(['active', 'missing']);
  });
});
