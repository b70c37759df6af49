import { pick, random } from '../random.ts';
import { complain, type Suite, seedsFor } from '../suite.ts';
import { tryCrowd } from './crowd.ts';

/** Many clients of one root at once; in half of the trials one of them is killed again and again. */
export const tryMany: Suite = async (options) => {
  let [tried, failed, calls, killed, grown] = [0, 0, 0, 0, 0];
  for (const seed of seedsFor(options)) {
    const next = random(seed);
    const crowd = {
      seed: seed * 1_000,
      clients: pick(next, [2, 4, 8]),
      tasks: pick(next, [4, 30, 300]),
      ms: Math.min(60_000, Math.max(10_000, options.minutes * 15_000)),
      killing: next() < 0.5,
    };
    const result = await tryCrowd(crowd);
    tried += 1;
    calls += result.calls;
    killed += result.killed;
    grown = Math.max(grown, result.grown);
    failed += complain(options, `--many --seed ${seed} ${JSON.stringify(crowd)}`, result.complaints);
  }
  options.print(
    `many: from seed ${options.seed}, ${tried} crowds, ${calls} calls, ${killed} clients killed, a heap grew by at most ${grown} bytes, ${failed} failed`,
  );
  return failed;
};
