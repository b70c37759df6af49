// npm run crash -- [--minutes N] [--seed S]: kills owners of tasks, monitors, runtimes, containers and machines, each time
// somewhere else, and checks every promise. A seed whose trial fails is printed; with --seed and no --minutes it is tried
// again alone. npm run crash -- --races [--race NAME] does the same with the races of test/races.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { tryRaces } from '../races/try-races.ts';
import { faultOf } from './fault.ts';
import { tryFault } from './trial.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    seed: { type: 'string' },
    races: { type: 'boolean' },
    race: { type: 'string', default: '' },
  },
});
const first = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
const minutes = Number(values.minutes ?? (values.seed === undefined ? 1 : 0));
if (!Number.isSafeInteger(first) || !(minutes >= 0)) throw new Error('--seed is a whole number, --minutes a number');

if (values.races) {
  process.exit((await tryRaces({ minutes, seed: first, name: values.race, print: console.log })) > 0 ? 1 : 0);
}

const end = Date.now() + minutes * 60_000;
let tried = 0;
let failed = 0;
let runtimesKilled = 0;
let seed = first;
const points = new Set<string>();
do {
  const fault = faultOf(seed);
  const { point, runtimeKilled, complaints } = await tryFault(fault);
  tried += 1;
  if (point !== undefined) points.add(`${fault.runtime} ${point}`);
  if (runtimeKilled) runtimesKilled += 1;
  if (complaints.length > 0) {
    failed += 1;
    console.log(`seed ${seed} ${JSON.stringify(fault)}, ${point ?? 'the owner was not killed'}`);
    for (const complaint of complaints) console.log(`  ${complaint}`);
  }
  seed += 1;
} while (Date.now() < end);
console.log(
  `seeds ${first} to ${seed - 1}: ${tried} tried, at ${points.size} points, ${runtimesKilled} runtimes killed, ${failed} failed`,
);
process.exitCode = failed > 0 ? 1 : 0;
