import { describeSuite } from './describe-suite.js';
import { type SinkSubject, sinkSubject, sinkSuite } from './sink-suite.js';

export interface SinkConformance extends SinkSubject {
  readonly name: string;
}

/** The rules of `EventSink`, as one call in a sink's tests. */
export function sinkConformance({ name, ...subject }: SinkConformance): void {
  describeSuite(sinkSuite, { name, ...sinkSubject(subject) });
}
