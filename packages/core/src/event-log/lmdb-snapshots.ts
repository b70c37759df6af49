import { UnavailableError } from '../kernel/errors.js';
import type { Position } from './event-log.js';
import type { StreamKey } from './lmdb-keys.js';
import { lastKey, type Tables } from './lmdb-schema.js';
import type { LmdbStore } from './lmdb-store.js';
import { checkSeries } from './snapshot-series.js';
import type { Snapshot, SnapshotStore } from './snapshot-store.js';

/** So many are looked at in one go, each time in the newest state of the file. */
const chunkSize = 256;

type Table = NonNullable<Tables['snapshots']>;

export class LmdbSnapshots implements SnapshotStore {
  readonly #store: LmdbStore;

  constructor(store: LmdbStore) {
    this.#store = store;
  }

  get writable(): boolean {
    return !this.#store.readOnly;
  }

  *newestFirst(series: string, until: Position = lastKey): Iterable<Snapshot> {
    // The first is often the last that is wanted.
    for (let start = until, limit = 1; start > 0; limit = chunkSize) {
      const range = { start: [prefixOf(series), start], end: [prefixOf(series), 0], reverse: true, limit };
      const chunk = [...(this.#table()?.getRange(range) ?? [])];
      for (const { key, value } of chunk) yield { position: key[1], bytes: value };
      if (chunk.length < limit) return;
      start = (chunk.at(-1)?.key[1] ?? 1) - 1;
    }
  }

  next(series: string, from: Position): Snapshot | undefined {
    const range = { start: [prefixOf(series), from], end: [prefixOf(series), lastKey], limit: 1 };
    for (const { key, value } of this.#table()?.getRange(range) ?? []) {
      return { position: key[1], bytes: value };
    }
    return undefined;
  }

  series(): readonly string[] {
    const table = this.#table();
    const names: string[] = [];
    const first = (start: StreamKey) => [...(table?.getKeys({ start, limit: 1 }) ?? [])][0];
    for (let key = first(['', 0]); key; key = first([key[0], lastKey])) names.push(key[0].slice(0, -1));
    return names;
  }

  put(snapshots: readonly (Snapshot & { readonly series: string })[]): void {
    for (const { series } of snapshots) checkSeries(series);
    this.#write((table) => {
      for (const { series, position, bytes } of snapshots) {
        table.putSync([prefixOf(series), position], Buffer.from(bytes));
      }
    });
  }

  drop(series: string): void {
    this.#write((table) => {
      for (const key of [...table.getKeys(snapshotRange(series))]) table.removeSync(key);
    });
  }

  /** As of now. */
  #table(): Table | undefined {
    this.#store.refresh();
    return this.#store.tables.snapshots;
  }

  #write(work: (table: Table) => void): void {
    const { dir, readOnly, tables } = this.#store;
    const { snapshots } = tables;
    if (readOnly || !snapshots) throw new UnavailableError(`the log in ${dir} was opened for reading only`);
    this.#store.transact(() => work(snapshots));
  }
}

/** All of a series, the oldest first. */
export function snapshotRange(series: string) {
  return { start: [prefixOf(series), 0] as StreamKey, end: [prefixOf(series), lastKey] as StreamKey };
}

function prefixOf(series: string): string {
  return `${series}\0`;
}
