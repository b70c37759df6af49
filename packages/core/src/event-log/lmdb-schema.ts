/**
 * What stands in `data.mdb`. Change this and add a migration: raise `schemaVersion`, and teach `LmdbEventLog.open` to
 * lift the version before it.
 *
 *     log           position                            -> the record's stored text (record-codec.ts); appended at the end, and taken
 *                                                          away from the beginning
 *     streams       namespace NUL task NUL version      -> position
 *     leaves        position                            -> SHA-256s, 32 bytes each: the leaf hashes of this record and of
 *                                                          those behind it that came with it, up to a multiple of 256
 *     tree          level, 1 byte; index                -> SHA-256: the root of 256 ** level leaves (core/merkle)
 *     checkpoints   size of the tree                    -> a signed note (C2SP tlog-checkpoint)
 *     blobs         SHA-256, 32 bytes                   -> bytes
 *     projections   projection NUL key                  -> what the projection put there
 *     snapshots     series NUL position                 -> what was made from the log up to there
 *     cursors       subscription                        -> how far it has got, and who reads: JSON
 *     segments      the last position in it             -> where records went that were moved to a file: JSON (log-base.ts)
 *     base          fold NUL key                        -> what a fold had come to with the last of those
 *     payloads      SHA-256, 32 bytes                   -> where a blob went that was moved with them: JSON
 *     meta          "schema"                            -> schemaVersion, in digits
 *                   "origin"                            -> a random UUID, made with the log
 *                   "created"                           -> when that was, RFC 3339
 *                   "keys"                              -> the verifier keys of those notes' signers, one a line
 *                   "projections"                       -> {"NAME": VERSION, ...}: those that every append went through
 *                   "folds"                             -> {"NAME": VERSION, ...}: those in `base`
 *
 * Positions and versions are unsigned 64-bit integers, big-endian; text is UTF-8 (lmdb-keys.ts). Any tool that reads
 * LMDB can read all of it.
 */
import { type Database, open, type RootDatabase, type RootDatabaseOptions } from 'lmdb';
import type { Position } from './event-log.js';
import {
  integerKeys,
  integerValues,
  type NodeKey,
  nodeKeys,
  type StreamKey,
  streamKeys,
  textKeys,
} from './lmdb-keys.js';

export const schemaVersion = 3;
/** Who may only read reads a log of this version as it is: it has all of its records. */
export const readableVersion = 2;

export const dataFile = 'data.mdb';
/** Beside it; it holds no data, but who reads and writes. */
export const lockFile = 'lock.mdb';
/** Of ours: lmdb-last-transaction.ts. */
export const shownFile = 'shown';

export interface Tables {
  readonly log: Database<string, Position>;
  readonly streams: Database<Position, StreamKey>;
  readonly leaves: Database<Buffer, Position>;
  readonly tree: Database<Buffer, NodeKey>;
  readonly checkpoints: Database<string, number>;
  readonly blobs: Database<Buffer, Buffer>;
  readonly projections: Database<Buffer, string>;
  /** Those that may be undefined are not there for who may only read a log that nobody has written to since. */
  readonly snapshots: Database<Buffer, StreamKey> | undefined;
  readonly cursors: Database<string, string> | undefined;
  readonly segments: Database<string, Position> | undefined;
  readonly base: Database<Buffer, string> | undefined;
  readonly payloads: Database<string, Buffer> | undefined;
  readonly meta: Database<string, MetaKey>;
}

export type MetaKey = 'schema' | 'origin' | 'created' | 'keys' | 'projections' | 'folds';

/** Behind every position and version that there can be. */
export const lastKey = Number.MAX_SAFE_INTEGER;

const tableOptions: Readonly<Record<keyof Tables, RootDatabaseOptions>> = {
  log: { encoding: 'string', keyEncoder: integerKeys },
  streams: { encoder: integerValues, keyEncoder: streamKeys },
  leaves: { encoding: 'binary', keyEncoder: integerKeys },
  tree: { encoding: 'binary', keyEncoder: nodeKeys },
  checkpoints: { encoding: 'string', keyEncoder: integerKeys },
  blobs: { encoding: 'binary', keyEncoding: 'binary' },
  projections: { encoding: 'binary', keyEncoder: textKeys },
  snapshots: { encoding: 'binary', keyEncoder: streamKeys },
  cursors: { encoding: 'string', keyEncoder: textKeys },
  segments: { encoding: 'string', keyEncoder: integerKeys },
  base: { encoding: 'binary', keyEncoder: textKeys },
  payloads: { encoding: 'string', keyEncoding: 'binary' },
  meta: { encoding: 'string', keyEncoder: textKeys },
};

export function projectionKey(projection: string, key: string): string {
  return `${projection}\0${key}`;
}

export function openEnvironment(dir: string, readOnly: boolean): RootDatabase {
  const options = {
    path: dir,
    noSubdir: false,
    readOnly,
    // A commit is on disk before anybody sees it, so no reader can act on a record that a power cut takes back.
    overlappingSync: false,
    // With it, lmdb-js makes a promise that nobody holds; a commit that fails rejects it, and Node ends the process.
    eventTurnBatching: false,
    // Of what the environment itself holds, which is nothing but the tables' names: no encoder has to be there for it.
    encoding: 'binary' as const,
    permissionsMode: 0o600,
    // One slot for each process that reads at this moment.
    maxReaders: 1024,
    maxDbs: 32,
  };
  return open(options);
}

/** The schema version that the log was written with; undefined if there is no log yet, or it is being made. */
export function readSchemaVersion(root: RootDatabase): number | undefined {
  const meta: Tables['meta'] | undefined = root.openDB('meta', { ...tableOptions.meta, ...{ create: false } });
  const stored = meta?.get('schema');
  return stored === undefined ? undefined : Number(stored);
}

const laterTables: ReadonlySet<string> = new Set<keyof Tables>([
  'snapshots',
  'cursors',
  'segments',
  'base',
  'payloads',
]);

/** Undefined where a table that was always there is missing and may not be made. */
export function openTables(root: RootDatabase, create: boolean): Tables | undefined {
  const tables: Partial<Record<keyof Tables, unknown>> = {};
  for (const [name, options] of Object.entries(tableOptions)) {
    const table: unknown = root.openDB(name, { ...options, ...{ create } });
    if (!table && !laterTables.has(name)) return undefined;
    tables[name as keyof Tables] = table;
  }
  return tables as Tables;
}
