/**
 * Which projections are up to date. `meta` lists those that every append went through, with their versions; a
 * projection that is not listed, or with another version, is made anew from where the log begins.
 */
import { UnavailableError } from '../kernel/errors.js';
import { lmdbBase } from './lmdb-base.js';
import { decodeStored } from './lmdb-reader.js';
import { projectionKey } from './lmdb-schema.js';
import type { LmdbStore } from './lmdb-store.js';
import type { Projection } from './projection.js';
import { isDamage } from './record-codec.js';
import { StagedProjections } from './staged-projections.js';

type Versions = Readonly<Record<string, number>>;

/** None where the list was damaged: whoever writes makes all of them anew (P8). */
export function storedVersions(store: LmdbStore): Versions {
  try {
    const listed: unknown = JSON.parse(store.tables.meta.get('projections') ?? '{}');
    return typeof listed === 'object' && listed !== null ? (listed as Versions) : {};
  } catch {
    return {};
  }
}

/** The list as it stands in `meta` when these projections, and no others, are up to date. */
export function encodeVersions(projections: readonly Projection[]): string {
  const byName = projections.map(({ name, version }): [string, number] => [name, version]);
  return JSON.stringify(Object.fromEntries(byName.sort()));
}

export function staleProjections(store: LmdbStore, projections: readonly Projection[]): readonly Projection[] {
  const stored = storedVersions(store);
  return projections.filter(({ name, version }) => stored[name] !== version);
}

/** On opening, inside a write transaction. Others' projections stay as they are. */
export function rebuildStale(store: LmdbStore, projections: readonly Projection[]): void {
  const stale = staleProjections(store, projections);
  rebuild(store, stale);
  const versions = new Map(Object.entries(storedVersions(store)));
  for (const { name, version } of stale) versions.set(name, version);
  const listed = [...versions].map(([name, version]) => ({ name, version, apply: () => undefined }));
  store.tables.meta.putSync('projections', encodeVersions(listed));
}

/**
 * Before appending, inside a write transaction: afterwards the list holds these projections and no others, since the
 * others will not see what is appended.
 *
 * @throws UnavailableError if a program with another version of a projection has opened the log since
 */
export function claimProjections(store: LmdbStore, projections: readonly Projection[], encoded: string): void {
  if (store.tables.meta.get('projections') === encoded) return;
  const stored = storedVersions(store);
  for (const { name, version } of projections) {
    if (stored[name] === undefined || stored[name] === version) continue;
    throw new UnavailableError(
      `another version of this program has opened the log in ${store.dir} since: restart this one`,
      { details: { projection: name, version, stored: stored[name] } },
    );
  }
  rebuild(store, staleProjections(store, projections));
  store.tables.meta.putSync('projections', encoded);
}

function rebuild(store: LmdbStore, projections: readonly Projection[]): void {
  if (projections.length === 0) return;
  const { log, projections: table } = store.tables;
  for (const { name } of projections) clear(store, name);
  const base = lmdbBase(store);
  for (const { name } of projections) {
    for (const [key, value] of base.foldedEntries(name)) table.putSync(projectionKey(name, key), Buffer.from(value));
  }
  const staged = new StagedProjections((name, key) => base.folded(name, key));
  for (const { key, value } of log.getRange({ start: 1 })) {
    const record = decodeStored(store.tables, key, value);
    if (isDamage(record)) continue; // P8
    for (const projection of projections) staged.apply(projection, record);
  }
  for (const [projection, key, value] of staged.changes()) {
    if (value) table.putSync(projectionKey(projection, key), Buffer.from(value));
    else table.removeSync(projectionKey(projection, key));
  }
}

function clear(store: LmdbStore, projection: string): void {
  const table = store.tables.projections;
  const prefix = projectionKey(projection, '');
  const keys: string[] = [];
  for (const key of table.getKeys({ start: prefix })) {
    if (!key.startsWith(prefix)) break;
    keys.push(key);
  }
  for (const key of keys) table.removeSync(key);
}
