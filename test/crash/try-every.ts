import { type Fault, runtimeIds } from './fault.ts';
import { random } from './random.ts';
import { complain, type Suite } from './suite.ts';
import { tryFault } from './trial.ts';

/**
 * The owner dies at each of its steps, one after the other, on each runtime. In an order that the seed makes, so that what
 * there is no time for is spread over all of them.
 */
export const tryEvery: Suite = async (options) => {
  const faults: Fault[] = [];
  for (const runtime of runtimeIds) {
    const { steps } = await tryFault({ runtime, stdio: 'log', victim: 'nobody' });
    for (let step = 1; step <= steps; step += 1) faults.push({ runtime, stdio: 'log', victim: 'nobody', step });
  }
  const next = random(options.seed);
  const order = new Map(faults.map((fault) => [fault, next()]));
  const end = Date.now() + options.minutes * 60_000;
  let [tried, failed] = [0, 0];
  for (const fault of faults.toSorted((one, other) => (order.get(one) ?? 0) - (order.get(other) ?? 0))) {
    if (tried > 0 && Date.now() >= end) break;
    const { point, complaints } = await tryFault(fault);
    tried += 1;
    failed += complain(
      options,
      `--every --seed ${options.seed} ${JSON.stringify(fault)}, ${point ?? 'not killed'}`,
      complaints,
    );
  }
  options.print(`every: from seed ${options.seed}, ${tried} of ${faults.length} steps, ${failed} failed`);
  return failed;
};
