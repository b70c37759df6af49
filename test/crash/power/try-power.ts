import { complain, type Suite } from '../suite.ts';
import { cannotTrace, cutPower, recordWriter } from './cut.ts';

/** As many as share one recording of a writer. */
const batch = 500;

/** The power is cut, each time somewhere else. */
export const tryPower: Suite = async (options) => {
  const why = cannotTrace();
  if (why !== undefined) throw new Error(why);
  const end = Date.now() + options.minutes * 60_000;
  let seed = options.seed;
  let failed = 0;
  do {
    using recording = recordWriter();
    const seeds = Array.from({ length: options.minutes === 0 ? 1 : batch }, () => seed++);
    for await (const { seed: at, cut, before, complaints } of cutPower(recording, seeds)) {
      failed += complain(options, `--power --seed ${at}, after ${cut} steps, before ${before}`, complaints);
    }
  } while (Date.now() < end);
  options.print(`power: from seed ${options.seed}, ${seed - options.seed} cuts, ${failed} failed`);
  return failed;
};
