/**
 * Several owners of one root do every command at random, and one of them is killed again and again: what they saw is
 * linearizable, no task is stuck, and nothing is leaked. `npm run crash -- --many` has more of them, for longer.
 */
import { crunPlugin } from '@shiplog/plugin-crun';
import { runcPlugin } from '@shiplog/plugin-runc';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { cannotRun } from '../../../packages/oci/test/backend-harness.js';
import { build } from '../../e2e/build.js';
import { tryCrowd } from './crowd.js';

const skip = cannotRun(runcPlugin) ?? cannotRun(crunPlugin);

beforeAll(build);
beforeEach((context) => {
  if (skip !== undefined) context.skip(skip);
});

it.each([
  ['together', false],
  ['and one is killed again and again', true],
])('three at once, %s', { timeout: 180_000 }, async (_how, killing) => {
  const result = await tryCrowd({ seed: 1, clients: 3, tasks: 8, ms: 4_000, killing });
  expect(result.complaints).toEqual([]);
  expect(result.calls).toBeGreaterThan(20);
  expect(result.killed > 0).toBe(killing);
});
