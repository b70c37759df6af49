/**
 * All reading goes by chunks, each from the newest snapshot: nobody who reads slowly, or stops, holds pages back that
 * LMDB would otherwise use again.
 */
import { isUtf8 } from 'node:buffer';
import type { Damage, LogRecord, Position, ReadOptions, RecordedEvent, StreamId } from './event-log.js';
import { streamPrefix } from './lmdb-keys.js';
import { basePositionOf } from './lmdb-lookup.js';
import { lastKey, projectionKey, type Tables } from './lmdb-schema.js';
import type { LmdbStore } from './lmdb-store.js';
import { decodeRecord, isDamage } from './record-codec.js';
import type { Chunk } from './subscription.js';

type OnDamage = ReadOptions['onDamage'];

export const chunkSize = 256;

/** What is made of a record's text. */
export type Decode<R> = (position: Position, text: string) => R | Damage;

/** The record at a position that has one. */
export function decodeStored({ log }: Tables, position: Position, text: string): LogRecord | Damage;
export function decodeStored<R>({ log }: Tables, position: Position, text: string, decode: Decode<R>): R | Damage;
export function decodeStored(
  { log }: Tables,
  position: Position,
  text: string,
  decode: Decode<RecordedEvent> = decodeRecord,
): RecordedEvent | Damage {
  // Bytes that are no UTF-8 were read as U+FFFD; a record may hold that character of its own.
  if (text.includes('\ufffd') && !isUtf8(log.getBinary(position) ?? Buffer.of())) {
    return { position, reason: 'its bytes are not UTF-8' };
  }
  return decode(position, text);
}

/** Where reading begins that is to begin behind a position: not before the log does. */
export function beginOf(store: LmdbStore, after: Position): Position {
  store.refresh();
  return Math.max(after, basePositionOf(store.tables));
}

/** Records behind `after`, up to and with `until`. What was moved away since the reading began is told as damage. */
export function readChunk<R extends RecordedEvent>(
  store: LmdbStore,
  after: Position,
  until: Position,
  onDamage: OnDamage,
  decode: Decode<R>,
): Chunk<R> {
  store.refresh();
  const records: R[] = [];
  let last = after;
  for (const { key, value } of store.tables.log.getRange({ start: after + 1, end: until + 1, limit: chunkSize })) {
    if (key !== last + 1) onDamage?.({ position: last + 1, reason: `nothing is there, up to position ${key}` });
    const decoded = decodeStored(store.tables, key, value, decode);
    if (isDamage(decoded)) onDamage?.(decoded);
    else records.push(decoded);
    last = key;
  }
  return { records, last };
}

export function* readRange<R extends RecordedEvent>(
  store: LmdbStore,
  after: Position,
  until: Position,
  onDamage: OnDamage,
  decode: Decode<R>,
): Generator<R> {
  for (let position = beginOf(store, after); position < until; ) {
    const from = position;
    const { records, last } = store.reading(() => readChunk(store, from, until, onDamage, decode));
    for (const record of records) yield record;
    if (last === position) return;
    position = last;
  }
}

export function* readStream(
  store: LmdbStore,
  stream: StreamId,
  after: number,
  onDamage: OnDamage,
): Generator<LogRecord> {
  const { streams, log } = store.tables;
  const prefix = streamPrefix(stream);
  for (let version = after, more = true; more; ) {
    const begin = beginOf(store, 0);
    const range = { start: [prefix, version + 1], end: [prefix, lastKey], limit: chunkSize };
    const index = store.reading(() => [...streams.getRange(range)]);
    for (const { key, value: position } of index) {
      version = key[1];
      if (position <= begin) continue;
      const text = store.reading(() => log.get(position));
      const decoded =
        text === undefined ? { position, reason: 'nothing is there' } : decodeStored(store.tables, position, text);
      if (isDamage(decoded)) onDamage?.(decoded);
      else yield decoded;
    }
    more = index.length === chunkSize;
  }
}

/** In the order of keys. */
export function readProjected(
  store: LmdbStore,
  projection: string,
  prefix: string,
): Iterable<readonly [key: string, value: Uint8Array]> {
  return readPrefixed(projectionKey(projection, prefix), projection.length + 1, (start) => {
    store.refresh();
    return store.reading(() => [...store.tables.projections.getRange({ start, limit: chunkSize })]);
  });
}

/**
 * Entries whose keys begin with a prefix, in their order.
 *
 * @param keyStart what of the keys is not given back
 * @param readFrom at most `chunkSize` entries from a key on
 */
export function* readPrefixed(
  prefix: string,
  keyStart: number,
  readFrom: (start: string) => readonly { readonly key: string; readonly value: Uint8Array }[],
): Generator<readonly [key: string, value: Uint8Array]> {
  for (let start = prefix, more = true; more; ) {
    const entries = readFrom(start);
    for (const { key, value } of entries) {
      if (!key.startsWith(prefix)) return;
      yield [key.slice(keyStart), value];
    }
    more = entries.length === chunkSize;
    start = `${entries.at(-1)?.key}\0`;
  }
}
