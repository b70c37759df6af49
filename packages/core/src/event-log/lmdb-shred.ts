/**
 * Destroys the bytes of payloads wherever they stand: in `data.mdb`, and in the files of archives. All is read, and every file
 * opened, before anything is overwritten, and what tells where the rest is goes last: the copy in the archive, and of those in
 * `data.mdb` the newest. So whatever cuts this short, doing it again finishes it.
 *
 * Others archive, and store, meanwhile: whether it was all is known only in the write transaction that records it.
 */
import { closeSync, openSync } from 'node:fs';
import type { Sha256 } from '../kernel/identifiers.js';
import { pathOfPayload, placeOfPayload, storedPayload, tried } from './lmdb-payloads.js';
import type { Tables } from './lmdb-schema.js';
import type { LmdbStore } from './lmdb-store.js';
import { wipeBlobs } from './lmdb-wipe.js';
import type { ArchivedPayload } from './log-base.js';
import { payloadIn, wipeIn } from './payload-file.js';

/** What was destroyed in the files of archives. */
export type Destroyed = ReadonlyMap<Sha256, ArchivedPayload>;

/** Since a shredding has looked, a payload came to stand somewhere else: it is to be done again. */
export class NotDestroyed extends Error {}

/** @throws UnavailableError if a file is not there, or cannot be written */
export async function destroyPayloads(store: LmdbStore, hashes: readonly Sha256[]): Promise<Destroyed> {
  store.refresh();
  using files = new OpenFiles();
  const archived = hashes.flatMap((sha256) => {
    const place = placeOfPayload(store.tables, sha256);
    if (!place) return [];
    const path = pathOfPayload(store, sha256, place);
    return [{ sha256, place, path, bytes: tried(path, () => payloadIn(files.of(path), sha256, place)) }];
  });
  const known = new Map(archived.flatMap(({ sha256, bytes }) => (bytes ? [[sha256, bytes] as const] : [])));
  await wipeBlobs(store, hashes, known);
  for (const { place, path } of archived) tried(path, () => wipeIn(files.of(path), place));
  return new Map(archived.map(({ sha256, place }) => [sha256, place]));
}

/** Inside the write transaction that records it. @throws NotDestroyed */
export function assertDestroyed(tables: Tables, hashes: readonly Sha256[], destroyed: Destroyed): void {
  for (const sha256 of hashes) {
    const place = placeOfPayload(tables, sha256);
    // Of an empty one there is nothing to destroy.
    const isStored = (storedPayload(tables, sha256)?.length ?? 0) > 0;
    if (isStored || (place && !isSame(place, destroyed.get(sha256)))) throw new NotDestroyed(sha256);
  }
}

function isSame({ last, offset, length }: ArchivedPayload, other: ArchivedPayload | undefined): boolean {
  return other?.last === last && other.offset === offset && other.length === length;
}

/** Each is opened once. */
class OpenFiles implements Disposable {
  readonly #files = new Map<string, number>();

  of(path: string): number {
    const file = this.#files.get(path) ?? openSync(path, 'r+');
    this.#files.set(path, file);
    return file;
  }

  [Symbol.dispose](): void {
    for (const file of this.#files.values()) closeSync(file);
  }
}
