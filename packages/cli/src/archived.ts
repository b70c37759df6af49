/** What is said where events were archived that a command would show. */
import { assertNotArchived, type EventLog } from '@shiplog/core';
import type { Output } from './output/output.js';
import type { SelectionFlags } from './record-selection.js';

/**
 * Tells of those that are left out for it. Where a position was named, or a later time, none is meant.
 *
 * @throws RecordsArchivedError if a position was named that was archived
 */
export function tellOfArchived(log: EventLog, { from, since }: SelectionFlags, output: Output): void {
  const { position } = log.base;
  if (position === 0) return;
  if (from !== undefined) {
    assertNotArchived(log.base, from);
    return;
  }
  const [first] = log.read({ until: position + 1 });
  if (since !== undefined && first && first.time <= since) return;
  output.talk(`events up to position ${position} were archived, and are not shown: \`shiplog audit archive --list\``);
}
