/** Several ways to do the same work, taken in turns, so that whatever else the machine does meets all of them. */

export interface Side {
  readonly name: string;
  /** Does the work once. */
  run(): Promise<void> | void;
}

export interface Comparison {
  readonly work: string;
  /** How many pieces of work one run does; 1 when absent. Rates are shown for more than one. */
  readonly pieces?: number;
  /** Ours comes first; the others are what it is held against. */
  readonly sides: readonly Side[];
  /** Others that cannot be measured here, and why. */
  readonly missing?: readonly string[];
  readonly rounds: number;
  /** Rounds that do not count. */
  readonly warmup?: number;
}

export interface Figures {
  readonly name: string;
  /** Milliseconds of one run. */
  readonly p50: number;
  readonly p95: number;
  /** Of ours to this one, by p50; undefined for ours. */
  readonly ratio: number | undefined;
}

export interface Compared {
  readonly work: string;
  readonly pieces: number;
  readonly figures: readonly Figures[];
  readonly missing: readonly string[];
}

export async function compare(comparison: Comparison): Promise<Compared> {
  const { work, sides, rounds, pieces = 1, missing = [], warmup = Math.min(2, rounds - 1) } = comparison;
  const samples = sides.map((): number[] => []);
  for (let round = 0; round < warmup + rounds; round += 1) {
    for (const [index, side] of sides.entries()) {
      const began = performance.now();
      await side.run();
      const took = performance.now() - began;
      if (round >= warmup) samples[index]?.push(took);
    }
  }
  const ours = quantile(samples[0] ?? [], 0.5);
  const figures = sides.map(({ name }, index): Figures => {
    const p50 = quantile(samples[index] ?? [], 0.5);
    return { name, p50, p95: quantile(samples[index] ?? [], 0.95), ratio: index === 0 ? undefined : ours / p50 };
  });
  return { work, pieces, figures, missing };
}

export function quantile(samples: readonly number[], part: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
