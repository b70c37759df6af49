/** What users of containers meet now and then, on both runtimes, a few times each; `npm run crash -- --races` has more. */
import { crunPlugin } from '@shiplog/plugin-crun';
import { runcPlugin } from '@shiplog/plugin-runc';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cannotRun } from '../../packages/oci/test/backend-harness.js';
import { build } from '../e2e/build.js';
import { RaceBench } from './race-bench.js';
import { races } from './races.js';

/** What a test may take where others are at work; it ends as soon as it can. */
const timeout = 150_000;

beforeAll(build);

describe.each([runcPlugin, crunPlugin])('on $id', (plugin) => {
  const skip = cannotRun(plugin);
  let bench: RaceBench;

  beforeAll(async () => {
    if (skip === undefined) bench = await RaceBench.open(plugin, 64);
  });
  beforeEach((context) => {
    if (skip !== undefined) context.skip(skip);
  });
  afterAll(async () => {
    await bench?.[Symbol.asyncDispose]();
  });

  it.for(races)('$name', { timeout }, async (race, context) => {
    if (race.skip !== undefined) context.skip(race.skip);
    for (let seed = 1; seed <= race.rounds; seed += 1) {
      const complaints = await bench.round(race, seed);
      expect(complaints, `seed ${seed}`).toEqual([]);
    }
  });

  it('what is stored of all of it is what its events add up to', () => {
    expect(bench.replayDiffers()).toEqual([]);
  });
});
