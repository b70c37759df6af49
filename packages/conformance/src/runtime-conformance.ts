import { describeSuite } from './describe-suite.js';
import { type RuntimeSubject, runtimeSubject, runtimeSuite } from './runtime-suite.js';

export interface RuntimeConformance extends RuntimeSubject {
  readonly name: string;
  /** Why this host cannot run the backend; the rules are then counted as skipped. */
  readonly skip?: string | undefined;
}

/** The rules of `PlatformRuntime`, as one call in a backend's tests. */
export function runtimeConformance({ name, skip, ...subject }: RuntimeConformance): void {
  describeSuite(runtimeSuite, { name, skip, ...runtimeSubject(subject) });
}
