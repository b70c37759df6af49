/** What a task that is no more has left on the host: an opening finds it by its name, and takes it away. */
import { existsSync } from 'node:fs';
import { mkdir, rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { FailedPreconditionError, UnavailableError } from '../../src/kernel/errors.js';
import { tempFolder } from '../event-log/temp-folder.js';
import { fakeKernel, infoOf } from '../mount/fake-kernel.js';
import { type Machine, machine, opts } from './harness.js';
import { bundleOf, opening, outputOf, trace, withLeftovers } from './left-behind.js';

const last = ({ log }: Machine, count: number) =>
  [...log.read()].slice(-count).map(({ type, actor, event }) => ({ type, command: actor.command, event }));

describe('What is left of a task that was deleted', () => {
  it('is taken away, and the log says what it was', async () => {
    await using host = await withLeftovers();
    host.backend.left = [trace('web', 'cgroup', '/sys/fs/cgroup/x')];
    await opening(host);
    expect(host.errors).toEqual([]);
    expect(last(host, 2)).toMatchObject([
      {
        type: '/recovery/clean-requested',
        command: 'recovery',
        event: {
          runtime: host.backend.id,
          found: [`bundle ${bundleOf(host, 'web')}`, `output ${outputOf(host, 'web')}`, 'cgroup /sys/fs/cgroup/x'],
        },
      },
      { type: '/recovery/cleaned' },
    ]);
    expect(existsSync(bundleOf(host, 'web'))).toBe(false);
    expect(existsSync(outputOf(host, 'web'))).toBe(false);
    expect(host.backend.left).toEqual([]);
  });

  it('is taken away once: the next opening writes nothing', async () => {
    await using host = await withLeftovers();
    await opening(host);
    const head = host.log.head();
    await opening(host);
    expect(host.log.head()).toBe(head);
  });

  it('is unmounted first', async () => {
    const kernel = fakeKernel();
    await using host = await withLeftovers({ handlers: [kernel.handler('tmpfs')], mountTable: kernel.mountTable });
    const target = join(bundleOf(host, 'web'), 'rootfs');
    kernel.mounted.push(infoOf('tmpfs', 'tmpfs', target));
    await opening(host);
    expect(kernel.mounted).toEqual([]);
    expect(last(host, 2)[0]?.event.found).toContain(`mount ${target}`);
    expect(existsSync(bundleOf(host, 'web'))).toBe(false);
  });

  it('is taken away, too, where the state folder is named by a link: the kernel names a mount without it', async () => {
    const kernel = fakeKernel();
    await using host = await withLeftovers({ handlers: [kernel.handler('tmpfs')], mountTable: kernel.mountTable });
    const { dir } = host.backend;
    await using behind = await tempFolder();
    await rename(dir, join(behind.path, 'x'));
    await symlink(join(behind.path, 'x'), dir);
    kernel.mounted.push(infoOf('tmpfs', 'tmpfs', join(behind.path, 'x', 'state', 'default', 'web', 'rootfs')));
    await opening(host);
    expect(host.errors).toEqual([]);
    expect(kernel.mounted).toEqual([]);
    expect(existsSync(bundleOf(host, 'web'))).toBe(false);
  });

  it('stays where something is mounted in its output, for that is not ours to remove', async () => {
    const kernel = fakeKernel();
    await using host = await withLeftovers({ handlers: [kernel.handler('tmpfs')], mountTable: kernel.mountTable });
    kernel.mounted.push(infoOf('tmpfs', 'tmpfs', join(outputOf(host, 'web'), 'x')));
    await opening(host);
    expect(last(host, 1)).toMatchObject([{ type: '/recovery/clean-failed', event: { code: 'failed-precondition' } }]);
    expect(kernel.mounted).toHaveLength(1);
    expect(existsSync(outputOf(host, 'web'))).toBe(true);
  });

  it('is tried again only when somebody asks for it, if it could not be taken away', async () => {
    await using host = await withLeftovers();
    host.backend.left = [trace('web', 'cgroup', '/x')];
    host.backend.on('clean', () => {
      throw new UnavailableError('the runtime hangs');
    });
    await opening(host);
    expect(last(host, 1)).toMatchObject([{ type: '/recovery/clean-failed', event: { message: 'the runtime hangs' } }]);
    const head = host.log.head();
    await opening(host);
    expect(host.log.head()).toBe(head);
    host.backend.on('clean', () => undefined);
    await host.manager.recover({ hold: false, thorough: true });
    expect(last(host, 1)).toMatchObject([{ type: '/recovery/cleaned' }]);
  });
});

describe('What is not left over', () => {
  it('costs an opening nothing: of tasks that are over, no state is read', async () => {
    await using host = await machine();
    for (let task = 0; task < 20; task += 1) {
      await host.manager.create(`web-${task}`, opts);
      await host.manager.delete(`web-${task}`);
    }
    const reads = vi.spyOn(host.log, 'projected');
    await opening(host);
    expect(reads).not.toHaveBeenCalled();
    await host.manager.create('living', opts);
    reads.mockClear();
    await opening(host);
    const keys = reads.mock.calls.map(([, key]) => key);
    expect(keys).toContain('default/living');
    // The other is the mark on what lives.
    expect(keys.filter((key) => !['default/living', '!default/living'].includes(key))).toEqual([]);
  });

  it('a name that the log never heard of is left alone', async () => {
    await using host = await machine();
    await mkdir(bundleOf(host, 'stranger'), { recursive: true });
    host.backend.left = [trace('stranger', 'cgroup', '/x')];
    await opening(host);
    expect(host.log.head()).toBe(0);
    expect(existsSync(bundleOf(host, 'stranger'))).toBe(true);
    expect(host.backend.left).toHaveLength(1);
  });

  it('a program that runs is left alone, with all that is around it', async () => {
    await using host = await withLeftovers();
    host.backend.left = [trace('web', 'program', 'pid 7')];
    const head = host.log.head();
    await host.manager.recover({ hold: false, thorough: true });
    expect(host.log.head()).toBe(head);
    expect(existsSync(bundleOf(host, 'web'))).toBe(true);
  });

  it('a task that is there is left alone', async () => {
    await using host = await machine();
    await host.manager.create('web', opts);
    host.backend.left = [trace('web', 'cgroup', '/x')];
    const head = host.log.head();
    await host.manager.recover({ hold: false, thorough: true });
    expect(host.log.head()).toBe(head);
    expect(existsSync(bundleOf(host, 'web'))).toBe(true);
  });

  it('is left alone once the state folder belongs to another root', async () => {
    const claim = () => undefined;
    let isOurs = true;
    const assertOurs = () => {
      if (!isOurs) throw new FailedPreconditionError('tasks of another root live here');
    };
    await using host = await withLeftovers({ stateFolder: { claim, assertOurs } });
    host.backend.left = [trace('web', 'cgroup', '/x')];
    isOurs = false;
    await opening(host);
    expect(host.topics('web').at(-1)).toBe('/recovery/clean-failed');
    expect(host.backend.left).toHaveLength(1);
    expect(existsSync(bundleOf(host, 'web'))).toBe(true);
  });

  it('nothing is taken away through a link, and the backend is not let near it', async () => {
    await using host = await withLeftovers();
    await opening(host);
    const elsewhere = join(host.backend.dir, 'elsewhere');
    await mkdir(join(elsewhere, 'rootfs'), { recursive: true });
    await symlink(elsewhere, bundleOf(host, 'web'));
    host.backend.left = [trace('web', 'cgroup', '/x')];
    await opening(host);
    expect([...host.log.read()].at(-1)).toMatchObject({
      type: '/recovery/clean-failed',
      event: { message: expect.stringContaining('is a symbolic link') },
    });
    await expect(host.manager.create('web', opts)).rejects.toMatchObject({ code: 'failed-precondition' });
    expect(host.backend.left).toHaveLength(1);
    expect(existsSync(join(elsewhere, 'rootfs'))).toBe(true);
  });

  it('a link is no folder of a task', async () => {
    await using host = await withLeftovers();
    await opening(host);
    const elsewhere = join(host.backend.dir, 'elsewhere');
    await mkdir(elsewhere, { recursive: true });
    await symlink(elsewhere, bundleOf(host, 'web'));
    const head = host.log.head();
    await opening(host);
    expect(host.log.head()).toBe(head);
    expect(existsSync(elsewhere)).toBe(true);
  });
});
