// npm run crash -- [--owners | --power | --many | --every] [--minutes N] [--seed S]: machines that try to break the promises
// (docs/reliability.md), all of them in turn, or the one that is named. What fails is printed with its seed, and is tried
// again alone with that seed and no --minutes.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { tryMany } from './many/try-many.ts';
import { tryPower } from './power/try-power.ts';
import type { Suite } from './suite.ts';
import { tryEvery } from './try-every.ts';
import { tryOwners } from './try-owners.ts';

const suites: Readonly<Record<string, Suite>> = { owners: tryOwners, power: tryPower, many: tryMany, every: tryEvery };
const flags = Object.fromEntries(Object.keys(suites).map((name) => [name, { type: 'boolean' as const }]));
const { values } = parseArgs({ options: { minutes: { type: 'string' }, seed: { type: 'string' }, ...flags } });
const given: Readonly<Record<string, string | boolean | undefined>> = values;

const seed = given.seed === undefined ? randomInt(2 ** 31) : Number(given.seed);
const minutes = Number(given.minutes ?? (given.seed === undefined ? 1 : 0));
if (!Number.isSafeInteger(seed) || !(minutes >= 0)) throw new Error('--seed is a whole number, --minutes a number');

const named = Object.keys(suites).filter((name) => given[name] === true);
const chosen = named.length > 0 ? named : Object.keys(suites);
for (const name of chosen) {
  const suite = suites[name];
  if (suite && (await suite({ minutes: minutes / chosen.length, seed, print: console.log })) > 0) process.exitCode = 1;
}
