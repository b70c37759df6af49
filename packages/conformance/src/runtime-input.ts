import { setTimeout as delay } from 'node:timers/promises';
import { errorCodeOf, typeUrls } from '@shiplog/core/plugin';
import { cancelled, deadlineExceeded, invalidArgument, notFound } from './codes.js';
import { expect } from './expect.js';
import type { Bench, Rule } from './runtime-harness.js';

const bytes = (text: string) => ({ typeUrl: typeUrls.spec, value: Buffer.from(text) });

/** A create that failed left nothing: the ID is free, and works. */
async function expectUntouched(bench: Bench, id: string): Promise<void> {
  await expect(bench.runtime.get(id)).rejects.toMatchObject(notFound);
  expect(await bench.runtime.tasks({ all: true })).toEqual([]);
  const { exit } = await bench.ended(id, 'sh', '-c', 'exit 12');
  expect(exit.status).toBe(12);
  await bench.runtime.delete(id);
}

export const inputRules: readonly Rule[] = [
  {
    id: 'I1',
    text: 'a program that is not there says 127, and nothing is left',
    async check(bench) {
      for (const program of ['no-such-program', '/no/such/program']) {
        const create = bench.create('bad', bench.spec(program));
        await expect(create).rejects.toMatchObject({ code: 'not-found', details: { exitCode: 127 } });
        await expectUntouched(bench, 'bad');
      }
    },
  },
  {
    id: 'I2',
    text: 'a program that may not run says 126, and nothing is left',
    async check(bench) {
      for (const program of ['/etc/passwd', '/etc']) {
        const create = bench.create('bad', bench.spec(program));
        await expect(create).rejects.toMatchObject({ code: 'failed-precondition', details: { exitCode: 126 } });
        await expectUntouched(bench, 'bad');
      }
    },
  },
  {
    id: 'I3',
    text: 'a spec that is none is refused, and nothing is left',
    async check(bench) {
      const { spec } = bench.spec('true');
      const bad = [
        bytes('{'),
        bytes(''),
        bytes('null'),
        bytes('[]'),
        bytes('{}'),
        { ...spec, typeUrl: typeUrls.process },
      ];
      for (const any of bad) await expect(bench.create('bad', { spec: any })).rejects.toMatchObject(invalidArgument);
      for (const args of [[], ['']]) {
        await expect(bench.create('bad', bench.spec(...args))).rejects.toMatchObject(invalidArgument);
      }
      await expectUntouched(bench, 'bad');
    },
  },
  {
    id: 'I4',
    text: 'no ID leaves its place',
    async check(bench) {
      const { runtime } = bench;
      for (const id of ['', '-x', '--help', '.hidden', '..', '../up', 'a/b', 'a b', 'a\0b', 'x'.repeat(77)]) {
        await expect(runtime.create(id, bench.spec('true'))).rejects.toMatchObject(invalidArgument);
        await expect(runtime.get(id)).rejects.toMatchObject(invalidArgument);
        await expect(runtime.delete(id)).rejects.toMatchObject(invalidArgument);
        await expect(runtime.tasks({}, { namespace: id })).rejects.toMatchObject(invalidArgument);
      }
    },
  },
  {
    id: 'I5',
    text: 'a wait is given up without harm to its task or to other waiters',
    async check(bench) {
      const task = await bench.sleeping('patient');
      const patient = task.wait();
      const controller = new AbortController();
      const impatient = task.wait({ signal: controller.signal });
      controller.abort();
      await expect(impatient).rejects.toMatchObject(cancelled);
      await expect(task.wait({ deadline: Date.now() + 30 })).rejects.toMatchObject(deadlineExceeded);
      await task.kill(9);
      expect(await patient).toMatchObject({ status: 137 });
    },
  },
  {
    id: 'I6',
    text: 'a call whose signal has fired does nothing',
    async check(bench) {
      const signal = AbortSignal.abort();
      await expect(bench.create('never', bench.spec('true'), { signal })).rejects.toMatchObject(cancelled);
      await expectUntouched(bench, 'never');
      const task = await bench.created('idle', 'true');
      await expect(task.start({ signal })).rejects.toMatchObject(cancelled);
      expect(await task.state()).toMatchObject({ status: 'created' });
    },
  },
  {
    id: 'I7',
    text: 'a create that is given up on its way is there whole, or not at all',
    async check(bench) {
      for (const after of [1, 4, 8, 16, 24]) {
        const controller = new AbortController();
        const create = bench.create('hasty', bench.spec('true'), { signal: controller.signal });
        await delay(after);
        controller.abort();
        const outcome = await create.then(() => 'created', errorCodeOf);
        expect(['created', 'cancelled']).toContain(outcome);
        if (outcome === 'created') await bench.runtime.delete('hasty');
        await expectUntouched(bench, 'hasty');
      }
    },
  },
];
