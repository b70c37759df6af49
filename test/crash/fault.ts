/** What is done to an owner of tasks, and to what it leaves behind; made of a seed, so that it can be done again. */
import { pick, random } from './random.ts';

export const runtimeIds = ['io.containerd.runc.v2', 'io.containerd.crun.v1'] as const;

/** Who else is killed, once the owner is dead. */
export const victims = ['nobody', 'monitor', 'container', 'machine'] as const;

/** Who is killed while the owner lives. */
export const liveVictims = ['runtime', 'monitor', 'container'] as const;

/** What the task's first process writes to. */
export const stdioKinds = ['log', 'terminal', 'fifo', 'logger'] as const;

export interface Fault {
  readonly runtime: (typeof runtimeIds)[number];
  readonly stdio: (typeof stdioKinds)[number];
  /** The owner dies at this one of its steps, or after so many milliseconds, whichever it has. */
  readonly step?: number;
  readonly ms?: number;
  /** The owner lives; the first one of these that is there after so many milliseconds dies. */
  readonly live?: { readonly victim: (typeof liveVictims)[number]; readonly ms: number };
  readonly victim: (typeof victims)[number];
}

/** Steps of a whole run, and somewhat more than its milliseconds. */
const lastStep = 330;
const lastMs = 3_000;

export function faultOf(seed: number, steps = lastStep): Fault {
  const next = random(seed);
  const below = (limit: number) => Math.floor(next() * limit);
  const runtime = pick(next, runtimeIds);
  const stdio = next() < 0.4 ? 'log' : pick(next, stdioKinds);
  const kind = next();
  const victim = next() < 0.5 ? 'nobody' : pick(next, victims);
  if (kind < 0.65) return { runtime, stdio, victim, step: 1 + below(steps) };
  if (kind < 0.8) return { runtime, stdio, victim, ms: below(lastMs) };
  return { runtime, stdio, victim: 'nobody', live: { victim: pick(next, liveVictims), ms: below(lastMs) } };
}
