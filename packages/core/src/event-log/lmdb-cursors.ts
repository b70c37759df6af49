import { UnavailableError } from '../kernel/errors.js';
import { decodeCursor, encodeCursor, tryDecodeCursor } from './cursor-codec.js';
import type { Cursor, CursorChange, CursorStore } from './cursor-store.js';
import type { Tables } from './lmdb-schema.js';
import type { LmdbStore } from './lmdb-store.js';

/** Before every name that there can be. */
const firstName = '\u0001';

type Table = NonNullable<Tables['cursors']>;

export class LmdbCursors implements CursorStore {
  readonly #store: LmdbStore;

  constructor(store: LmdbStore) {
    this.#store = store;
  }

  all(onDamage?: (name: string) => void): readonly Cursor[] {
    this.#store.refresh();
    return [...(this.#store.tables.cursors?.getRange({ start: firstName }) ?? [])].flatMap(({ key, value }) => {
      const cursor = tryDecodeCursor(key, value);
      if (!cursor) onDamage?.(key);
      return cursor ?? [];
    });
  }

  get(name: string): Cursor | undefined {
    this.#store.refresh();
    return this.#stored(name);
  }

  change(name: string, change: CursorChange): Cursor | undefined {
    // What is refused is no failure of the store.
    const { after, refusal } = this.#transact((table) => {
      try {
        const before = this.#stored(name);
        const made = change(before);
        if (made !== before) write(table, name, made);
        return { after: made, refusal: undefined };
      } catch (error) {
        return { after: undefined, refusal: { error } };
      }
    });
    if (refusal) throw refusal.error;
    return after;
  }

  drop(name: string): boolean {
    return this.#transact((table) => table.removeSync(name));
  }

  #stored(name: string): Cursor | undefined {
    const text = this.#store.tables.cursors?.get(name);
    return text === undefined ? undefined : decodeCursor(name, text);
  }

  #transact<T>(work: (table: Table) => T): T {
    const { dir, readOnly, tables } = this.#store;
    const { cursors } = tables;
    if (readOnly || !cursors) throw new UnavailableError(`the log in ${dir} was opened for reading only`);
    this.#store.refresh();
    return this.#store.transact(() => work(cursors));
  }
}

function write(table: Table, name: string, cursor: Cursor | undefined): void {
  if (cursor) table.putSync(name, encodeCursor(cursor));
  else table.removeSync(name);
}
