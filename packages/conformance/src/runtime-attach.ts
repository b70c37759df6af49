import { randomBytes } from 'node:crypto';
import { attachedStdin, FailedPreconditionError, InvalidArgumentError, type Stdio, type Task } from '@shiplog/core';
import { expect } from 'vitest';
import { Attached } from './attached.js';
import type { Bench, Rule } from './runtime-harness.js';

const once: Partial<Stdio> = { stdin: attachedStdin.once };
const keep: Partial<Stdio> = { stdin: attachedStdin.keep };
const typing = { stdin: true } as const;

/** Says what it reads, line by line, and the end of its input. */
const parrot = ['sh', '-c', 'while read -r line; do echo "got $line"; done; echo end'];

function reading(bench: Bench, id: string, io: Partial<Stdio> = {}): Promise<Task> {
  return bench.create(id, { ...bench.spec(...parrot), io });
}

export const attachRules: readonly Rule[] = [
  {
    name: 'A1 attached before the start: nothing is missed, what is written is read, and its end is the end',
    async check(bench) {
      const task = await bench.create('early', { ...bench.spec('sh', '-c', 'echo first; cat'), io: once });
      await using attached = await Attached.to(task, typing);
      expect(await attached.type('hello\n')).toBe(true);
      await task.start();
      await attached.attachment.end();
      expect(await task.wait()).toMatchObject({ status: 0 });
      expect((await attached.all()).toString()).toBe('first\nhello\n');
    },
  },
  {
    name: 'A2 any bytes, more than pipes hold, in both directions',
    async check(bench) {
      const task = await bench.create('large', { ...bench.spec('cat'), io: once });
      await task.start();
      await using attached = await Attached.to(task, { ...typing, from: 'beginning' });
      const bytes = randomBytes(3 << 20);
      expect(await attached.attachment.write(bytes)).toBe(true);
      await attached.attachment.end();
      await task.wait();
      expect((await attached.all()).equals(bytes)).toBe(true);
    },
  },
  {
    name: 'A3 closeIO, from another instance, is the end of the input; a second one is none the worse',
    async check(bench) {
      const task = await reading(bench, 'closed', once);
      await task.start();
      await using attached = await Attached.to(task);
      const other = await (await bench.again()).get('closed');
      await other.closeIO();
      await task.wait();
      expect((await attached.all()).toString()).toBe('end\n');
      const open = await reading(bench, 'open', keep);
      await expect(open.closeIO()).rejects.toThrow(FailedPreconditionError);
      await (await reading(bench, 'none')).closeIO();
    },
  },
  {
    name: 'A4 an input that stays open: two attachments, two instances, each sees all, and no going is an end',
    async check(bench) {
      const task = await reading(bench, 'shared', keep);
      await task.start();
      await using first = await Attached.to(task, typing);
      {
        await using second = await Attached.to(await (await bench.again()).get('shared'), typing);
        await first.type('one\n');
        await first.has('got one\n');
        await second.type('two\n');
        for (const attached of [first, second]) await attached.has('got one\ngot two\n');
      }
      await first.type('three\n');
      await first.has('got three\n');
      await using late = await Attached.to(task);
      await first.type('four\n');
      await late.has('got four\n');
      await task.kill(9);
      await task.wait();
      expect((await late.all()).toString()).toBe('got four\n');
      expect((await first.all()).toString()).toBe('got one\ngot two\ngot three\ngot four\n');
    },
  },
  {
    name: 'A5 a terminal: it has a size from the first look on, is typed on, and is resized',
    async check(bench) {
      const task = await bench.create(
        'tty',
        bench.onTerminal('sh', '-c', 'stty size; while read -r _; do stty size; done; exit 5'),
      );
      await using attached = await Attached.to(task, typing);
      await task.start();
      await attached.has('40 100\r\n');
      for (const [width, height] of [
        [120, 50],
        [80, 24],
      ] as const) {
        await task.resizePty({ width: width + 1, height });
        await task.resizePty({ width, height });
        await attached.type('\n');
        await attached.has(`\r\n${height} ${width}\r\n`);
      }
      // What closes a pipe leaves a terminal as it is; ctrl-d is what ends it.
      await task.closeIO();
      await attached.attachment.end();
      await using again = await Attached.to(await (await bench.again()).get('tty'), typing);
      await again.type('\x04');
      expect(await task.wait()).toMatchObject({ status: 5 });
    },
  },
  {
    name: 'A6 ctrl-c on a terminal is a byte, and what it means is the terminal’s to say',
    async check(bench) {
      const task = await bench.create(
        'int',
        bench.onTerminal('sh', '-c', 'trap "exit 9" INT; echo ready; while :; do sleep 0.1; done'),
      );
      await using attached = await Attached.to(task, typing);
      await task.start();
      await attached.has('ready');
      await attached.type('\x03');
      expect(await task.wait()).toMatchObject({ status: 9 });
    },
  },
  {
    name: 'A7 an exec has an input and a terminal of its own',
    async check(bench) {
      const task = await bench.sleeping('host');
      const piped = await task.exec('piped', { ...bench.process(...parrot), io: once });
      await using attached = await Attached.to(piped, typing);
      await piped.start();
      await attached.type('hello\n');
      await attached.attachment.end();
      expect(await piped.wait()).toMatchObject({ status: 0 });
      expect((await attached.all()).toString()).toBe('got hello\nend\n');

      // An exec runs at once, and crun 1.8 gives its terminal the size only then.
      const sized = 'until [ "$(stty size 2>/dev/null)" = "40 100" ]; do :; done; echo ready';
      const script = `${sized}; read -r line; stty size; echo "got $line"; exit 4`;
      const typed = await task.exec('typed', bench.processOnTerminal('sh', '-c', script));
      await expect(typed.resizePty({ width: 80, height: 24 })).rejects.toThrow(FailedPreconditionError);
      await typed.start();
      await using terminal = await Attached.to(typed, { ...typing, from: 'beginning' });
      await terminal.has('ready\r\n');
      await typed.resizePty({ width: 80, height: 24 });
      await terminal.type('there\r');
      expect(await typed.wait()).toMatchObject({ status: 4 });
      expect((await terminal.all()).toString()).toContain('24 80\r\ngot there\r\n');
      expect(await task.state()).toMatchObject({ status: 'running' });
    },
  },
  {
    name: 'A8 what a process does not have is refused',
    async check(bench) {
      const file = `file://${bench.folder}/elsewhere`;
      const elsewhere = await bench.create('elsewhere', { ...bench.spec('true'), io: { stdout: file } });
      await expect(elsewhere.attach()).rejects.toThrow(FailedPreconditionError);
      const deaf = await reading(bench, 'deaf');
      await expect(deaf.attach(typing)).rejects.toThrow(FailedPreconditionError);
      await expect(deaf.resizePty({ width: 80, height: 24 })).rejects.toThrow(FailedPreconditionError);
      await using listener = await Attached.to(deaf);
      await expect(listener.type('x')).rejects.toThrow(FailedPreconditionError);
      const tty = await bench.create('tty', bench.onTerminal('true'));
      for (const size of [
        { width: 0, height: 24 },
        { width: 80, height: 1.5 },
        { width: 80, height: 65_536 },
      ]) {
        await expect(tty.resizePty(size)).rejects.toThrow(InvalidArgumentError);
      }
      const { task: ended } = await bench.ended('ended', 'true');
      await expect(ended.attach()).rejects.toThrow(FailedPreconditionError);
      await expect(ended.closeIO()).rejects.toThrow(FailedPreconditionError);
      await expect(ended.resizePty({ width: 80, height: 24 })).rejects.toThrow(FailedPreconditionError);
    },
  },
  {
    name: 'A9 io and spec have to agree on the terminal, and a terminal has no files',
    async check(bench) {
      const { spec } = bench.onTerminal('true');
      await expect(bench.create('bad', { spec })).rejects.toThrow(InvalidArgumentError);
      const create = bench.create('bad', { ...bench.spec('true'), io: { terminal: true } });
      await expect(create).rejects.toThrow(InvalidArgumentError);
      for (const io of [{ terminal: true }, once]) {
        const mixed = bench.create('bad', { spec, io: { ...io, stdout: `file://${bench.folder}/out` } });
        await expect(mixed).rejects.toThrow(InvalidArgumentError);
      }
    },
  },
  {
    name: 'A10 closeIO comes behind what was written before it',
    async check(bench) {
      const task = await bench.create('behind', { ...bench.spec('cat'), io: once });
      await task.start();
      await using attached = await Attached.to(task, { ...typing, from: 'beginning' });
      const bytes = randomBytes(1 << 20);
      await attached.attachment.write(bytes);
      await task.closeIO();
      await task.wait();
      expect((await attached.all()).equals(bytes)).toBe(true);
      expect(await attached.type('late')).toBe(false);
    },
  },
  {
    name: 'A11 what is written to a process that has closed its stdin is not taken',
    async check(bench) {
      const task = await bench.create('deaf', {
        ...bench.spec('sh', '-c', 'exec <&-; echo closed; sleep 1000'),
        io: once,
      });
      await using attached = await Attached.to(task, typing);
      expect(await attached.type('early')).toBe(true);
      await task.start();
      await attached.has('closed\n');
      expect(await attached.type('late')).toBe(false);
    },
  },
];
