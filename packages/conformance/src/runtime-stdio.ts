import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgumentError, type Stdio } from '@shiplog/core';
import { expect } from 'vitest';
import type { Bench, Rule } from './runtime-harness.js';

const talk = ['sh', '-c', 'echo out; echo err >&2; echo out again'];

async function run(bench: Bench, io: Partial<Stdio>): Promise<void> {
  const task = await bench.create('talker', { ...bench.spec(...talk), io });
  expect(await task.state()).toMatchObject(io);
  await task.start();
  await task.wait();
  await bench.runtime.delete('talker');
}

export const stdioRules: readonly Rule[] = [
  {
    name: 'S1 file:// for both: raw output, appended in order',
    async check(bench) {
      const file = join(bench.folder, 'made', 'both.log');
      const io = { stdout: `file://${file}`, stderr: `file://${file}` };
      await run(bench, io);
      await run(bench, io);
      expect(readFileSync(file, 'utf8')).toBe('out\nerr\nout again\n'.repeat(2));
    },
  },
  {
    name: 'S2 file:// for each: two files',
    async check(bench) {
      const [out, err] = [join(bench.folder, 'out'), join(bench.folder, 'err')];
      await run(bench, { stdout: `file://${out}`, stderr: `file://${err}` });
      expect(readFileSync(out, 'utf8')).toBe('out\nout again\n');
      expect(readFileSync(err, 'utf8')).toBe('err\n');
    },
  },
  {
    name: 'S3 an exec has output of its own',
    async check(bench) {
      const file = join(bench.folder, 'exec.log');
      const task = await bench.sleeping('host');
      const exec = await task.exec('talker', { ...bench.process(...talk), io: { stdout: `file://${file}` } });
      await exec.start();
      await exec.wait();
      expect(readFileSync(file, 'utf8')).toBe('out\nerr\nout again\n');
    },
  },
  {
    name: 'S4 what is no stdio is refused',
    async check(bench) {
      for (const stdout of ['file://relative', 'file:', 'http://example.com/', 'relative']) {
        const create = bench.create('bad', { ...bench.spec('true'), io: { stdout } });
        await expect(create).rejects.toThrow(InvalidArgumentError);
      }
    },
  },
];
