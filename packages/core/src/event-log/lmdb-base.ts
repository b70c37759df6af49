import { FailedPreconditionError } from '../kernel/errors.js';
import { tryDecodeCursor } from './cursor-codec.js';
import type { Position } from './event-log.js';
import { decodeSegment, tryJson } from './lmdb-archive-codec.js';
import { basePositionOf } from './lmdb-lookup.js';
import { archivedPayloads, assertPayloadsThere, cutPayloads, placeOfPayload } from './lmdb-payloads.js';
import { chunkSize, readPrefixed } from './lmdb-reader.js';
import { projectionKey, type Tables } from './lmdb-schema.js';
import type { LmdbStore } from './lmdb-store.js';
import { assertRead, type Cut, type LogBase, movedMeanwhile } from './log-base.js';

/** As of the store's snapshot. */
export function lmdbBase({ tables }: LmdbStore): LogBase {
  return {
    get position() {
      return basePositionOf(tables);
    },
    segments: () =>
      [...(tables.segments?.getRange({ start: 0 }) ?? [])].map(({ key, value }) => decodeSegment(key, value)),
    foldVersion: (fold) => foldVersions(tables)[fold],
    folded: (fold, key) => tables.base?.get(projectionKey(fold, key)),
    foldedEntries: (fold) => foldedEntries(tables, fold),
    payload: (sha256) => placeOfPayload(tables, sha256),
    payloads: () => archivedPayloads(tables),
  };
}

function foldedEntries({ base }: Tables, fold: string): Iterable<readonly [key: string, value: Uint8Array]> {
  const prefix = projectionKey(fold, '');
  return readPrefixed(prefix, prefix.length, (start) => [...(base?.getRange({ start, limit: chunkSize }) ?? [])]);
}

function foldVersions({ meta }: Tables): Readonly<Record<string, number>> {
  return tryJson(meta.get('folds') ?? '{}') as Readonly<Record<string, number>>;
}

/**
 * Inside a write transaction, before anything is written: whether the cut still fits the log.
 *
 * @throws FailedPreconditionError
 */
export function assertCut(tables: Tables, { segment, foldVersions: folds, payloads }: Cut, head: Position): void {
  const position = basePositionOf(tables);
  if (segment.first !== position + 1 || segment.last < segment.first || segment.last > head) {
    throw movedMeanwhile(position);
  }
  for (const { key, value } of tables.cursors?.getRange({ start: '\u0001' }) ?? []) {
    const cursor = tryDecodeCursor(key, value);
    if (cursor) assertRead(cursor, segment.last);
  }
  assertPayloadsThere(tables, payloads);
  const projections = Object.keys(tryJson(tables.meta.get('projections') ?? '{}'));
  const unknown = projections.find((name) => folds[name] === undefined);
  if (unknown === undefined) return;
  throw new FailedPreconditionError(`the log has a projection ${unknown} that could not be made anew from what stays`);
}

/** Inside a write transaction. Leaves and nodes of the tree stay, and of each stream its last place. */
export function cutOff(tables: Tables, cut: Cut): void {
  const { log, streams, snapshots, segments, base, meta } = tables;
  const { segment, versions, changes } = cut;
  for (let position = segment.first; position <= segment.last; position += 1) log.removeSync(position);
  for (const [prefix, version] of versions) {
    for (const key of [...streams.getKeys({ start: [prefix, 0], end: [prefix, version] })]) streams.removeSync(key);
  }
  // A cache of the past; of what is archived nobody can ask any more.
  for (const key of [...(snapshots?.getKeys({ start: ['', 0] }) ?? [])]) {
    if (key[1] <= segment.last) snapshots?.removeSync(key);
  }
  for (const [fold, key, value] of changes) {
    if (value) base?.putSync(projectionKey(fold, key), Buffer.from(value));
    else base?.removeSync(projectionKey(fold, key));
  }
  cutPayloads(tables, cut);
  meta.putSync('folds', JSON.stringify(cut.foldVersions));
  segments?.putSync(segment.last, JSON.stringify(segment));
}
