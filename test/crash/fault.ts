/** What is done to an owner of tasks, and to what it leaves behind; made of a seed, so that it can be done again. */
import { random } from './random.ts';

export const runtimeIds = ['io.containerd.runc.v2', 'io.containerd.crun.v1'] as const;

/** Who else is killed, once the owner is dead. */
export const victims = ['nobody', 'monitor', 'container', 'machine'] as const;

export interface Fault {
  readonly runtime: (typeof runtimeIds)[number];
  /** The owner dies at this one of its steps, or after so many milliseconds, whichever it has. */
  readonly step?: number;
  readonly ms?: number;
  /** Milliseconds after which the OCI runtime that is at work is killed. */
  readonly runtimeMs?: number;
  readonly victim: (typeof victims)[number];
}

/** Steps of a whole run, and somewhat more than its milliseconds. */
const lastStep = 310;
const lastMs = 3_000;

export function faultOf(seed: number, steps = lastStep): Fault {
  const next = random(seed);
  const below = (limit: number) => Math.floor(next() * limit);
  const runtime = runtimeIds[below(2)] ?? runtimeIds[0];
  const kind = next();
  const victim = next() < 0.5 ? 'nobody' : (victims[below(victims.length)] ?? 'nobody');
  if (kind < 0.7) return { runtime, victim, step: 1 + below(steps) };
  if (kind < 0.85) return { runtime, victim, ms: below(lastMs) };
  return { runtime, victim: 'nobody', runtimeMs: below(lastMs) };
}
