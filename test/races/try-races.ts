/** The races again and again, each time with another seed, for as long as wanted. */
import { crunPlugin } from '@shiplog/plugin-crun';
import { runcPlugin } from '@shiplog/plugin-runc';
import type { Race } from './race.ts';
import { RaceBench } from './race-bench.ts';
import { races } from './races.ts';

export interface RacesToTry {
  readonly minutes: number;
  /** Of the first round of each race. */
  readonly seed: number;
  /** Part of a race's name; all of them when absent. */
  readonly name?: string;
  readonly print: (line: string) => void;
}

const plugins = [runcPlugin, crunPlugin] as const;

/** @returns how many rounds failed; each of them is printed with its seed */
export async function tryRaces({ minutes, seed, name = '', print }: RacesToTry): Promise<number> {
  const wanted = races.filter((race) => race.skip === undefined && race.name.includes(name));
  if (wanted.length === 0) throw new Error(`no race is called ${name}; there are: ${races.map((race) => race.name)}`);
  const end = Date.now() + minutes * 60_000;
  const tried = new Map<Race, number>();
  let failed = 0;
  let turn = 0;
  do {
    for (const plugin of plugins) {
      await using bench = new Benches(plugin);
      for (const race of wanted) {
        // As often as in the tests, so that a turn has something of each; with seeds of its own.
        for (let round = 0; round < race.rounds; round += 1) {
          const seeded = seed + turn * race.rounds + round;
          const complaints = await bench.round(race, seeded);
          tried.set(race, (tried.get(race) ?? 0) + 1);
          if (complaints.length > 0) failed += 1;
          if (complaints.length > 0) print(`${plugin.id}, ${race.name}, seed ${seeded}`);
          for (const complaint of complaints) print(`  ${complaint}`);
        }
      }
    }
    turn += 1;
  } while (Date.now() < end);
  for (const [race, times] of tried) print(`${String(times).padStart(6)}  ${race.name}`);
  print(`from seed ${seed}: ${[...tried.values()].reduce((sum, times) => sum + times, 0)} rounds, ${failed} failed`);
  return failed;
}

/** One bench after the other: a round that failed leaves one that tells nothing of the next. */
class Benches implements AsyncDisposable {
  readonly #plugin: (typeof plugins)[number];
  #bench: RaceBench | undefined;

  constructor(plugin: (typeof plugins)[number]) {
    this.#plugin = plugin;
  }

  async round(race: Race, seed: number): Promise<readonly string[]> {
    this.#bench ??= await RaceBench.open(this.#plugin, 1024);
    const complaints = await this.#bench.round(race, seed);
    if (complaints.length > 0) await this[Symbol.asyncDispose]();
    return complaints;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const bench = this.#bench;
    this.#bench = undefined;
    const differences = bench?.replayDiffers() ?? [];
    await bench?.[Symbol.asyncDispose]();
    if (differences.length > 0) throw new Error(`P5: ${differences.join('; ')}`);
  }
}
