import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { errorCodeOf, type Stdio } from '@shiplog/core/plugin';
import { invalidArgument, notFound } from './codes.js';
import { expect } from './expect.js';
import type { Bench, Rule } from './runtime-harness.js';

const talk = ['sh', '-c', 'echo out; echo err >&2; echo out again'];

/** Of one file for both: each stream in its order. That of the two is only there where the process has the file itself. */
function expectTalk(file: string, times = 1): void {
  const lines = readFileSync(file, 'utf8').split('\n');
  expect(lines.filter((line) => line.startsWith('out'))).toEqual(Array(times).fill(['out', 'out again']).flat());
  expect(lines.filter((line) => !line.startsWith('out'))).toEqual([...Array(times).fill('err'), '']);
}

async function run(bench: Bench, io: Partial<Stdio>): Promise<void> {
  const task = await bench.create('talker', { ...bench.spec(...talk), io });
  expect(await task.state()).toMatchObject(io);
  await task.start();
  await task.wait();
  await bench.runtime.delete('talker');
}

function fifos(bench: Bench, name: string): Partial<Stdio> {
  return { stdin: bench.fifo(`${name}-in`), stdout: bench.fifo(`${name}-out`) };
}

export const stdioRules: readonly Rule[] = [
  {
    id: 'S1',
    text: 'file:// for both: raw output, appended',
    async check(bench) {
      const file = join(bench.folder, 'made', 'both.log');
      const io = { stdout: `file://${file}`, stderr: `file://${file}` };
      await run(bench, io);
      await run(bench, io);
      expectTalk(file, 2);
    },
  },
  {
    id: 'S2',
    text: 'file:// for each: two files',
    async check(bench) {
      const [out, err] = [join(bench.folder, 'out.log'), join(bench.folder, 'err.log')];
      await run(bench, { stdout: `file://${out}`, stderr: `file://${err}` });
      expect(readFileSync(out, 'utf8')).toBe('out\nout again\n');
      expect(readFileSync(err, 'utf8')).toBe('err\n');
    },
  },
  {
    id: 'S3',
    text: 'an exec has output of its own',
    needs: ['exec'],
    async check(bench) {
      const file = join(bench.folder, 'exec.log');
      const task = await bench.sleeping('host');
      const exec = await task.exec('talker', { ...bench.process(...talk), io: { stdout: `file://${file}` } });
      await exec.start();
      await exec.wait();
      expectTalk(file);
    },
  },
  {
    id: 'S4',
    text: 'what is no stdio is refused',
    async check(bench) {
      for (const stdout of ['file://relative', 'file:', 'http://example.com/', 'relative']) {
        const create = bench.create('bad', { ...bench.spec('true'), io: { stdout } });
        await expect(create).rejects.toMatchObject(invalidArgument);
      }
    },
  },
  {
    id: 'S5',
    text: 'fifos: each stream through its own, to its end',
    needs: ['fifo'],
    async check(bench) {
      const [stdout, stderr] = [bench.fifo('out'), bench.fifo('err')];
      const task = await bench.create('piped', { ...bench.spec(...talk), io: { stdout, stderr } });
      const read = Promise.all([readFile(stdout, 'utf8'), readFile(stderr, 'utf8')]);
      await task.start();
      expect(await read).toEqual(['out\nout again\n', 'err\n']);
      expect(await task.wait()).toMatchObject({ status: 0 });
    },
  },
  {
    id: 'S6',
    text: 'a fifo that nobody reads holds up nobody but who writes too much to it',
    needs: ['fifo'],
    async check(bench) {
      const stdout = bench.fifo('unread');
      const task = await bench.create('lonely', {
        ...bench.spec('sh', '-c', 'echo early; sleep 1000'),
        io: { stdout },
      });
      await task.start();
      await task.kill(9);
      expect(await task.wait()).toMatchObject({ status: 137 });
      await bench.runtime.delete('lonely');
    },
  },
  {
    id: 'S7',
    text: 'a fifo as stdin, of a task and of an exec: its writers come and go, and closeIO lets it end',
    needs: ['exec', 'fifo'],
    async check(bench) {
      const task = await bench.sleeping('host');
      const exec = await task.exec('reader', { ...bench.process('cat'), io: fifos(bench, 'exec') });
      const reader = await bench.create('reader', { ...bench.spec('cat'), io: fifos(bench, 'task') });
      for (const [process, name] of [
        [exec, 'exec'],
        [reader, 'task'],
      ] as const) {
        const [stdin, stdout] = [join(bench.folder, `${name}-in`), join(bench.folder, `${name}-out`)];
        const read = readFile(stdout, 'utf8');
        await process.start();
        await writeFile(stdin, 'one ');
        await writeFile(stdin, 'two');
        expect(await process.state()).toMatchObject({ status: 'running', stdin });
        await process.closeIO();
        expect(await read).toBe('one two');
        expect(await process.wait()).toMatchObject({ status: 0 });
      }
    },
  },
  {
    id: 'S8',
    text: 'a fifo that is not there, or is none, is refused, and nothing is left',
    needs: ['fifo'],
    async check(bench) {
      const plain = join(bench.folder, 'plain');
      await writeFile(plain, '');
      for (const [path, code] of [
        [join(bench.folder, 'missing'), 'not-found'],
        [plain, 'failed-precondition'],
      ] as const) {
        const create = bench.create('bad', { ...bench.spec('true'), io: { stdout: path } });
        expect(await create.then(() => 'created', errorCodeOf)).toBe(code);
        await expect(bench.runtime.get('bad')).rejects.toMatchObject(notFound);
      }
      await bench.ended('bad', 'true');
    },
  },
  {
    id: 'S9',
    text: 'file:// for both: one stream that is closed early takes nothing from the other',
    async check(bench) {
      const file = join(bench.folder, 'early.log');
      const io = { stdout: `file://${file}`, stderr: `file://${file}` };
      const line = ['sh', '-c', 'echo first; exec >&-; sleep 0.2; echo last >&2'];
      const task = await bench.create('early', { ...bench.spec(...line), io });
      await task.start();
      await task.wait();
      expect(readFileSync(file, 'utf8')).toBe('first\nlast\n');
    },
  },
  {
    id: 'S10',
    text: 'a file:// is a URI: what is percent-encoded in its path is decoded, and what is no such text is refused',
    async check(bench) {
      const file = join(bench.folder, 'größe 100%#1?.log');
      const stdout = pathToFileURL(file).href;
      await run(bench, { stdout, stderr: stdout });
      expectTalk(file);
      const create = bench.create('bad', { ...bench.spec('true'), io: { stdout: `file://${bench.folder}/100%` } });
      await expect(create).rejects.toMatchObject(invalidArgument);
    },
  },
];
