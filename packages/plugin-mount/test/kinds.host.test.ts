import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type MountInfo, MountManager, readMountInfo } from '@shiplog/core';
import { findProgram, runCommand } from '@shiplog/oci';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { canMount } from '../src/can-mount.js';
import { mountKinds } from '../src/index.js';
import { createMountHandler } from '../src/mount-handler.js';
import { mountOf, TempFolder } from './temp-folder.js';

let temp: TempFolder;
let manager: MountManager;
let rootfs: string;
const handler = createMountHandler(
  mountKinds,
  { mount: findProgram('mount') ?? '', umount: findProgram('umount') ?? '' },
  runCommand,
);

beforeEach((context) => {
  if (!canMount()) context.skip('this process may not mount: it lacks CAP_SYS_ADMIN');
  temp = new TempFolder();
  rootfs = temp.folder('rootfs');
  manager = new MountManager({ handlers: [handler] });
});
afterEach(() => temp?.[Symbol.dispose]());

const on = (mountPoint: string): MountInfo | undefined =>
  readMountInfo().findLast((mount) => mount.mountPoint === mountPoint);
const hostHas = (mountPoint: string, fsType: string): boolean => on(mountPoint)?.fsType === fsType;

describe('a kernel file system', () => {
  it.each([
    ['proc', ['hidepid=2', 'nosuid'], 'self'],
    ['sysfs', ['nosuid'], 'kernel'],
    ['devpts', ['newinstance', 'ptmxmode=666', 'mode=620'], 'ptmx'],
    ['mqueue', ['noexec'], ''],
    ['cgroup2', ['nosuid'], 'cgroup.procs'],
  ])('%s is mounted in a root, on a folder that is made for it', async (type, options, entry) => {
    const mounts = [mountOf('tmpfs', ''), mountOf(type, '', [...options, 'ro'], '/in/here')];
    await manager.activate(rootfs, mounts);
    const target = path.join(rootfs, 'in/here');
    expect(on(target)).toMatchObject({ fsType: type, options: expect.arrayContaining(['ro']) });
    if (entry !== '') expect(existsSync(path.join(target, entry))).toBe(true);
    await manager.deactivate(rootfs, mounts);
    expect(temp.mounts()).toEqual([]);
  });

  it('that is read-only here stays as it is on the host', async () => {
    const before = on('/sys')?.superOptions;
    await manager.activate(rootfs, [mountOf('sysfs', '', ['ro'])]);
    expect(on('/sys')?.superOptions).toEqual(before);
    expect(on(rootfs)?.superOptions).toContain('rw');
  });
});

describe('cgroup', () => {
  it('is one v1 hierarchy where a controller is named', async (context) => {
    if (!hostHas('/sys/fs/cgroup/memory', 'cgroup')) return context.skip('the host has no v1 hierarchy for memory');
    await manager.activate(rootfs, [mountOf('cgroup', '', ['memory', 'ro'])]);
    expect(on(rootfs)).toMatchObject({ fsType: 'cgroup', superOptions: expect.arrayContaining(['memory', 'rw']) });
    expect(() => writeFileSync(path.join(rootfs, 'cgroup.procs'), '0')).toThrow('EROFS');
  });

  it('is all that the host has where none is named, and ro holds for each of them', async () => {
    await manager.activate(rootfs, [mountOf('cgroup', '', ['ro', 'nosuid'])]);
    const host = readMountInfo().filter(({ mountPoint }) => mountPoint.startsWith('/sys/fs/cgroup'));
    const here = temp.mounts();
    expect(here.map(({ fsType }) => fsType)).toEqual(host.map(({ fsType }) => fsType));
    for (const { options } of here) expect(options).toEqual(expect.arrayContaining(['ro', 'nosuid']));
    await manager.deactivate(rootfs);
    expect(temp.mounts()).toEqual([]);
    expect(readMountInfo().filter(({ mountPoint }) => mountPoint.startsWith('/sys/fs/cgroup'))).toEqual(host);
  });

  it('is refused where no hierarchy can have the controllers together', async (context) => {
    if (!hostHas('/sys/fs/cgroup/memory', 'cgroup')) return context.skip('the host has no v1 hierarchies');
    const both = manager.activate(rootfs, [mountOf('cgroup', '', ['memory', 'pids'])]);
    await expect(both).rejects.toMatchObject({ code: 'failed-precondition' });
    expect(temp.mounts()).toEqual([]);
  });
});

describe('overlay', () => {
  it('of 128 layers has the files of all, whatever their paths', async () => {
    vi.stubEnv('TMPDIR', temp.folder('tmp'));
    const layers = Array.from({ length: 128 }, (_, at) => temp.folder(`a layer, with: a \\ long name/${at}/fs`));
    for (const [at, layer] of layers.entries()) writeFileSync(path.join(layer, `file-${at}`), `${at}`);
    const lowerdir = `lowerdir=${layers.map((layer) => layer.replaceAll(/[\\:]/g, '\\$&')).join(':')}`;
    const upper = temp.folder('up, per');
    await manager.activate(rootfs, [
      mountOf('overlay', '', [lowerdir, `upperdir=${upper}`, `workdir=${temp.folder('work')}`, 'index=off']),
    ]);
    expect(readdirSync(rootfs)).toHaveLength(128);
    expect(readFileSync(path.join(rootfs, 'file-127'), 'utf8')).toBe('127');
    writeFileSync(path.join(rootfs, 'new'), '');
    expect(readdirSync(upper)).toEqual(['new']);
    expect(readdirSync(tmpdir())).toEqual([]);
    vi.unstubAllEnvs();
  });
});

describe('a remount', () => {
  it('changes what a mount before it made, and goes with it', async () => {
    const source = temp.folder('source');
    await manager
      .activate(rootfs, [
        mountOf('bind', source, ['nosuid']),
        mountOf('bind', '', ['remount', 'ro']),
        mountOf('tmpfs', '', ['size=1m'], 'sub'),
        mountOf('tmpfs', '', ['remount', 'size=2m', 'rshared'], 'sub'),
      ])
      .catch((error: unknown) => expect(error).toMatchObject({ code: 'failed-precondition' }));
    // The mount point cannot be made in what is read-only by then.
    expect(temp.mounts()).toEqual([]);

    temp.folder('source/sub');
    await manager.activate(rootfs, [
      mountOf('bind', source, ['nosuid']),
      mountOf('bind', '', ['remount', 'ro']),
      mountOf('tmpfs', '', ['size=1m', 'ro'], 'sub'),
      mountOf('tmpfs', '', ['remount', 'rshared'], 'sub'),
    ]);
    expect(on(rootfs)?.options).toEqual(expect.arrayContaining(['ro', 'nosuid']));
    expect(on(path.join(rootfs, 'sub'))).toMatchObject({ superOptions: expect.arrayContaining(['ro', 'size=1024k']) });
    expect(on(path.join(rootfs, 'sub'))?.propagation.join()).toContain('shared');
    await manager.deactivate(rootfs);
    expect(temp.mounts()).toEqual([]);
  });
});

describe('mount points', () => {
  it('that were made are taken away with a series that fails', async () => {
    const source = temp.folder('source');
    const mounts = [
      mountOf('bind', source),
      mountOf('tmpfs', '', [], '/a/b'),
      mountOf('bind', temp.file('hosts'), ['ro'], '/etc/hosts'),
    ];
    const missing = mountOf('bind', `${temp.path}/none`, [], '/c');
    await expect(manager.activate(rootfs, [...mounts, missing])).rejects.toMatchObject({ code: 'not-found' });
    expect(temp.mounts()).toEqual([]);
    expect(readdirSync(source)).toEqual([]);
    await manager.activate(rootfs, mounts);
    expect(readdirSync(rootfs).sort()).toEqual(['a', 'etc']);
  });
});

describe('the end', () => {
  it('tells of what was busy', async () => {
    await manager.activate(rootfs, [mountOf('tmpfs', '')]);
    const file = openSync(path.join(rootfs, 'open'), 'w');
    expect(await manager.deactivate(rootfs)).toEqual({ detached: [rootfs] });
    closeSync(file);
    expect(await manager.deactivate(rootfs)).toEqual({ detached: [] });
  });

  it('leaves alone what somebody else mounted on the target (M4)', async () => {
    execFileSync('mount', ['-t', 'tmpfs', 'foreign', rootfs]);
    const asked = [mountOf('proc', '')];
    await expect(manager.activate(rootfs, asked)).rejects.toMatchObject({ code: 'failed-precondition' });
    await expect(manager.deactivate(rootfs, asked)).rejects.toThrow('is not the one made there (proc)');
    expect(on(rootfs)?.source).toBe('foreign');
  });

  it('never follows a symbolic link', async () => {
    const hidden = temp.folder('a/b/mount');
    execFileSync('mount', ['-t', 'tmpfs', 'hidden', hidden]);
    execFileSync('mount', ['-t', 'tmpfs', 'cover', path.join(temp.path, 'a')]);
    const precious = temp.folder('elsewhere/mount');
    execFileSync('mount', ['-t', 'tmpfs', 'precious', precious]);
    symlinkSync(path.dirname(precious), path.join(temp.path, 'a/b'));
    await expect(handler.unmount(hidden)).rejects.toMatchObject({
      code: 'failed-precondition',
      message: expect.stringContaining('through a symbolic link'),
    });
    expect(on(precious)?.source).toBe('precious');
    // The cover goes first, and then there is no link any more.
    await manager.deactivate(path.join(temp.path, 'a'));
    expect(temp.mounts().map(({ source }) => source)).toEqual(['precious']);
  });
});
