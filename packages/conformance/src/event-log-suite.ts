/** The rules of `EventLog`. */
import type { Projection } from '@shiplog/core';
import { appendRules } from './event-log-append.js';
import { cursorRules } from './event-log-cursors.js';
import { counts, type EventLogHarness, LogBench } from './event-log-harness.js';
import { readRules } from './event-log-read.js';
import { snapshotRules } from './event-log-snapshots.js';
import { blobRules, handleRules, projectionRules, shredRules } from './event-log-state.js';
import { subscribeRules } from './event-log-subscribe.js';
import { treeRules } from './event-log-tree.js';
import type { Subject, Suite } from './rule.js';

export const eventLogSuite: Suite<LogBench> = {
  contract: 'EventLog',
  chapters: [
    { title: 'append', rules: appendRules },
    { title: 'read', rules: readRules },
    { title: 'subscribe', rules: subscribeRules },
    { title: 'blobs', rules: blobRules },
    { title: 'shredding', rules: shredRules },
    { title: 'projections', rules: projectionRules },
    { title: 'tree', rules: treeRules },
    { title: 'snapshots', rules: snapshotRules },
    { title: 'cursors', rules: cursorRules },
    { title: 'handles', rules: handleRules },
  ],
};

export interface EventLogSubject {
  /** Called once for each rule; what it gives is disposed after the rule. */
  open(options: { readonly projections: readonly Projection[] }): Promise<EventLogHarness>;
}

export function eventLogSubject({ open }: EventLogSubject): Subject<LogBench> {
  return { open: async () => new LogBench(await open({ projections: [counts] })) };
}
