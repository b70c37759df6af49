import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { onEachRuntime } from './cli-harness.js';
import { Terminal, terminalMissing } from './terminal.js';

/** The pid of the command that was typed: no one else has such arguments. */
function findPid(...args: readonly string[]): number | undefined {
  const wanted = args.join('\0');
  const isIt = (pid: string) => {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return line.includes('main.cjs') && line.includes(wanted) && !line.includes('conmon');
    } catch {
      return false; // it has ended
    }
  };
  const pid = readdirSync('/proc').find((name) => /^\d+$/.test(name) && isIt(name));
  return pid === undefined ? undefined : Number(pid);
}

function isRunning(...args: readonly string[]): boolean {
  return findPid(...args) !== undefined;
}

function pidOf(...args: readonly string[]): number {
  const pid = findPid(...args);
  if (pid === undefined) throw new Error(`shiplog ${args.join(' ')} does not run`);
  return pid;
}

onEachRuntime((runtime) => {
  describe('a terminal', () => {
    beforeEach(({ skip }) => {
      if (terminalMissing !== undefined) skip(terminalMissing);
    });
    /** At its prompt, busybox asks the terminal for the cursor; the answer must not come to whoever has the keys next. */
    const leaveThePrompt = async (terminal: Terminal, word = 'busy') => {
      await terminal.line(`echo ${word}; sleep 1000`);
      await terminal.shows(new RegExp(`^${word}$`, 'm'));
    };
    /** Once every key is the container's. */
    const backToThePrompt = async (terminal: Terminal, settings: string) => {
      await terminal.hasOtherSettings(settings);
      await terminal.press('C-c');
      await terminal.shows(/in>$/);
    };
    const shell = (...args: readonly string[]) => ['shiplog', ...args, 'sh', '-c', '"PS1=\'in> \' exec sh"'].join(' ');

    it('is the container’s: its size, its ctrl-c, until the person leaves; then another time', async () => {
      const id = runtime.newId();
      await using terminal = await Terminal.open(runtime.host);
      const settings = await terminal.settings();
      await terminal.line(`${shell('run', '-it', '--rm', ...runtime.flags, id)}; echo "code $?"`);
      await terminal.shows(/in>$/);
      expect(await terminal.settings()).not.toBe(settings);
      await terminal.line('stty size; tty; echo "TERM $TERM"');
      await terminal.shows(/30 100\n\/dev\/pts\/0\nTERM xterm/);
      await leaveThePrompt(terminal, 'asleep');
      await terminal.press('C-c');
      await terminal.shows(/\^C\nin>$/);
      await terminal.resize(90, 25);
      // What is typed comes behind the size, which was sent when the terminal told of it.
      await terminal.line('until [ "$(stty size)" = "25 90" ]; do :; done; echo resized');
      await terminal.shows(/^resized$/m);
      await leaveThePrompt(terminal);
      await terminal.press('C-p', 'C-q');
      await terminal.shows(`${id} goes on; \`shiplog attach ${id}\` attaches to it again`);
      await terminal.shows('code 0');
      expect(await terminal.settings()).toBe(settings);
      expect(await runtime.state(id)).toMatchObject({ status: 'running', terminal: true });
      expect(await runtime.host.ok('logs', id)).toContain('resized\r\n');

      await terminal.clear();
      await terminal.line(`shiplog attach --detach-keys ctrl-a,d ${id}; echo "code $?"`);
      await terminal.hasOtherSettings(settings);
      await terminal.press('C-a', 'd');
      await terminal.shows('code 0');
      await terminal.clear();
      await terminal.line(`shiplog attach ${id}; echo "code $?"`);
      await backToThePrompt(terminal, settings);
      await terminal.line('exit 7');
      await terminal.shows('code 7');
      expect(await terminal.settings()).toBe(settings);
      // With --rm: the command that created it is long gone, and the monitor saw to it.
      await runtime.topicComes(id, '/tasks/delete');
      expect(await runtime.exists(id)).toBe(false);
    });

    it('is put back when the command is killed; the task goes on, and an exec has one of its own', async () => {
      const id = runtime.newId();
      await using terminal = await Terminal.open(runtime.host);
      const settings = await terminal.settings();
      await terminal.line(shell('run', '-it', ...runtime.flags, id));
      await terminal.shows(/in>$/);
      await leaveThePrompt(terminal);
      process.kill(pidOf('run', '-it', ...runtime.flags, id), 'SIGKILL');
      await terminal.hasSettings(settings);
      expect(await runtime.state(id)).toMatchObject({ status: 'running' });

      await terminal.clear();
      await terminal.line(`${shell('exec', '-it', id)}; echo "code $?"`);
      await terminal.shows(/in>$/);
      await terminal.line('stty size; tty');
      await terminal.shows(/30 100\n\/dev\/pts\/1/);
      process.kill(pidOf('exec', '-it', id), 'SIGTERM');
      await terminal.line('echo still; exit 5');
      await terminal.shows('code 5');
      expect(await terminal.settings()).toBe(settings);

      await terminal.clear();
      await terminal.line(`${shell('exec', '-it', id)}; echo "code $?"`);
      await terminal.shows(/in>$/);
      await leaveThePrompt(terminal);
      await terminal.press('C-p', 'C-q');
      await terminal.shows(/attach --exec exec-[0-9a-f]+ /);
      await terminal.shows('code 0');
      const exec = (await runtime.host.json('ps', id)).map(({ execId }) => execId).find((execId) => execId !== '');
      await terminal.clear();
      await terminal.line(`shiplog attach --exec ${exec} ${id}; echo "code $?"`);
      await backToThePrompt(terminal, settings);
      await terminal.line('exit 6');
      await terminal.shows('code 6');
      await runtime.host.ok('delete', '--force', id);
    });

    it('is closed: the command leaves, and the task goes on if it wants to', async () => {
      const id = runtime.newId();
      const command = ['run', '-it', '--rm', ...runtime.flags, id];
      {
        await using terminal = await Terminal.open(runtime.host);
        await terminal.line(`shiplog ${command.join(' ')} sh -c 'trap "" HUP; echo ready; exec sleep 1000'`);
        await terminal.shows(/^ready$/m);
      }
      while (isRunning(...command)) await setTimeout(20);
      expect(await runtime.state(id)).toMatchObject({ status: 'running' });
      await runtime.host.ok('kill', id);
      await runtime.topicComes(id, '/tasks/delete');
    });

    it('is there without a person: its output is printed, and nothing is typed on it', async () => {
      const id = runtime.newId();
      const result = await runtime.run('--rm', '-t', id, 'sh', '-c', 'tty; echo err >&2; exit 3');
      expect(result).toMatchObject({ exitCode: 3, stdout: '/dev/pts/0\r\nerr\r\n', stderr: '' });
    });

    it('is needed to type on one: a pipe is refused, and that stands in the log', async () => {
      const id = runtime.newId();
      const result = await runtime.host.run(['run', '-it', ...runtime.flags, id, 'cat'], { stdin: 'hi' });
      expect(result).toMatchObject({ exitCode: 125, stderr: expect.stringContaining('the input device is not a TTY') });
      expect(await runtime.exists(id)).toBe(false);
      expect(await runtime.topics(id)).toEqual(['/tasks/rejected']);
    });
  });
});
