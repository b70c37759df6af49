import type { Position, StreamId } from './event-log.js';
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
