/**
 * An owner of tasks is killed between two of its steps, or at any time, or its monitor, runtime, container or machine is,
 * and whoever opens the root next finds every promise kept. `npm run crash` does the same for as long as wanted.
 */
import { crunPlugin } from '@shiplog/plugin-crun';
import { runcPlugin } from '@shiplog/plugin-runc';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cannotRun } from '../../packages/oci/test/backend-harness.js';
import { build } from '../e2e/build.js';
import { faultOf, liveVictims, runtimeIds, victims } from './fault.js';
import { tryFault } from './trial.js';

const skip = cannotRun(runcPlugin) ?? cannotRun(crunPlugin);

/** What a test may take where others are at work; it ends as soon as it can. */
const timeout = 120_000;

beforeAll(build);

beforeEach((context) => {
  if (skip !== undefined) context.skip(skip);
});

describe.each(runtimeIds)('%s', (runtime) => {
  it('an owner that nobody kills comes to its end, and leaves nothing', { timeout }, async () => {
    const { complaints, point, steps } = await tryFault({ runtime, stdio: 'log', victim: 'nobody' });
    expect(complaints).toEqual([]);
    expect(point).toBeUndefined();
    expect(steps).toBeGreaterThan(200);
  });

  // Step 200: the task runs, and is in the middle of something.
  it.each(victims)('the owner is killed, and then %s', { timeout }, async (victim) => {
    const { complaints, point } = await tryFault({ runtime, stdio: 'log', victim, step: 200 });
    expect(complaints).toEqual([]);
    expect(point).toMatch(/^200 /);
  });

  it.for(liveVictims)('the owner lives, and its %s is killed', { timeout }, async (victim, context) => {
    const { complaints, killed } = await tryFault({ runtime, stdio: 'log', victim: 'nobody', live: { victim, ms: 0 } });
    expect(complaints).toEqual([]);
    if (!killed) context.skip('nobody was there when it was looked');
  });
});

// Step 260: its first process is there, and holds what was opened for it.
it.each([
  ['terminal', runtimeIds[0]],
  ['fifo', runtimeIds[1]],
  ['logger', runtimeIds[0]],
] as const)('the owner of a task with a %s is killed, on %s', { timeout }, async (stdio, runtime) => {
  const { complaints, point } = await tryFault({ runtime, stdio, victim: 'nobody', step: 260 });
  expect(complaints).toEqual([]);
  expect(point).toMatch(/^260 /);
});

it.each([1, 2, 3, 4])('seed %i', { timeout }, async (seed) => {
  expect((await tryFault(faultOf(seed))).complaints).toEqual([]);
});
