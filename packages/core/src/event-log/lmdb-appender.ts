/**
 * The write side of a handle. Group commit: all appends that one turn of the event loop brings share a write
 * transaction. Each append in it stands or falls alone.
 */
import { setImmediate } from 'node:timers/promises';
import type { Sha256 } from '../kernel/identifiers.js';
import { type AppendPlan, type LogView, type PreparedAppend, planAppend, prepareAppend } from './append-plan.js';
import type { Append, Appended, Position } from './event-log.js';
import { LastWrite } from './last-write.js';
import { assertCut, cutOff } from './lmdb-base.js';
import { type StreamKey, streamPrefix } from './lmdb-keys.js';
import { versionOf } from './lmdb-lookup.js';
import { claimProjections, encodeVersions } from './lmdb-projections.js';
import { projectionKey } from './lmdb-schema.js';
import { assertDestroyed, type Destroyed } from './lmdb-shred.js';
import type { LmdbStore } from './lmdb-store.js';
import { catchUp, growTree } from './lmdb-tree.js';
import type { Projection } from './projection.js';

interface Waiting {
  readonly append: PreparedAppend;
  readonly destroyed: Destroyed;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: unknown) => void;
}

/** So many appends share a transaction at most: other processes wait for it. */
const maxBatch = 4_096;

export class LmdbAppender {
  readonly #store: LmdbStore;
  readonly #projections: readonly Projection[];
  readonly #encodedVersions: string;
  readonly #lastWrite = new LastWrite();
  readonly #waiting: Waiting[] = [];
  #draining: Promise<void> | undefined;

  constructor(store: LmdbStore, projections: readonly Projection[]) {
    this.#store = store;
    this.#projections = projections;
    this.#encodedVersions = encodeVersions(projections);
  }

  /**
   * @param destroyed of what the append shreds
   * @throws NotDestroyed if that was not all
   */
  append(append: Append, destroyed: Destroyed = new Map()): Promise<Appended> {
    const prepared = prepareAppend(append);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ append: prepared, destroyed, resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Resolves when no append waits any more. */
  async idle(): Promise<void> {
    await this.#draining;
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      await setImmediate();
      const batch = this.#waiting.splice(0, maxBatch);
      try {
        const { head, settle } = this.#store.transact(() => this.#appendAll(batch));
        for (const one of settle) one();
        this.#store.announce(head);
      } catch (error) {
        this.#lastWrite.forget();
        for (const { reject } of batch) reject(error);
      }
    }
    this.#draining = undefined;
  }

  /** Inside the write transaction; what it returns is for after the commit. */
  #appendAll(batch: readonly Waiting[]): { readonly head: Position; readonly settle: (() => void)[] } {
    const { tables } = this.#store;
    const transaction = tables.log.getWriteTxnId();
    const before = this.#lastWrite.begin(transaction) ?? this.#lookUp();
    let head = before;
    const leafHashes: Sha256[] = [];
    const projected: LogView['projected'] = (projection, key) => tables.projections.get(projectionKey(projection, key));
    const settle = batch.map(({ append, destroyed, resolve, reject }) => {
      const prefix = streamPrefix(append.stream);
      const version = this.#lastWrite.versionOf(prefix) ?? versionOf(tables, append.stream);
      let plan: AppendPlan;
      try {
        if (append.cut) assertCut(tables, append.cut, head);
        assertDestroyed(tables, append.shred, destroyed);
        plan = planAppend(append, { head, version, projected }, this.#projections);
      } catch (refusal) {
        return () => reject(refusal);
      }
      this.#write(append, plan, prefix);
      head += plan.encoded.length;
      leafHashes.push(...plan.appended.leafHashes);
      this.#lastWrite.wrote(prefix, plan.appended.version);
      return () => resolve(plan.appended);
    });
    growTree(tables, before, leafHashes);
    this.#lastWrite.end(transaction, head, head > before);
    return { head, settle };
  }

  #lookUp(): Position {
    claimProjections(this.#store, this.#projections, this.#encodedVersions);
    // Where records were taken away behind the log's back, their places stay empty: their hashes are evidence.
    return catchUp(this.#store.tables);
  }

  #write(append: PreparedAppend, { appended, encoded, projections }: AppendPlan, prefix: string): void {
    const { log, streams, blobs, payloads, projections: projected } = this.#store.tables;
    appended.records.forEach(({ position, version }, index) => {
      const streamKey: StreamKey = [prefix, version];
      // True, says lmdb-js, and its types do not: LMDB refuses a position that is not behind all others.
      const added: unknown = log.putSync(position, encoded[index] as string, { append: true });
      if (added !== true) throw new Error(`position ${position} is taken already`);
      streams.putSync(streamKey, position);
    });
    for (const [sha256, bytes] of append.blobs)
      blobs.putSync(Buffer.from(sha256, 'hex'), Buffer.from(bytes), { noOverwrite: true });
    for (const sha256 of append.shred) {
      blobs.removeSync(Buffer.from(sha256, 'hex'));
      payloads?.removeSync(Buffer.from(sha256, 'hex'));
    }
    if (append.cut) cutOff(this.#store.tables, append.cut);
    for (const [projection, key, value] of projections.changes()) {
      if (value) projected.putSync(projectionKey(projection, key), Buffer.from(value));
      else projected.removeSync(projectionKey(projection, key));
    }
  }
}
