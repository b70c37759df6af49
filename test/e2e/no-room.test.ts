/** Disks that are full or cannot be written to, under the root and under the state folder. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { busyboxRootfs } from '@shiplog/conformance';
import { marshalAny, openShiplog, type Shiplog, typeUrls, verifyProjection } from '@shiplog/core';
import { buildSpec } from '@shiplog/oci';
import { crunPlugin } from '@shiplog/plugin-crun';
import { mountPlugin } from '@shiplog/plugin-mount';
import { runcPlugin } from '@shiplog/plugin-runc';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { processesMentioning, until } from '../../packages/oci/test/backend/host-view.js';
import { cannotRun } from '../../packages/oci/test/backend-harness.js';

for (const plugin of [runcPlugin, crunPlugin]) {
  describe(`On ${plugin.id}`, () => {
    const skip = cannotRun(plugin);
    let folder: string;
    let rootfs: string;
    let shiplog: Shiplog | undefined;

    beforeEach((context) => {
      if (skip !== undefined) context.skip(skip);
      folder = mkdtempSync(join(tmpdir(), 'slg-'));
      rootfs = busyboxRootfs(join(folder, 'rootfs'));
      for (const name of ['root', 'state']) {
        mkdirSync(join(folder, name), { mode: 0o700 });
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m,mode=700', 'tmpfs', join(folder, name)]);
      }
    });
    afterEach(async () => {
      if (skip !== undefined) return;
      await shiplog?.[Symbol.asyncDispose]();
      shiplog = undefined;
      await until(() => processesMentioning(folder).length === 0);
      for (const name of ['root', 'state']) execFileSync('umount', [join(folder, name)]);
      rmSync(folder, { recursive: true });
    });

    const open = async (): Promise<Shiplog> => {
      shiplog = await openShiplog({
        root: join(folder, 'root'),
        state: join(folder, 'state'),
        plugins: [plugin, mountPlugin],
      });
      return shiplog;
    };
    const spec = (...args: readonly string[]) => ({ spec: marshalAny(typeUrls.spec, buildSpec({ rootfs, args })) });
    const topics = (log: Shiplog['log']): readonly string[] =>
      [...log.read()].map(({ type }) => type).filter((type) => !type.startsWith('/plugins/'));
    const remount = (name: string, mode: 'ro' | 'rw'): void =>
      void execFileSync('mount', ['-o', `remount,${mode}`, join(folder, name)]);
    const filler = (name: string): string => join(folder, name, 'filler');
    const fill = (name: string): void => {
      const file = openSync(filler(name), 'a');
      try {
        for (let size = 65_536; size > 0; size = size > 1 ? size >> 1 : 0) {
          // A short write is the first sign of the end.
          while (attempt(() => writeSync(file, Buffer.alloc(size))) === size);
        }
      } finally {
        closeSync(file);
      }
      expect(() => appendFileSync(filler(name), Buffer.alloc(8192))).toThrow('ENOSPC');
    };
    /** It works as if nothing had been. */
    const expectWell = async ({ runtime, log }: Shiplog): Promise<void> => {
      const task = await runtime.create('x', spec('sh', '-c', 'exit 4'));
      await task.start();
      expect(await task.wait()).toMatchObject({ status: 4 });
      await runtime.delete('x');
      expect(verifyProjection(log)).toMatchObject({ differences: [], damage: [] });
      expect(readdirSync(join(folder, 'state', plugin.id, 'default'))).toEqual([]);
    };

    test.each<[string, () => void, () => void, RegExp]>([
      ['is full', () => fill('state'), () => rmSync(filler('state')), /the disk is full: free some space/],
      [
        'is read-only',
        () => remount('state', 'ro'),
        () => remount('state', 'rw'),
        /the file system is read-only: mount it writable/,
      ],
    ])(
      'a state folder that %s: no task, nothing left, and the failure stands in the log',
      async (_, spoil, mend, message) => {
        const opened = await open();
        spoil();
        await expect(opened.runtime.create('x', spec('true'))).rejects.toThrow(message);
        expect(topics(opened.log)).toEqual(['/tasks/create-requested', '/tasks/create-failed']);
        mend();
        await expectWell(opened);
      },
    );

    test('a root that is full: nothing begins, and what runs goes on and is recorded later', async () => {
      const opened = await open();
      const { runtime, log } = opened;
      const task = await runtime.create('running', spec('sleep', '1000'));
      await task.start();
      const before = topics(log);
      fill('root');
      const create = async (): Promise<never> => {
        // LMDB has pages of its own to give away first.
        for (;;) {
          await runtime.create('x', spec('true', 'x'.repeat(100_000)));
          await runtime.delete('x');
        }
      };
      await expect(create()).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringContaining('free some space'),
      });
      expect((await task.state()).status).toBe('running');
      rmSync(filler('root'));
      await task.kill(9);
      expect(await task.wait()).toMatchObject({ status: 137 });
      await runtime.delete('running');
      expect(topics(log).slice(0, before.length)).toEqual(before);
      await expectWell(opened);
    });

    test('a root or a state folder that cannot be written to is not opened', async () => {
      for (const [name, message] of [
        ['root', /the file system is read-only: mount it writable, or choose another root/],
        ['state', /cannot write to the state folder .*state: the file system is read-only/],
      ] as const) {
        remount(name, 'ro');
        await expect(open()).rejects.toMatchObject({ code: 'unavailable', message: expect.stringMatching(message) });
        remount(name, 'rw');
      }
      await expectWell(await open());
    });
  });
}

/** What it gives; undefined where it throws. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
