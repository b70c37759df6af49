import type { Sha256 } from '../kernel/identifiers.js';
import type { LeafRun, TreeNode } from '../merkle/grow.js';
import { hashBytes } from '../merkle/hash.js';
import { decodeEvent } from './event-codec.js';
import type { StoredCheckpoint, StoredLog, StoredRecord, StreamEntry } from './event-log.js';
import { lmdbBase } from './lmdb-base.js';
import { streamOfPrefix } from './lmdb-keys.js';
import { storedVersions } from './lmdb-projections.js';
import { decodeStored } from './lmdb-reader.js';
import { projectionKey } from './lmdb-schema.js';
import { snapshotRange } from './lmdb-snapshots.js';
import type { LmdbStore } from './lmdb-store.js';
import { leafHashOfStored, runOf } from './lmdb-tree.js';

/** From the first key, also where it is none of ours: lmdb-js would begin with one of its own. */
const all = { start: undefined as unknown as number };

/** All of its reading is in the one snapshot that begins here: nothing in between lets it go. */
export function storedLog(store: LmdbStore, origin: string): StoredLog {
  store.refresh();
  const { tables } = store;
  return {
    origin,
    base: lmdbBase(store),
    *records(): Iterable<StoredRecord> {
      for (const { key: position, value: text } of tables.log.getRange(all)) {
        const leafHash = leafHashOfStored(tables.log, position, text);
        const decoded = decodeStored(tables, position, text, decodeEvent);
        yield { position, leafHash, decoded, whole: () => decodeStored(tables, position, text) };
      }
    },
    *streams(): Iterable<StreamEntry> {
      let known = '';
      let stream = streamOfPrefix(known);
      for (const { key, value: position } of tables.streams.getRange(all)) {
        const [prefix, version] = key;
        // Those of a stream come one after the other, and share it.
        if (prefix !== known) [known, stream] = [prefix, streamOfPrefix(prefix)];
        yield { stream, version, position };
      }
    },
    *leaves(): Iterable<LeafRun> {
      for (const { key, value } of tables.leaves.getRange(all)) yield runOf(key, value);
    },
    *nodes(): Iterable<TreeNode> {
      for (const { key, value } of tables.tree.getRange(all)) {
        const hash = value.length === hashBytes ? value.toString('hex') : '';
        yield { level: key[0], index: key[1], hash: hash as Sha256 };
      }
    },
    *checkpoints(): Iterable<StoredCheckpoint> {
      for (const { key: size, value: note } of tables.checkpoints.getRange(all)) yield { size, note };
    },
    keys: () => (tables.meta.get('keys') ?? '').split('\n').filter((key) => key !== ''),
    *blobs() {
      for (const { key, value } of tables.blobs.getRange(all)) yield [key.toString('hex'), value];
    },
    projectionVersion: (projection) => storedVersions(store)[projection],
    *projected(projection) {
      const prefix = projectionKey(projection, '');
      for (const { key, value } of tables.projections.getRange({ start: prefix })) {
        if (!key.startsWith(prefix)) return;
        yield [key.slice(prefix.length), value];
      }
    },
    *snapshots(series) {
      for (const { key, value } of tables.snapshots?.getRange(snapshotRange(series)) ?? []) {
        yield { position: key[1], bytes: value };
      }
    },
  };
}
