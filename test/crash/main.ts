// npm run crash -- [--owners | --every | --power | --many | --races [--race NAME]] [--minutes N] [--seed S]: machines that try
// to break the promises (docs/reliability.md), all of them in turn, or the one that is named. What fails is printed with
// its seed, and is tried again alone with that seed and no --minutes.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { tryRaces } from '../races/try-races.ts';
import { tryMany } from './many/try-many.ts';
import { tryPower } from './power/try-power.ts';
import type { Suite } from './suite.ts';
import { tryEvery } from './try-every.ts';
import { tryOwners } from './try-owners.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    seed: { type: 'string' },
    race: { type: 'string', default: '' },
    owners: { type: 'boolean' },
    every: { type: 'boolean' },
    power: { type: 'boolean' },
    many: { type: 'boolean' },
    races: { type: 'boolean' },
  },
});
const suites = {
  owners: tryOwners,
  every: tryEvery,
  power: tryPower,
  many: tryMany,
  races: (options) => tryRaces({ ...options, name: values.race }),
} as const satisfies Record<string, Suite>;

const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
const minutes = Number(values.minutes ?? (values.seed === undefined ? 1 : 0));
if (!Number.isSafeInteger(seed) || !(minutes >= 0)) throw new Error('--seed is a whole number, --minutes a number');

const names = Object.keys(suites) as (keyof typeof suites)[];
const named = names.filter((name) => values[name]);
const chosen = named.length > 0 ? named : names;
for (const name of chosen) {
  const failed = await suites[name]({ minutes: minutes / chosen.length, seed, print: console.log });
  if (failed > 0) process.exitCode = 1;
}
