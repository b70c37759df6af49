import { faultOf } from './fault.ts';
import { complain, type Suite, seedsFor } from './suite.ts';
import { tryFault } from './trial.ts';

/** Owners of tasks, their monitors, runtimes, containers and machines are killed, each time somewhere else. */
export const tryOwners: Suite = async (options) => {
  const points = new Set<string>();
  let [tried, failed, othersKilled] = [0, 0, 0];
  for (const seed of seedsFor(options)) {
    const fault = faultOf(seed);
    const { point, killed, complaints } = await tryFault(fault);
    tried += 1;
    if (point !== undefined) points.add(`${fault.runtime} ${fault.stdio} ${point}`);
    if (killed) othersKilled += 1;
    const where = point ?? 'the owner was not killed';
    failed += complain(options, `--owners --seed ${seed} ${JSON.stringify(fault)}, ${where}`, complaints);
  }
  options.print(
    `owners: from seed ${options.seed}, ${tried} tried, at ${points.size} points, ${othersKilled} killed beside an owner, ${failed} failed`,
  );
  return failed;
};
