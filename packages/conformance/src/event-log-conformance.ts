/** The rules of `EventLog`, as one call in an implementation's tests. */
import type { Projection } from '@shiplog/core';
import { describe, test } from 'vitest';
import { appendRules } from './event-log-append.js';
import { cursorRules } from './event-log-cursors.js';
import { counts, type EventLogHarness, LogBench } from './event-log-harness.js';
import { readRules } from './event-log-read.js';
import { snapshotRules } from './event-log-snapshots.js';
import { blobRules, handleRules, projectionRules, shredRules } from './event-log-state.js';
import { subscribeRules } from './event-log-subscribe.js';
import { treeRules } from './event-log-tree.js';

export interface EventLogConformance {
  readonly name: string;
  /** A log has one handle only: the rules about two do not apply. */
  readonly alone?: true;
  /** Called once for each rule; what it gives is disposed after the rule. */
  open(options: { readonly projections: readonly Projection[] }): Promise<EventLogHarness>;
}

const chapters = {
  append: appendRules,
  read: readRules,
  subscribe: subscribeRules,
  blobs: blobRules,
  shredding: shredRules,
  projections: projectionRules,
  tree: treeRules,
  snapshots: snapshotRules,
  cursors: cursorRules,
  handles: handleRules,
};

export function eventLogConformance({ name, alone, open }: EventLogConformance): void {
  describe(`EventLog: ${name}`, () => {
    for (const [chapter, rules] of Object.entries(chapters)) {
      describe(chapter, () => {
        const applying = rules.filter(({ again }) => !(again && alone));
        test.for(applying)('$name', async ({ check }) => {
          await using harness = await open({ projections: [counts] });
          await check(new LogBench(harness));
        });
      });
    }
  });
}
