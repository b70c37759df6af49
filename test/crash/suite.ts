/** What `npm run crash` runs: for as long as wanted, from a seed on. */
export interface SuiteOptions {
  /** 0 for one trial. */
  readonly minutes: number;
  readonly seed: number;
  readonly print: (line: string) => void;
}

/** How many trials failed. */
export type Suite = (options: SuiteOptions) => Promise<number>;

/** Seeds from the first on, until the time is over; at least one. */
export function* seedsFor({ minutes, seed }: SuiteOptions): Iterable<number> {
  const end = Date.now() + minutes * 60_000;
  do yield seed++;
  while (Date.now() < end);
}

export function complain({ print }: SuiteOptions, what: string, complaints: readonly string[]): number {
  if (complaints.length === 0) return 0;
  print(what);
  for (const complaint of complaints) print(`  ${complaint}`);
  return 1;
}
