import { describeSuite } from './describe-suite.js';
import { type EventLogSubject, eventLogSubject, eventLogSuite } from './event-log-suite.js';

export interface EventLogConformance extends EventLogSubject {
  readonly name: string;
}

/** The rules of `EventLog`, as one call in an implementation's tests. */
export function eventLogConformance({ name, ...subject }: EventLogConformance): void {
  describeSuite(eventLogSuite, { name, ...eventLogSubject(subject) });
}
