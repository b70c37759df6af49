import type { Chance } from './chance.ts';
import type { RaceBench } from './race-bench.ts';

/** Something that users meet now and then, brought about again and again. */
export interface Race {
  readonly name: string;
  /** How often it is tried in each run of the tests. */
  readonly rounds: number;
  /** Milliseconds that one round may take before it is said to hang; `patience` when absent. */
  readonly patience?: number;
  /** Why it cannot be had on this host; absent where it can. */
  readonly skip?: string;
  /**
   * Brings it about once, from creating its tasks to deleting them. Whatever the order of events is in the log, and what
   * is left on the host, is looked at afterwards.
   *
   * @throws AssertionError for whatever should not have come of it
   */
  run(bench: RaceBench, chance: Chance): Promise<void>;
}

/** Milliseconds. A round takes some hundred of them. */
export const patience = 30_000;
