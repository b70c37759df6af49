import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CancelledError, type Mount, MountManager, PluginRegistry, SystemClock } from '@shiplog/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canMount } from '../src/can-mount.js';
import { mountKinds, mountPlugin } from '../src/index.js';
import { createMountHandler, type Run } from '../src/mount-handler.js';
import { mountOf, TempFolder } from './temp-folder.js';

let temp: TempFolder;
let registry: PluginRegistry;
let manager: MountManager;
let rootfs: string;

beforeEach(async (context) => {
  if (!canMount()) context.skip('this process may not mount: it lacks CAP_SYS_ADMIN');
  temp = new TempFolder();
  rootfs = temp.folder('rootfs');
  registry = await PluginRegistry.start({
    plugins: [mountPlugin],
    stateDir: temp.folder('state'),
    rootDir: temp.folder('root'),
    clock: new SystemClock(),
  });
  manager = new MountManager({ handlers: registry.all('mount-handler') });
});

afterEach(async () => {
  await registry?.[Symbol.asyncDispose]();
  temp?.[Symbol.dispose]();
});

/** The options that the kernel shows for a mount point, the mount's own before the file system's. */
function optionsAt(mountPoint: string): readonly string[] {
  const info = temp.mounts().findLast((mount) => mount.mountPoint === mountPoint);
  return info ? [...info.options, ...info.superOptions] : [];
}

const types = ['bind', 'rbind', 'overlay', 'tmpfs', 'proc', 'sysfs', 'devpts', 'mqueue', 'cgroup', 'cgroup2'];

const mountPoints = () => temp.mounts().map(({ mountPoint }) => path.relative(temp.path, mountPoint));

describe('the plugin', () => {
  it('starts', () => {
    expect(registry.reports).toMatchObject([
      { id: 'io.containerd.mount-handler.v1', status: 'ok', capabilities: types },
    ]);
    expect(manager.types).toEqual(types);
  });
});

describe('bind', () => {
  it('shows a folder at another place, to read and to write', async () => {
    temp.file('source/hello', 'world');
    await manager.activate(rootfs, [mountOf('bind', temp.folder('source'))]);
    expect(readFileSync(path.join(rootfs, 'hello'), 'utf8')).toBe('world');
    writeFileSync(path.join(rootfs, 'new'), '');
    expect(existsSync(path.join(temp.path, 'source/new'))).toBe(true);
    expect(manager.isMounted(rootfs)).toBe(true);
    await manager.deactivate(rootfs);
    expect(manager.isMounted(rootfs)).toBe(false);
    expect(readdirSync(rootfs)).toEqual([]);
  });

  it('shows a file', async () => {
    const source = temp.file('source', 'one file');
    const target = temp.file('rootfs/etc/file');
    await manager.activate(rootfs, [mountOf('bind', source, ['ro'], '/etc/file')]);
    expect(readFileSync(target, 'utf8')).toBe('one file');
  });

  it.each([[['ro']], [['bind', 'ro', 'nosuid', 'nodev', 'noexec']], [['rbind', 'ro', 'noatime']]])(
    'with %j is so at the new place alone',
    async (options) => {
      const source = temp.folder('source');
      await manager.activate(rootfs, [mountOf('bind', source, options)]);
      expect(optionsAt(rootfs)).toEqual(expect.arrayContaining(options.filter((option) => !option.endsWith('bind'))));
      expect(() => writeFileSync(path.join(rootfs, 'new'), '')).toThrow('EROFS');
      writeFileSync(path.join(source, 'new'), '');
    },
  );

  it('takes along what is mounted in its source only with rbind', async () => {
    const source = temp.folder('source');
    const inner = temp.folder('source/inner');
    await manager.activate(inner, [mountOf('tmpfs', '')]);
    writeFileSync(path.join(inner, 'file'), '');
    await manager.activate(rootfs, [mountOf('bind', source)]);
    expect(readdirSync(path.join(rootfs, 'inner'))).toEqual([]);
    await manager.deactivate(rootfs);
    await manager.activate(rootfs, [mountOf('bind', source, ['rbind'])]);
    expect(readdirSync(path.join(rootfs, 'inner'))).toEqual(['file']);
    await manager.deactivate(rootfs);
    expect(mountPoints()).toEqual(['source/inner']);
  });

  it.each([
    ['bind', []],
    ['rbind', ['rshared']],
    ['rbind', ['private']],
  ] as const)(
    'leaves a shared source alone: with %s,%s nothing spreads to it, neither mounts nor their end',
    async (kind, options) => {
      const shared = temp.folder('shared');
      await manager.activate(shared, [mountOf('tmpfs', '', ['shared'])]);
      const source = temp.folder('shared/source');
      temp.folder('shared/source/free');
      await manager.activate(temp.folder('shared/source/inner'), [mountOf('tmpfs', '', ['shared'])]);
      const before = mountPoints();

      const mounts = [mountOf('bind', source, [kind, ...options]), mountOf('tmpfs', '', [], 'free')];
      await manager.activate(rootfs, mounts);
      expect(mountPoints().filter((mountPoint) => mountPoint.startsWith('shared'))).toEqual(before);
      await manager.deactivate(rootfs);
      expect(mountPoints()).toEqual(before);
    },
  );
});

describe('tmpfs', () => {
  it('has the size and the mode asked for', async () => {
    await manager.activate(rootfs, [mountOf('tmpfs', 'scratch', ['size=1m', 'mode=700', 'nosuid'])]);
    expect(optionsAt(rootfs)).toEqual(expect.arrayContaining(['nosuid', 'size=1024k', 'mode=700']));
    expect(statSync(rootfs).mode & 0o777).toBe(0o700);
    expect(() => writeFileSync(path.join(rootfs, 'big'), Buffer.alloc(2 ** 21))).toThrow('ENOSPC');
  });
});

describe('overlay', () => {
  it('keeps changes out of the layers, whatever their names', async () => {
    temp.file('lower,1/one', '1');
    temp.file('lower:2/two', '2');
    const upper = temp.folder('upper');
    const lowerdir = `lowerdir=${temp.path}/lower,1:${temp.path}/lower\\:2`;
    await manager.activate(rootfs, [
      mountOf('overlay', 'overlay', [lowerdir, `upperdir=${upper}`, `workdir=${temp.folder('work')}`, 'index=off']),
    ]);
    expect(readdirSync(rootfs)).toEqual(['one', 'two']);
    writeFileSync(path.join(rootfs, 'three'), '3');
    expect(readdirSync(upper)).toEqual(['three']);
    await manager.deactivate(rootfs);
    expect(mountPoints()).toEqual([]);
  });

  it('without upperdir cannot be written', async () => {
    await manager.activate(rootfs, [mountOf('overlay', '', [`lowerdir=${temp.folder('a')}:${temp.folder('b')}`])]);
    expect(() => writeFileSync(path.join(rootfs, 'new'), '')).toThrow('EROFS');
  });
});

describe('several mounts', () => {
  const layered = (): Mount[] => [
    mountOf('overlay', '', [
      `lowerdir=${temp.folder('lower')}`,
      `upperdir=${temp.folder('upper')}`,
      `workdir=${temp.folder('work')}`,
    ]),
    mountOf('tmpfs', '', ['size=1m'], '/tmp'),
    mountOf('bind', temp.folder('data'), ['rbind', 'ro'], '/srv/../srv/data'),
  ];

  it('stand on each other, and go as one (M3)', async () => {
    temp.folder('lower/tmp');
    temp.folder('lower/srv/data');
    await manager.activate(rootfs, layered());
    expect(mountPoints()).toEqual(['rootfs', 'rootfs/tmp', 'rootfs/srv/data']);
    await manager.deactivate(rootfs);
    await manager.deactivate(rootfs);
    expect(mountPoints()).toEqual([]);
  });

  it('leave nothing when one fails (M2)', async () => {
    temp.folder('lower/tmp');
    const missing = mountOf('bind', `${temp.path}/none`, [], '/srv');
    await expect(manager.activate(rootfs, [...layered(), missing])).rejects.toMatchObject({ code: 'not-found' });
    expect(mountPoints()).toEqual([]);
  });

  it('leave nothing when the kernel refuses one', async () => {
    temp.folder('lower/tmp');
    temp.folder('lower/srv/data');
    // The kernel keeps no changes on a file system that is not for files.
    const refused = mountOf('overlay', '', ['lowerdir=/tmp', 'upperdir=/proc/sys', 'workdir=/proc/self/fd']);
    const activation = manager.activate(rootfs, [...layered(), refused]);
    await expect(activation).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining(`cannot mount overlay on ${rootfs}: mount: ${rootfs}: `),
    });
    expect(mountPoints()).toEqual([]);
  });

  it('leave nothing when the call is cancelled', async () => {
    temp.folder('lower/tmp');
    temp.folder('lower/srv/data');
    const signal = AbortSignal.abort();
    await expect(manager.activate(rootfs, layered(), signal)).rejects.toMatchObject({ code: 'cancelled' });
    expect(mountPoints()).toEqual([]);
  });

  it('cannot leave the root through a link in it (M1)', async () => {
    const outside = temp.folder('outside');
    temp.folder(`rootfs${outside}`);
    execFileSync('ln', ['-s', outside, path.join(rootfs, 'link')]);
    await manager.activate(rootfs, [mountOf('tmpfs', '', [], 'link')]);
    expect(temp.mounts().map(({ mountPoint }) => mountPoint)).toEqual([rootfs + outside]);
  });

  it('have names with spaces and line feeds', async () => {
    const target = temp.folder('a b\n\\040c');
    await manager.activate(target, [mountOf('tmpfs', '')]);
    expect(manager.isMounted(target)).toBe(true);
    await manager.deactivate(target);
    expect(mountPoints()).toEqual([]);
  });
});

describe('a call that is given up', () => {
  it('leaves nothing, also if it came through', async () => {
    const run: Run = async ({ file, args }) => {
      execFileSync(file, args);
      if (file === 'mount') throw new CancelledError('enough');
      return { exitCode: 0, stderr: '' };
    };
    const handler = createMountHandler(mountKinds, { mount: 'mount', umount: 'umount' }, run);
    await expect(handler.mount(mountOf('tmpfs', ''), rootfs)).rejects.toThrow('enough');
    expect(mountPoints()).toEqual([]);
  });
});

describe('the end of a mount', () => {
  it('does not wait for those who still use it', async () => {
    await manager.activate(rootfs, [mountOf('tmpfs', '')]);
    const file = openSync(path.join(rootfs, 'open'), 'w');
    try {
      expect(() => execFileSync('umount', [rootfs], { stdio: 'ignore' })).toThrow();
      await manager.deactivate(rootfs);
      expect(mountPoints()).toEqual([]);
    } finally {
      closeSync(file);
    }
  });

  it('reaches what a later mount has hidden', async () => {
    const inner = temp.folder('rootfs/inner');
    execFileSync('mount', ['-t', 'tmpfs', 'inner', inner]);
    execFileSync('mount', ['-t', 'tmpfs', 'cover', rootfs]);
    await manager.deactivate(rootfs);
    expect(mountPoints()).toEqual([]);
  });

  it('may come from two sides at once', async () => {
    const other = new MountManager({ handlers: registry.all('mount-handler') });
    await manager.activate(rootfs, [mountOf('tmpfs', ''), mountOf('tmpfs', '')]);
    await Promise.all([manager.deactivate(rootfs), other.deactivate(rootfs)]);
    expect(mountPoints()).toEqual([]);
  });
});
