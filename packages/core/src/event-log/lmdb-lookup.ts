import type { Place, Position, StreamId } from './event-log.js';
import { streamPrefix } from './lmdb-keys.js';
import { lastKey, type Tables } from './lmdb-schema.js';

/** Inside a write transaction: as that sees it. */
export function headOf({ log }: Tables): Position {
  for (const position of log.getKeys({ start: lastKey, end: 0, reverse: true, limit: 1 })) return position;
  return 0;
}

/** Inside a write transaction: as that sees it. */
export function versionOf({ streams }: Tables, stream: StreamId): number {
  const prefix = streamPrefix(stream);
  const range = { start: [prefix, lastKey], end: [prefix, 0], reverse: true, limit: 1 };
  for (const [, version] of streams.getKeys(range)) return version;
  return 0;
}

/** By bisection: a stream's positions grow with its versions. Of what was moved away, the last place is there only. */
export function placeOf(tables: Tables, stream: StreamId, until: Position): Place {
  const prefix = streamPrefix(stream);
  let place: Place = { version: 0, position: 0 };
  for (const { key, value: position } of tables.streams.getRange({
    start: [prefix, 0],
    end: [prefix, lastKey],
    limit: 1,
  })) {
    if (position > until) return place;
    place = { version: key[1], position };
  }
  let above = versionOf(tables, stream) + 1;
  while (above - place.version > 1) {
    const version = Math.floor((place.version + above) / 2);
    const position = tables.streams.get([prefix, version]) ?? Number.POSITIVE_INFINITY;
    if (position <= until) place = { version, position };
    else above = version;
  }
  return place;
}

/** Behind which position the log begins. Inside a write transaction: as that sees it. */
export function basePositionOf({ segments }: Tables): Position {
  for (const last of segments?.getKeys({ start: lastKey, end: 0, reverse: true, limit: 1 }) ?? []) return last;
  return 0;
}
