import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { killQuietly } from '../../src/host-process.js';
import type { OciPlugin } from '../backend-harness.js';
import { processesMentioning, until } from './host-view.js';
import { useBackend } from './use-backend.js';

/** Fifos and loggers as every OCI backend has them, where it takes more than what the conformance rules say. */
export function stdioKinds(name: string, plugin: OciPlugin): void {
  describe(`${name}: kinds of stdio`, () => {
    const on = useBackend(plugin);
    const fifo = (file: string): string => {
      const path = join(on.host.folder, file);
      execFileSync('mkfifo', [path]);
      return path;
    };
    /** Writes what it reads into two files beside it, and then a third one. */
    const logger = (script: string): string => {
      const path = join(on.host.folder, 'logger');
      writeFileSync(path, `#!/bin/sh\ncd "\${0%/*}" || exit\n${script}\n`, { mode: 0o755 });
      return `binary://${path}?as=`;
    };
    const faithful =
      'echo "$CONTAINER_NAMESPACE/$CONTAINER_ID" >"$2.who"; exec 5>&-; cat <&4 >"$2.err" & cat <&3 >"$2.out"; wait; echo >"$2.end"';
    const written = (file: string): string => readFileSync(join(on.host.folder, file), 'utf8');
    const end = (as: string): Promise<void> => until(() => existsSync(join(on.host.folder, `${as}.end`)));

    test("a file for both is the process's own: it has both streams in the order in which they were written", async () => {
      const stdout = `file://${join(on.host.folder, 'both.log')}`;
      const args = ['sh', '-c', 'for n in 1 2 3; do echo out; echo err >&2; done'];
      const task = await on.create('talker', { ...on.opts(args), io: { stdout } });
      await task.start();
      await task.wait();
      expect(written('both.log')).toBe('out\nerr\n'.repeat(3));
      await on.host.runtime.delete('talker');
    });

    test('a logger has all that a task and an exec write, and goes when they have gone', async () => {
      const uri = logger(faithful);
      const task = await on.create('talker', {
        ...on.opts(['sh', '-c', 'echo out; echo err >&2; sleep 1000']),
        io: { stdout: `${uri}task` },
      });
      expect(written('task.who')).toBe('default/talker\n');
      await task.start();
      const exec = await task.exec('one', { ...on.process('echo', 'exec'), io: { stdout: `${uri}exec` } });
      await exec.start();
      await exec.wait();
      await end('exec');
      expect([written('exec.who'), written('exec.out'), written('exec.err')]).toEqual(['default/one\n', 'exec\n', '']);
      expect(existsSync(join(on.host.folder, 'task.end'))).toBe(false);
      await task.kill(9);
      await task.wait();
      await end('task');
      expect([written('task.out'), written('task.err')]).toEqual(['out\n', 'err\n']);
      await until(() => processesMentioning(join(on.host.folder, 'logger')).length === 0);
      await on.host.runtime.delete('talker');
      await on.expectNothingLeft('talker');
    });

    test.each([
      ['the program is not there', faithful, 'no-such-program', {}, 'not-found'],
      [
        'the logger is deaf to the end',
        'trap "" TERM; exec 5>&-; while :; do sleep 1; done',
        'no-such-program',
        {},
        'not-found',
      ],
      ['the logger ends', 'exit 9', 'true', {}, 'failed-precondition'],
      ['the logger never gets ready', 'while :; do sleep 1; done', 'true', { hurry: 200 }, 'deadline-exceeded'],
    ])(
      'of a create that fails nothing is left, its logger neither: %s',
      async (_why, script, program, { hurry }: { hurry?: number }, code) => {
        const opts = { ...on.opts([program]), io: { stdin: fifo('in'), stdout: `${logger(script)}bad` } };
        await on.host.makeBundle('default', 'bad');
        const context = hurry === undefined ? {} : { deadline: Date.now() + hurry };
        await expect(on.host.runtime.create('bad', opts, context)).rejects.toMatchObject({ code });
        await on.expectNothingLeft('bad');
        await until(() => processesMentioning(join(on.host.folder, 'logger')).length === 0);
      },
    );

    test('an exec whose fifo is missing can be started once it is there', async () => {
      const task = await on.start('host', 'sleep', '1000');
      const stdout = join(on.host.folder, 'late');
      const exec = await task.exec('one', { ...on.process('echo', 'here'), io: { stdout } });
      await expect(exec.start()).rejects.toMatchObject({ code: 'not-found' });
      expect(await exec.state()).toMatchObject({ status: 'created', stdout });
      const read = readFile(fifo('late'), 'utf8');
      await exec.start();
      expect(await read).toBe('here\n');
    });

    test('a task on fifos has these and no other descriptors, and its holder lives no longer than its monitor', async () => {
      const [stdin, stdout, stderr] = [fifo('in'), fifo('out'), fifo('err')];
      const task = await on.create('clean', { ...on.opts(['sleep', '1000']), io: { stdin, stdout, stderr } });
      await task.start();
      const folder = `/proc/${await task.pid()}/fd`;
      await until(() => readdirSync(folder).length === 3);
      expect(readdirSync(folder).map((fd) => readlinkSync(join(folder, fd)))).toEqual([stdin, stdout, stderr]);
      const holders = () => processesMentioning(`--stdin-of=${on.bundle('clean')}`);
      expect(holders()).toHaveLength(1);
      killQuietly(on.record('clean').monitor!.pid);
      await until(() => holders().length === 0);
    });

    test('whoever stops reading a fifo does not end who writes to it', async () => {
      const stdout = fifo('out');
      const script = 'while :; do echo line; sleep 0.01; done';
      const task = await on.create('patient', { ...on.opts(['sh', '-c', script]), io: { stdout } });
      await task.start();
      for (let reader = 0; reader < 3; reader++) {
        expect(execFileSync('head', ['-n', '1', stdout], { encoding: 'utf8' })).toBe('line\n');
      }
      expect(await task.state()).toMatchObject({ status: 'running' });
    });
  });
}
