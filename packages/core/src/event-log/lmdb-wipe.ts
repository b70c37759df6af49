/**
 * Overwrites the bytes of blobs in `data.mdb`, wherever they stand. LMDB never writes in place: a page that changes is
 * written elsewhere, and the old one stays as it was until its place is needed. So a blob that is removed, or overwritten
 * through LMDB, is still in the file, perhaps several times.
 *
 * The file is searched without a lock, since that takes long. What was found is looked at again, and overwritten, inside a
 * write transaction: nobody else writes to the file then, and the places hold what they held, or are left alone. Only
 * bytes of values are touched, so that the tree stays whole for readers.
 *
 * Whoever writes to the file while it is searched may copy a page to where the search has been. So then it is searched again,
 * before anything is overwritten, since from what is left the others can be found; and where somebody writes all the time, with
 * the write lock held, in the end.
 */
import { closeSync, fdatasyncSync, openSync, readSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sha256 } from '../kernel/identifiers.js';
import { keyOfSealed } from '../kernel/sealed.js';
import { unavailable } from './lmdb-errors.js';
import { pageHeaderBytes, readMetaPage, readPageTransaction } from './lmdb-meta-pages.js';
import { storedPayload } from './lmdb-payloads.js';
import { dataFile } from './lmdb-schema.js';
import type { LmdbStore } from './lmdb-store.js';

interface Needle {
  readonly sha256: Sha256;
  /** What is looked for, and overwritten. */
  readonly bytes: Buffer;
  /** Where it is overwritten; everywhere when absent. What stands in front of a value in a leaf of the tree is its key. */
  readonly behind?: Buffer;
}

interface Place {
  readonly needle: Needle;
  readonly offset: number;
}

/** So often it is searched while others may write. */
const attempts = 3;
const chunkLength = 4 << 20;
/** LMDB's pages are as long as the system's, which are this long, or a multiple of it. */
const pageLength = 4_096;
/** So long a value may have pages of its own, and begins behind their header. */
const ownPages = 1_024;
/** A key of secrets in pieces that no other data has: what is left of it when less than a piece is found is too little to try. */
const pieceLength = 8;

/**
 * @param archived what those are, or were, that left the log: their bytes may still stand in the file
 * @throws UnavailableError if the file cannot be read or written
 */
export async function wipeBlobs(
  store: LmdbStore,
  hashes: readonly Sha256[],
  archived: ReadonlyMap<Sha256, Uint8Array>,
): Promise<void> {
  store.refresh();
  const { blobs, log } = store.tables;
  const values = new Map<Sha256, Buffer>();
  for (const sha256 of hashes) {
    // One that is damaged, or was overwritten before, says nothing of where its copies are.
    const value = storedPayload(store.tables, sha256) ?? archived.get(sha256);
    if (value && value.length > 0) values.set(sha256, Buffer.from(value));
  }
  const needles = Array.from(values, ([sha256, value]) => needlesOf(sha256, value)).flat();
  if (needles.length === 0) return;
  const path = join(store.dir, dataFile);
  try {
    for (let attempt = 1; ; attempt += 1) {
      const before = store.transact(() => log.getWriteTxnId());
      const places = await search(path, needles);
      const isDone = store.transact(() => {
        // LMDB gives a number again where nothing was written.
        const isWhole = log.getWriteTxnId() === before;
        if (!isWhole && attempt < attempts) return false;
        overwrite(path, isWhole ? places : searchNow(path, needles));
        const kept = [...values].filter(([sha256]) => storedPayload(store.tables, sha256));
        for (const [sha256, value] of kept) blobs.putSync(Buffer.from(sha256, 'hex'), Buffer.alloc(value.length));
        return true;
      });
      if (isDone) return;
    }
  } catch (error) {
    throw unavailable('cannot shred in', store.dir, error);
  }
}

/**
 * Of sealed secrets the key is enough, and no other data has a piece of it. All else is overwritten whole, and only where
 * a value stands: others may have the same bytes within them.
 */
function needlesOf(sha256: Sha256, value: Buffer): readonly Needle[] {
  const key = keyOfSealed(value);
  if (!key) return [{ sha256, bytes: value, behind: Buffer.from(sha256, 'hex') }];
  const starts = Array.from({ length: key.length / pieceLength }, (_, index) => index * pieceLength);
  return starts.map((start) => ({ sha256, bytes: key.subarray(start, start + pieceLength) }));
}

async function search(path: string, needles: readonly Needle[]): Promise<readonly Place[]> {
  const found = new Search(needles);
  await using file = await open(path, 'r');
  for (let start = 0; ; start += chunkLength) {
    const { buffer } = found;
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read) {
      read = (await file.read(buffer, length, buffer.length - length, start + length)).bytesRead;
    }
    if (!found.look(start, length)) return found.places;
  }
}

/** The same in one go. */
function searchNow(path: string, needles: readonly Needle[]): readonly Place[] {
  const found = new Search(needles);
  const file = openSync(path, 'r');
  try {
    for (let start = 0; ; start += chunkLength) {
      const { buffer } = found;
      let length = 0;
      for (let read = -1; read !== 0 && length < buffer.length; length += read) {
        read = readSync(file, buffer, length, buffer.length - length, start + length);
      }
      if (!found.look(start, length)) return found.places;
    }
  } finally {
    closeSync(file);
  }
}

class Search {
  /** For a chunk, and as much of the next one as a needle may reach into. */
  readonly buffer: Buffer;
  readonly #needles: readonly Needle[];
  readonly #sought: readonly Buffer[];
  readonly #found = new Map<string, Place>();

  constructor(needles: readonly Needle[]) {
    this.#needles = needles;
    this.#sought = needles.map(soughtOf);
    this.buffer = Buffer.allocUnsafe(chunkLength + Math.max(...this.#sought.map((bytes) => bytes.length)) - 1);
  }

  get places(): readonly Place[] {
    return [...this.#found.values()];
  }

  /** In what was read from `start` on; whether there may be more behind it. */
  look(start: number, length: number): boolean {
    const chunk = this.buffer.subarray(0, length);
    for (const [index, needle] of this.#needles.entries()) {
      const bytes = this.#sought[index] ?? needle.bytes;
      const lead = bytes.length - needle.bytes.length;
      for (let at = chunk.indexOf(bytes); at !== -1; at = chunk.indexOf(bytes, at + 1)) {
        this.#found.set(`${index}:${start + at}`, { needle, offset: start + at + lead });
      }
    }
    return length === this.buffer.length;
  }
}

/** With its key in front, a short value is not found where it is a part of something else. */
function soughtOf({ bytes, behind }: Needle): Buffer {
  return behind && bytes.length < ownPages ? Buffer.concat([behind, bytes]) : bytes;
}

/**
 * Inside a write transaction. LMDB reads the file through the page cache, and so sees at once what is written here. The newest
 * copy of each is the one that the tables have, and tells what all others are: it goes when those are gone for good.
 */
function overwrite(path: string, places: readonly Place[]): void {
  const file = openSync(path, 'r+');
  try {
    const there = places
      .filter((place) => isThere(file, place))
      .map((place) => ({ ...place, age: ageOf(file, place) }));
    const newest = new Map<Sha256, number>();
    for (const { needle, age } of there) newest.set(needle.sha256, Math.max(age, newest.get(needle.sha256) ?? 0));
    const isNewest = ({ needle, age }: (typeof there)[number]) => age === newest.get(needle.sha256);
    for (const copies of [there.filter((place) => !isNewest(place)), there.filter(isNewest)]) {
      for (const { start, end } of stretchesOf(copies)) {
        writeSync(file, Buffer.alloc(end - start), 0, end - start, start);
      }
      if (copies.length > 0) fdatasyncSync(file);
    }
  } finally {
    closeSync(file);
  }
}

/** The pieces of a key that stand together are overwritten at once: from what was left of it the others could not be found. */
function stretchesOf(places: readonly Place[]): readonly { readonly start: number; readonly end: number }[] {
  const stretches: { start: number; end: number }[] = [];
  for (const { needle, offset } of [...places].sort((left, right) => left.offset - right.offset)) {
    const end = offset + needle.bytes.length;
    const last = stretches.at(-1);
    if (last && offset <= last.end) last.end = Math.max(last.end, end);
    else stretches.push({ start: offset, end });
  }
  return stretches;
}

function isThere(file: number, { needle: { bytes, behind }, offset }: Place): boolean {
  if (!has(file, bytes, offset)) return false;
  const isLong = bytes.length >= ownPages && offset % pageLength === pageHeaderBytes;
  return behind === undefined || isLong || has(file, behind, offset - behind.length);
}

function has(file: number, bytes: Buffer, offset: number): boolean {
  const present = Buffer.alloc(bytes.length);
  return offset >= 0 && readSync(file, present, 0, present.length, offset) === bytes.length && present.equals(bytes);
}

/** The transaction that wrote the page: a copy is older than what it was copied to. */
function ageOf(file: number, { offset }: Place): number {
  const { pageSize = pageLength } = readMetaPage(file) ?? {};
  return readPageTransaction(file, Math.floor(offset / pageSize) * pageSize);
}
