import { setTimeout as delay, setImmediate } from 'node:timers/promises';
import { pick, random } from '../crash/random.ts';

/** Everything that differs between two rounds of one race; made of a seed, so that a round can be done again. */
export class Chance {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = random(seed);
  }

  below(limit: number): number {
    return Math.floor(this.#next() * limit);
  }

  pick<T>(choices: readonly [T, ...T[]]): T {
    return pick(this.#next, choices);
  }

  /** Any moment from now on, within so many milliseconds; below one of them it is a matter of turns of the event loop. */
  async moment(ms: number): Promise<void> {
    const wait = this.#next() * ms;
    if (wait >= 1) return delay(wait);
    for (let turns = this.below(20); turns > 0; turns -= 1) await setImmediate();
  }
}
