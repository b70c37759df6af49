/**
 * The log beside what one would pick instead to keep events in Node: a plain table of SQLite with full sync, and Emmett on
 * SQLite. Each is given the same event, and answers when it is on disk.
 */
import { createRequire } from 'node:module';
import { DatabaseSync } from 'node:sqlite';
import { LmdbEventLog, type NewRecord } from '@shiplog/core';
import { compare } from './compare.ts';
import type { Host } from './host.ts';
import { record } from './logs.ts';
import { report } from './report.ts';

const batch = 1_000;
const stream = { namespace: 'default', task: 'web' };

interface EventStore extends AsyncDisposable {
  readonly name: string;
  /** One append of so many events. */
  append(count: number): Promise<void> | void;
  /** All events, decoded; gives how many. */
  read(): Promise<number> | number;
}

async function openShiplogLog(dir: string): Promise<EventStore> {
  const log = await LmdbEventLog.open(dir);
  return {
    name: 'shiplog',
    append: async (count) => {
      await log.append({ stream, expectedVersion: 'any', records: times(count, () => record) });
    },
    read: () => Iterator.from(log.read()).reduce((count) => count + 1, 0),
    [Symbol.asyncDispose]: () => log[Symbol.asyncDispose](),
  };
}

/** With a journal written ahead, which is its fastest way to be durable. */
function openSqliteTable(file: string): EventStore {
  const database = new DatabaseSync(file);
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE events (
      position INTEGER PRIMARY KEY, stream TEXT NOT NULL, version INTEGER NOT NULL, record TEXT NOT NULL,
      UNIQUE (stream, version)
    ) STRICT;
  `);
  const insert = database.prepare('INSERT INTO events VALUES (?, ?, ?, ?)');
  const select = database.prepare('SELECT record FROM events ORDER BY position');
  let position = 0;
  return {
    name: 'a table of SQLite (node:sqlite, WAL, synchronous = FULL)',
    append: (count) => {
      database.exec('BEGIN IMMEDIATE');
      for (const event of times(count, () => record)) {
        position += 1;
        const text = JSON.stringify({ position, ...stream, version: position, ...event });
        insert.run(position, `${stream.namespace}/${stream.task}`, position, text);
      }
      database.exec('COMMIT');
    },
    read: () => {
      let count = 0;
      for (const row of select.iterate()) {
        JSON.parse(String(row.record));
        count += 1;
      }
      return count;
    },
    [Symbol.asyncDispose]: async () => database.close(),
  };
}

/** As much of Emmett as is used here. */
interface Emmett {
  getSQLiteEventStore(options: { readonly fileName: string; readonly schema: { readonly autoMigration: string } }): {
    appendToStream(name: string, events: readonly EmmettEvent[]): Promise<unknown>;
    readStream(name: string): Promise<{ readonly events: readonly unknown[] }>;
  };
}

interface EmmettEvent {
  readonly type: string;
  readonly data: NewRecord['event'];
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Undefined where it is not installed. */
async function openEmmett(fileName: string): Promise<EventStore | undefined> {
  let emmett: Emmett;
  try {
    const from = createRequire(new URL('emmett/package.json', import.meta.url));
    emmett = from('@event-driven-io/emmett-sqlite') as Emmett;
  } catch {
    return undefined;
  }
  const store = emmett.getSQLiteEventStore({ fileName, schema: { autoMigration: 'CreateOrUpdate' } });
  const { type, event, ...metadata } = record;
  const one = { type, data: event, metadata: { ...metadata } };
  return {
    name: 'Emmett on SQLite (its defaults: WAL)',
    append: async (count) => {
      await store.appendToStream(
        'web',
        times(count, () => one),
      );
    },
    read: async () => (await store.readStream('web')).events.length,
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function times<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}

export async function benchEventStores(host: Host): Promise<void> {
  const { rounds, events } = host.scale;
  await using shiplog = await openShiplogLog(host.path('event-store'));
  await using table = openSqliteTable(host.path('table.db'));
  await using emmett = await openEmmett(host.path('emmett.db'));
  const stores = [shiplog, table, ...(emmett ? [emmett] : [])];
  const missing = emmett ? [] : ['Emmett: npm install --prefix test/bench/emmett first; it compiles its SQLite'];
  const appending = (count: number) => stores.map(({ name, append }) => ({ name, run: () => append(count) }));

  report(await compare({ work: 'event store, one durable event', sides: appending(1), missing, rounds: rounds * 5 }));
  const together = { work: `event store, ${batch} in one append`, pieces: batch, missing, rounds };
  report(await compare({ ...together, sides: appending(batch) }));

  // So many for each, whatever it has by now.
  const pieces = Math.max(batch, Math.floor(events / 3));
  for (const { append, read } of stores) {
    for (let count = await read(); count < pieces; count += batch) await append(batch);
  }
  const counts = await Promise.all(stores.map(({ read }) => read()));
  const sides = stores.map(({ name, read }) => ({ name, run: async () => void (await read()) }));
  const reading = { work: 'event store, all read', pieces: Math.min(...counts), missing };
  report(await compare({ ...reading, sides, rounds: Math.min(rounds, 5), warmup: 1 }));
}
