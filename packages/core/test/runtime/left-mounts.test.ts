/** Mounts that nobody could unmount at the time: the log keeps hold of them. */
import { describe, expect, it } from 'vitest';
import { UnavailableError } from '../../src/kernel/errors.js';
import type { MountHandler } from '../../src/mount/mount.js';
import type { MountInfo } from '../../src/mount/mountinfo.js';
import { infoOf, mountOf } from '../mount/fake-kernel.js';
import { machine, opts } from './harness.js';

describe('A create whose mounts fail', () => {
  it('keeps hold of what could not be rolled back, and unmounts it with the rest', async () => {
    const stuck = new Map<string, MountInfo>();
    const handler: MountHandler = {
      types: ['test'],
      mount: async ({ target }, mountPoint) => {
        if (target === 'bad') throw new UnavailableError('no');
        stuck.set(mountPoint, infoOf('test', '', mountPoint));
      },
      unmount: async (mountPoint) => {
        if (stuck.size > 0 && !released) throw new UnavailableError('stuck');
        stuck.delete(mountPoint);
        return 'detached';
      },
    };
    let released = false;
    const mountTable = () => [...stuck.values()];
    await using host = await machine({ handlers: [handler], mountTable });
    const rootfs = ['', 'bad'].map((target) => mountOf('test', target));
    await expect(host.manager.create('web', { ...opts, rootfs })).rejects.toThrow('no');
    expect(host.manager.mounts()).toMatchObject([
      { task: 'web', onHost: [{ status: 'leaked' }, { status: 'missing' }] },
    ]);
    const last = () =>
      [...host.log.readStream({ namespace: 'default', task: 'web' })].map(({ type, event }) => ({ type, event }));
    const [mountPoint] = stuck.keys();
    expect(last()).toContainEqual({
      type: '/mounts/activate-failed',
      event: expect.objectContaining({ code: 'unavailable', left: [mountPoint] }),
    });
    released = true;
    await host.manager.recover({ hold: false });
    expect(last().at(-1)).toMatchObject({ type: '/mounts/deactivated', event: { detached: [mountPoint] } });
    expect(host.manager.mounts()).toEqual([]);
  });
});
