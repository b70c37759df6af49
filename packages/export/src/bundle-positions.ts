/** Which records go into an evidence bundle: a choice that its reader can see to be whole. */
import {
  assertNotArchived,
  type Damage,
  type EventLog,
  type LogRecord,
  NotFoundError,
  type Position,
  type Timestamp,
} from '@shiplog/core';

/** All that is said holds together; nothing said means the whole log. */
export interface BundleSelection {
  readonly from?: Position;
  readonly to?: Position;
  readonly since?: Timestamp;
  readonly until?: Timestamp;
  readonly namespace?: string;
  /** Goes with its namespace. */
  readonly task?: string;
}

export interface BundlePositions {
  readonly range: readonly [first: Position, last: Position];
  /** Ascending, without doubles. */
  readonly positions: readonly Position[];
}

/**
 * A span of time is made a range of positions: then nobody has to take on trust that nothing in between was left out, and
 * what a clock that was set back has put there is in it, too.
 *
 * @param size of the tree: what stands behind it is left out
 * @throws NotFoundError if nothing is meant
 * @throws RecordsArchivedError if it begins with records that were archived
 */
export function bundlePositions(
  log: EventLog,
  size: number,
  selection: BundleSelection,
  onDamage: ((damage: Damage) => void) | undefined,
): BundlePositions {
  if (selection.from !== undefined) assertNotArchived(log.base, selection.from);
  const asked = [selection.from ?? log.base.position + 1, Math.min(selection.to ?? size, size)] as const;
  const range = isTimed(selection) ? spanOf(recordsOf(log, asked, selection), selection) : asked;
  if (!range || range[0] > range[1]) throw nothing();
  const told = onDamage ? { onDamage } : {};
  const positions = isWhole(selection)
    ? Array.from({ length: range[1] - range[0] + 1 }, (_, index) => range[0] + index)
    : Array.from(recordsOf(log, range, selection, told), ({ position }) => position);
  if (positions.length === 0) throw nothing();
  return { range, positions };
}

function nothing(): NotFoundError {
  return new NotFoundError('there is no such record, so there is no evidence of it: nothing was written');
}

function isTimed({ since, until }: BundleSelection): boolean {
  return since !== undefined || until !== undefined;
}

function isWhole({ namespace, task }: BundleSelection): boolean {
  return namespace === undefined && task === undefined;
}

function* recordsOf(
  log: EventLog,
  [first, last]: readonly [Position, Position],
  { namespace = '', task }: BundleSelection,
  told: { readonly onDamage?: (damage: Damage) => void } = {},
): Generator<LogRecord> {
  if (task === undefined) {
    for (const record of log.read({ after: first - 1, until: last, ...told })) {
      if (namespace === '' || record.namespace === namespace) yield record;
    }
    return;
  }
  for (const record of log.readStream({ namespace, task }, told)) {
    if (record.position >= first && record.position <= last) yield record;
  }
}

function spanOf(
  records: Iterable<LogRecord>,
  { since, until }: BundleSelection,
): readonly [Position, Position] | undefined {
  let span: readonly [Position, Position] | undefined;
  for (const { position, time } of records) {
    if ((since !== undefined && time < since) || (until !== undefined && time > until)) continue;
    span = [span?.[0] ?? position, position];
  }
  return span;
}
