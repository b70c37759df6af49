import { describeSuite } from './describe-suite.js';
import { type LogDriverSubject, logDriverSubject, logDriverSuite } from './log-driver-suite.js';

export interface LogDriverConformance extends LogDriverSubject {
  readonly name: string;
}

/** The rules of `LogDriver`, as one call in a driver's tests. */
export function logDriverConformance({ name, ...subject }: LogDriverConformance): void {
  describeSuite(logDriverSuite, { name, ...logDriverSubject(subject) });
}
