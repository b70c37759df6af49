/** A runtime and a monitor that are not what they should be: stand-ins that hang, print rubbish, or say nothing. */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { busyboxRootfs } from '@shiplog/conformance';
import { type ManagedTask, marshalAny, openShiplog, type Shiplog, typeUrls } from '@shiplog/core';
import { buildSpec, findProgram, type OciPluginConfig } from '@shiplog/oci';
import { crunPlugin } from '@shiplog/plugin-crun';
import { mountPlugin } from '@shiplog/plugin-mount';
import { runcPlugin } from '@shiplog/plugin-runc';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { processesMentioning, until } from '../../packages/oci/test/backend/host-view.js';
import { cannotRun } from '../../packages/oci/test/backend-harness.js';

/** Milliseconds: what hangs is given up then. */
const patience = 400;

const broken: readonly (readonly [
  name: string,
  program: keyof OciPluginConfig,
  script: string,
  code: string,
  message: RegExp,
])[] = [
  [
    'a runtime that hangs',
    'binary',
    'exec sleep 1000',
    'deadline-exceeded',
    /^the deadline passed before the container/,
  ],
  [
    'a runtime that prints rubbish',
    'binary',
    'echo rubbish; echo more >&2',
    'unknown',
    /said nothing of the container: see that/,
  ],
  [
    'a runtime that fails with rubbish',
    'binary',
    'echo rubbish >&2; exit 1',
    'unknown',
    /^cannot create task x: rubbish$/,
  ],
  [
    'a runtime that prints much rubbish',
    'binary',
    'yes rubbish | tr -d "\\n" | head -c 3000 >&2; exit 1',
    'unknown',
    /^cannot create task x: .{1,1100}$/,
  ],
  ['a runtime that says nothing', 'binary', 'exit 1', 'unknown', /said nothing of the container: see that/],
  ['a runtime that crashes', 'binary', 'kill -SEGV $$', 'unknown', /said nothing of the container: see that/],
  [
    'a monitor that hangs',
    'conmon',
    'exec sleep 1000',
    'deadline-exceeded',
    /^the deadline passed before the container/,
  ],
  [
    'a monitor that prints rubbish',
    'conmon',
    'echo rubbish >&3',
    'unknown',
    /expected a message of conmon, got "rubbish"/,
  ],
  [
    'a monitor that reports rubbish',
    'conmon',
    `echo '{"data": []}' >&3; exec sleep 1000`,
    'unknown',
    /expected a message/,
  ],
  [
    'a monitor that says nothing',
    'conmon',
    'exit 0',
    'unknown',
    /ended with exit code 0 and said nothing of the container/,
  ],
  ['a monitor that takes no such flags', 'conmon', 'echo unknown option >&2; exit 1', 'unknown', /: unknown option$/],
];

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
    });
    afterEach(async () => {
      if (skip !== undefined) return;
      await shiplog?.[Symbol.asyncDispose]();
      shiplog = undefined;
      await until(() => processesMentioning(folder).length === 0);
      rmSync(folder, { recursive: true });
    });

    const spec = (...args: readonly string[]) => ({ spec: marshalAny(typeUrls.spec, buildSpec({ rootfs, args })) });
    const program = (script: string): string => {
      const path = join(folder, 'stand-in');
      writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      return path;
    };
    const open = async (config: OciPluginConfig = {}): Promise<Shiplog> => {
      await shiplog?.[Symbol.asyncDispose]();
      shiplog = await openShiplog({
        root: join(folder, 'root'),
        state: join(folder, 'state'),
        plugins: [plugin, mountPlugin],
        config: { [plugin.id]: config },
      });
      return shiplog;
    };
    const real = findProgram(plugin === runcPlugin ? 'runc' : 'crun');
    const topics = (): readonly unknown[] =>
      [...(shiplog as Shiplog).log.read()].map(({ type }) => type).filter((type) => !type.startsWith('/plugins/'));
    const hurry = () => ({ deadline: Date.now() + patience });

    test.each(broken)(
      '%s makes no task, leaves nothing, and the failure stands in the log',
      async (_, which, script, code, message) => {
        const { runtime, log } = await open({ [which]: program(script) });
        const context = code === 'deadline-exceeded' ? hurry() : {};
        const error = await runtime.create('x', spec('true'), context).catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
        expect(topics()).toEqual(['/tasks/create-requested', '/tasks/create-failed']);
        expect([...log.read()].at(-1)?.event).toMatchObject({ code, message: (error as Error).message });
        expect(existsSync(join(folder, 'state', plugin.id, 'default', 'x'))).toBe(false);
        expect(existsSync(join(folder, 'root', 'plugins', plugin.id, 'default', 'x'))).toBe(false);
        // With the real ones the ID is as good as new.
        const task = await (await open()).runtime.create('x', spec('sh', '-c', 'exit 4'));
        await task.start();
        expect(await task.wait()).toMatchObject({ status: 4 });
        await shiplog?.runtime.delete('x');
      },
    );

    test('a program that is not there any more is named', async () => {
      for (const which of ['binary', 'conmon'] as const) {
        const path = program('exit 1');
        const { runtime } = await open({ [which]: path });
        rmSync(path);
        await expect(runtime.create('x', spec('true'))).rejects.toThrow(path);
        expect(topics().at(-1)).toBe('/tasks/create-failed');
        const { plugins } = await open({ [which]: path });
        expect(plugins).toContainEqual(
          expect.objectContaining({ id: plugin.id, status: 'skip', reason: expect.stringContaining(path) }),
        );
      }
    });

    test('a runtime that hangs at a command is given up, and what came of it is asked', async () => {
      const stuck = join(folder, 'stuck');
      const isStuck = `read -r verb <"${stuck}" 2>/dev/null && [ "$word" = "$verb" ]`;
      const binary = program(`for word; do ${isStuck} && exec sleep 1000; done; exec ${real} "$@"`);
      const { runtime } = await open({ binary });
      const task = await runtime.create('x', spec('sleep', '1000'));
      for (const [verb, call] of [
        ['start', () => task.start(hurry())],
        ['kill', () => task.kill(9, {}, hurry())],
      ] as const) {
        const before = await task.state();
        writeFileSync(stuck, `${verb}\n`);
        await expect(call()).rejects.toMatchObject({ code: 'deadline-exceeded' });
        rmSync(stuck);
        expect(topics().at(-1)).toBe(`/tasks/${verb}-failed`);
        expect((await task.state()).status).toBe(before.status);
        if (verb === 'start') await task.start();
      }
      await task.kill(9);
      await task.wait();
      writeFileSync(stuck, 'delete\n');
      await expect(runtime.delete('x', hurry())).rejects.toMatchObject({ code: 'deadline-exceeded' });
      rmSync(stuck);
      await runtime.delete('x');
      expect(readdirSync(join(folder, 'state', plugin.id, 'default'))).toEqual([]);
    });

    test('what a runtime cannot do to a task because it ends fails for that, in whatever words', async () => {
      const end = `pid=$(cat "${folder}/pid"); kill -9 $pid; while kill -0 $pid 2>/dev/null; do :; done`;
      const binary = program(
        `for word; do case $word in exec | pause | update) ${end} ;; esac; done; exec ${real} "$@"`,
      );
      const { runtime } = await open({ binary });
      const process = marshalAny(typeUrls.process, { ...buildSpec({ rootfs, args: ['true'] }).process });
      const limits = marshalAny(typeUrls.linuxResources, { pids: { limit: 20 } });
      const commands: [call: (task: ManagedTask) => Promise<void>, message: RegExp][] = [
        [
          async (task) => (await task.exec('e', { spec: process })).start(),
          /^cannot start exec e in task x: the task has ended$/,
        ],
        [(task) => task.pause(), /^cannot pause task x: it is stopped/],
      ];
      // crun changes the limits of what is no more, without a word.
      if (plugin === runcPlugin) commands.push([(task) => task.update(limits), /^cannot update task x: it is stopped/]);
      for (const [call, message] of commands) {
        const task = await runtime.create('x', spec('sleep', '1000'));
        await task.start();
        writeFileSync(join(folder, 'pid'), String(await task.pid()));
        await expect(call(task)).rejects.toMatchObject({
          code: 'failed-precondition',
          message: expect.stringMatching(message),
        });
        expect(await task.wait()).toMatchObject({ status: 137, certainty: 'observed' });
        await runtime.delete('x');
      }
    });

    test('a runtime that waits for the dead to be started is given up', async () => {
      const binary = program(
        `for word; do [ "$word" = start ] && kill -9 "$(cat "${folder}/pid")" && exec sleep 1000; done; exec ${real} "$@"`,
      );
      const { runtime } = await open({ binary });
      const task = await runtime.create('x', spec('sleep', '1000'));
      writeFileSync(join(folder, 'pid'), String(await task.pid()));
      // As for any end in a start: what the log says of it goes by the exit.
      await task.start();
      expect(await task.wait()).toMatchObject({ status: 137, certainty: 'observed' });
      expect([...(shiplog as Shiplog).log.read()].find(({ type }) => type === '/tasks/start')?.event).toMatchObject({
        certainty: 'inferred',
      });
      await runtime.delete('x');
    });

    test('a paused task is killed, also where somebody else has just resumed it', async () => {
      const late = `for word; do [ "$word" = resume ] && { ${real} "$@"; echo "it is not paused" >&2; exit 1; }; done`;
      const { runtime } = await open({ binary: program(`${late}; exec ${real} "$@"`) });
      const task = await runtime.create('x', spec('sleep', '1000'));
      await task.start();
      await task.pause();
      await task.kill(9);
      expect(await task.wait()).toMatchObject({ status: 137, certainty: 'observed' });
      expect(topics()).toContain('/tasks/signalled');
      await runtime.delete('x');
    });
  });
}
