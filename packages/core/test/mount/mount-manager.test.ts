import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InvalidArgumentError, NotFoundError } from '../../src/kernel/errors.js';
import type { MountHandler } from '../../src/mount/mount.js';
import { MountManager } from '../../src/mount/mount-manager.js';
import { fakeKernel, infoOf, mountOf } from './fake-kernel.js';

let folder: string;
let rootfs: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'shiplog-mounts-')));
  rootfs = path.join(folder, 'rootfs');
  mkdirSync(path.join(rootfs, 'data/deep'), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

function setUp() {
  const kernel = fakeKernel();
  const handlers = [kernel.handler('bind'), kernel.handler('overlay', 'tmpfs')];
  return { kernel, manager: new MountManager({ handlers, mountTable: kernel.mountTable }) };
}

describe('activate', () => {
  it('mounts in order, each on its own target within the root', async () => {
    const { kernel, manager } = setUp();
    await manager.activate(rootfs, [mountOf('overlay'), mountOf('tmpfs', '/data'), mountOf('bind', 'data/deep')]);
    expect(kernel.calls).toEqual([
      `mount overlay ${rootfs}`,
      `mount tmpfs ${rootfs}/data`,
      `mount bind ${rootfs}/data/deep`,
    ]);
    expect(manager.isMounted(rootfs)).toBe(true);
  });

  it('never leaves the root (M1)', async () => {
    const { kernel, manager } = setUp();
    symlinkSync('/', path.join(rootfs, 'out'));
    await manager.activate(rootfs, [mountOf('bind', '../../../data'), mountOf('bind', 'out/data/deep')]);
    expect(kernel.calls).toEqual([`mount bind ${rootfs}/data`, `mount bind ${rootfs}/data/deep`]);
  });

  it('knows a target by the name that the kernel gives it', async () => {
    const { kernel, manager } = setUp();
    symlinkSync(folder, path.join(folder, 'alias'));
    await manager.activate(path.join(folder, 'alias/rootfs'), [mountOf('bind')]);
    expect(kernel.calls).toEqual([`mount bind ${rootfs}`]);
    expect(manager.isMounted(path.join(folder, 'alias/rootfs/'))).toBe(true);
  });

  it('asks for a known type before anything is mounted', async () => {
    const { kernel, manager } = setUp();
    const activation = manager.activate(rootfs, [mountOf('bind'), mountOf('zfs')]);
    await expect(activation).rejects.toThrow('mount type "zfs" is unknown; there are: bind, overlay, tmpfs');
    await expect(activation).rejects.toBeInstanceOf(InvalidArgumentError);
    expect(kernel.calls).toEqual([]);
  });

  it('rolls back in reverse, and tells the cause (M2)', async () => {
    const { kernel, manager } = setUp();
    const cause = new NotFoundError('no such source');
    kernel.failing.set(`mount bind ${rootfs}/data/deep`, cause);
    const mounts = [mountOf('overlay'), mountOf('tmpfs', 'data'), mountOf('bind', 'data/deep')];
    await expect(manager.activate(rootfs, mounts)).rejects.toBe(cause);
    expect(kernel.calls.slice(3)).toEqual([`overlay: unmount ${rootfs}/data`, `overlay: unmount ${rootfs}`]);
    expect(kernel.mounted).toEqual([]);
  });

  it('tells of what it could not roll back, and rolls back the rest', async () => {
    const { kernel, manager } = setUp();
    const cause = new NotFoundError('no such source', { details: { source: '/x' } });
    kernel.failing.set(`mount bind ${rootfs}/data/deep`, cause);
    kernel.failing.set(`overlay: unmount ${rootfs}/data`, new Error('busy'));
    const mounts = [mountOf('overlay'), mountOf('tmpfs', 'data'), mountOf('bind', 'data/deep')];
    await expect(manager.activate(rootfs, mounts)).rejects.toMatchObject({
      code: 'not-found',
      message: `no such source (and not all could be rolled back: ${rootfs}/data: busy)`,
      details: { source: '/x', rollbackFailures: [`${rootfs}/data: busy`] },
      cause,
    });
    expect(kernel.mounted.map(({ mountPoint }) => mountPoint)).toEqual([`${rootfs}/data`]);
  });

  it('stops and rolls back when the call is cancelled', async () => {
    const { kernel, manager } = setUp();
    const controller = new AbortController();
    const cancelling = { ...kernel.handler('overlay'), mount: async () => controller.abort() };
    const handlers = [cancelling, kernel.handler('bind')];
    const activation = new MountManager({ handlers }).activate(
      rootfs,
      [mountOf('overlay'), mountOf('bind')],
      controller.signal,
    );
    await expect(activation).rejects.toMatchObject({ code: 'cancelled' });
    expect(kernel.calls).toEqual([`overlay: unmount ${rootfs}`]);
    expect(manager.isMounted(rootfs)).toBe(false);
  });

  it.each([
    ['a mount point that is not there', 'nowhere', NotFoundError, 'nowhere does not exist: make it'],
    ['a zero byte', 'a\0b', InvalidArgumentError, 'zero byte'],
  ])('refuses %s', async (_what, target, errorClass, words) => {
    const activation = setUp().manager.activate(rootfs, [mountOf('bind', target)]);
    await expect(activation).rejects.toBeInstanceOf(errorClass);
    await expect(activation).rejects.toThrow(words);
  });

  it.each([
    ['relative/rootfs', 'is not an absolute path'],
    ['/', 'nothing is mounted on / itself'],
    ['/tmp/..', 'nothing is mounted on / itself'],
  ])('and deactivate refuse the target %s', async (target, words) => {
    const { manager } = setUp();
    await expect(manager.activate(target, [mountOf('bind')])).rejects.toThrow(words);
    await expect(manager.deactivate(target)).rejects.toThrow(words);
  });

  it('starts on a free target only (M4)', async () => {
    const { kernel, manager } = setUp();
    kernel.mounted.push(infoOf('ext4', '/dev/sda', `${rootfs}/data`));
    await expect(manager.activate(rootfs, [mountOf('bind')])).rejects.toMatchObject({ code: 'failed-precondition' });
    expect(kernel.calls).toEqual([]);
  });

  it('asks each handler what it thinks before anything is mounted', async () => {
    const { kernel } = setUp();
    const check = () => {
      throw new InvalidArgumentError('no such option');
    };
    const handlers = [kernel.handler('overlay'), { ...kernel.handler('tmpfs'), check }];
    const manager = new MountManager({ handlers, mountTable: kernel.mountTable });
    await expect(manager.activate(rootfs, [mountOf('overlay'), mountOf('tmpfs')])).rejects.toThrow('no such option');
    expect(kernel.calls).toEqual([]);
  });

  it('remounts only what it mounted itself', async () => {
    const { kernel, manager } = setUp();
    const remount = (target: string) => ({ ...mountOf('tmpfs', target), options: ['remount', 'ro'] });
    const stray = manager.activate(rootfs, [mountOf('tmpfs'), remount('data')]);
    await expect(stray).rejects.toThrow('there is nothing to remount on "/data"');
    expect(kernel.calls).toEqual([]);
    const failing = manager.activate(rootfs, [mountOf('tmpfs'), remount('/'), mountOf('bind', 'a\0b')]);
    await expect(failing).rejects.toThrow('zero byte');
    expect(kernel.calls.slice(2)).toEqual([`overlay: unmount ${rootfs}`]);
  });

  it('makes a mount point that is missing in what it mounted on the root, and takes it back (M2)', async () => {
    const { kernel, manager } = setUp();
    const file = path.join(folder, 'file');
    writeFileSync(file, '');
    const series = [mountOf('overlay'), mountOf('tmpfs', 'new/deep'), mountOf('bind', 'etc/hosts', file)];
    kernel.failing.set(`mount bind ${rootfs}/last`, new Error('boom'));
    await expect(manager.activate(rootfs, [...series, mountOf('bind', 'last', folder)])).rejects.toThrow('boom');
    expect(readdirSync(rootfs)).toEqual(['data']);
    await manager.activate(rootfs, series);
    expect(statSync(path.join(rootfs, 'new/deep')).isDirectory()).toBe(true);
    expect(statSync(path.join(rootfs, 'etc/hosts')).isFile()).toBe(true);
  });

  it('refuses a mount point in a file', async () => {
    const { manager } = setUp();
    writeFileSync(path.join(rootfs, 'file'), '');
    const activation = manager.activate(rootfs, [mountOf('overlay'), mountOf('tmpfs', 'file/sub')]);
    await expect(activation).rejects.toThrow(`cannot make the mount point ${rootfs}/file/sub`);
  });

  it('refuses a target that is a symbolic link', async () => {
    symlinkSync(rootfs, path.join(folder, 'link'));
    const activation = setUp().manager.activate(path.join(folder, 'link'), [mountOf('bind')]);
    await expect(activation).rejects.toThrow('is a symbolic link');
  });
});

describe('deactivate', () => {
  it('unmounts what is on and below the target, the latest first, and nothing else (M3)', async () => {
    const { kernel, manager } = setUp();
    kernel.mounted.push(
      infoOf('ext4', '/dev/sda', '/'),
      infoOf('overlay', 'overlay', rootfs),
      infoOf('tmpfs', 'tmpfs', `${rootfs}-other`),
      infoOf('tmpfs', 'tmpfs', `${rootfs}/data`),
      infoOf('ext4', '/dev/sda', rootfs),
    );
    await manager.deactivate(rootfs);
    expect(kernel.calls).toEqual([
      `bind: unmount ${rootfs}`,
      `overlay: unmount ${rootfs}/data`,
      `overlay: unmount ${rootfs}`,
    ]);
    expect(kernel.mounted.map(({ mountPoint }) => mountPoint)).toEqual(['/', `${rootfs}-other`]);
  });

  it('tries each, also when one fails, and says what stays', async () => {
    const { kernel, manager } = setUp();
    await manager.activate(rootfs, [mountOf('overlay'), mountOf('tmpfs', 'data'), mountOf('tmpfs', 'data/deep')]);
    kernel.failing.set(`overlay: unmount ${rootfs}/data`, new Error('stuck'));
    await expect(manager.deactivate(rootfs)).rejects.toMatchObject({
      message: `stuck (still mounted: ${rootfs}/data)`,
      details: { left: [`${rootfs}/data`] },
    });
    kernel.failing.clear();
    expect(await manager.deactivate(rootfs)).toEqual({ detached: [] });
    expect(kernel.mounted).toEqual([]);
  });

  it('tells what was busy', async () => {
    const { kernel } = setUp();
    const plain = kernel.handler('bind');
    const busy: MountHandler = { ...plain, unmount: (point) => plain.unmount(point).then(() => 'detached') };
    const manager = new MountManager({ handlers: [busy], mountTable: kernel.mountTable });
    await manager.activate(rootfs, [mountOf('bind')]);
    expect(await manager.deactivate(rootfs)).toEqual({ detached: [rootfs] });
  });

  it('leaves what somebody else mounted there (M4)', async () => {
    const { kernel, manager } = setUp();
    kernel.mounted.push(infoOf('ext4', '/dev/sda', rootfs), infoOf('overlay', 'overlay', rootfs));
    const deactivation = manager.deactivate(rootfs, [mountOf('overlay')]);
    await expect(deactivation).rejects.toThrow('has a mount (ext4) that is not the one made there (overlay)');
    expect(kernel.calls).toEqual([]);
    await manager.deactivate(rootfs, [mountOf('bind')]);
    expect(kernel.mounted).toEqual([]);
  });

  it('can be called again, and for a target that is gone', async () => {
    const { kernel, manager } = setUp();
    await manager.activate(rootfs, [mountOf('bind')]);
    await manager.deactivate(rootfs);
    await manager.deactivate(rootfs);
    await manager.deactivate(path.join(folder, 'gone/rootfs'));
    expect(kernel.calls).toHaveLength(2);
  });

  it('says what stays mounted instead of trying forever', async () => {
    const { kernel } = setUp();
    const stubborn: MountHandler = { ...kernel.handler('bind'), unmount: async () => 'unmounted' };
    const manager = new MountManager({ handlers: [stubborn], mountTable: kernel.mountTable });
    kernel.mounted.push(infoOf('ext4', '/dev/sda', rootfs));
    await expect(manager.deactivate(rootfs)).rejects.toThrow(`${rootfs} (ext4) is still mounted`);
  });

  it('needs a handler only if something is mounted', async () => {
    const { kernel } = setUp();
    const manager = new MountManager({ handlers: [], mountTable: kernel.mountTable });
    await manager.deactivate(rootfs);
    kernel.mounted.push(infoOf('ext4', '/dev/sda', rootfs));
    await expect(manager.deactivate(rootfs)).rejects.toThrow('no mount plugin has started');
  });

  it('undoes any activation, and so does a failure anywhere in it (M2, M3)', async () => {
    const mounts = fc.array(
      fc.record({
        type: fc.constantFrom('bind', 'overlay', 'tmpfs'),
        target: fc.constantFrom('', 'data', 'data/deep'),
      }),
      { minLength: 1, maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(mounts, fc.nat(), async (specs, n) => {
        const { kernel, manager } = setUp();
        await manager.activate(
          rootfs,
          specs.map(({ type, target }) => mountOf(type, target)),
        );
        expect(kernel.mounted).toHaveLength(specs.length);
        await manager.deactivate(rootfs);
        expect(kernel.mounted).toEqual([]);

        const failing = { ...kernel.handler('bad'), mount: () => Promise.reject(new Error('boom')) };
        const types = specs.map(({ type, target }, at) => mountOf(at === n % specs.length ? 'bad' : type, target));
        const handlers = [failing, kernel.handler('bind', 'overlay', 'tmpfs')];
        const second = new MountManager({ handlers, mountTable: kernel.mountTable });
        await expect(second.activate(rootfs, types)).rejects.toThrow('boom');
        expect(kernel.mounted).toEqual([]);
      }),
    );
  });
});
