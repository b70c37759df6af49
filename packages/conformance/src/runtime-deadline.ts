import { setTimeout as delay } from 'node:timers/promises';
import { errorCodeOf, type Status, type Task } from '@shiplog/core/plugin';
import { expect } from './expect.js';
import type { Rule } from './runtime-harness.js';

/** Milliseconds: from before the call has begun until after it came to its end. */
const deadlines = [1, 2, 4, 8, 12, 16, 20, 25, 30, 40, 50, 60];

/** What a call with a deadline so near came to, as its caller sees it. */
async function hurried(ms: number, call: (context: { readonly deadline: number }) => Promise<void>): Promise<boolean> {
  const outcome = await call({ deadline: Date.now() + ms }).then(() => 'done', errorCodeOf);
  expect(['done', 'deadline-exceeded']).toContain(outcome);
  return outcome === 'done';
}

/** The status once the kernel is done with what it was told; for `pausing` there is no event. */
async function settled(task: Task): Promise<Status> {
  for (;;) {
    const { status } = await task.state();
    if (status !== 'pausing') return status;
    await delay(5);
  }
}

/** What is true of a task right after a call on it was given up, at whatever moment. */
export const deadlineRules: readonly Rule[] = [
  {
    id: 'D1',
    text: 'a pause that is given up leaves a task that runs or is paused, and says which',
    needs: ['pause'],
    async check(bench) {
      const task = await bench.sleeping('rest');
      for (const ms of deadlines) {
        const done = await hurried(ms, (context) => task.pause(context));
        const status = await settled(task);
        expect(done ? ['paused'] : ['running', 'paused']).toContain(status);
        if (status === 'running') await task.pause();
        await task.resume();
        expect(await task.state()).toMatchObject({ status: 'running' });
      }
    },
  },
  {
    id: 'D2',
    text: 'a resume that is given up leaves a task that runs or is paused, and says which',
    needs: ['pause'],
    async check(bench) {
      const task = await bench.sleeping('rest');
      for (const ms of deadlines) {
        await task.pause();
        const done = await hurried(ms, (context) => task.resume(context));
        const status = await settled(task);
        expect(done ? ['running'] : ['running', 'paused']).toContain(status);
        if (status === 'paused') await task.resume();
        expect(await task.state()).toMatchObject({ status: 'running' });
      }
    },
  },
  {
    id: 'D3',
    text: 'a start that is given up leaves a task that is created or runs, and can be killed and deleted',
    async check(bench) {
      for (const ms of deadlines) {
        const task = await bench.created('hasty', 'sleep', '1000');
        const done = await hurried(ms, (context) => task.start(context));
        const { status } = await task.state();
        expect(done ? ['running'] : ['created', 'running']).toContain(status);
        if (status === 'created') await task.start();
        expect(await task.state()).toMatchObject({ status: 'running' });
        await task.kill(9);
        expect(await task.wait()).toMatchObject({ status: 137 });
        await bench.runtime.delete('hasty');
      }
    },
  },
];
