/**
 * Overwrites the bytes of blobs in `data.mdb`, wherever they stand. LMDB never writes in place: a page that changes is
 * written elsewhere, and the old one stays as it was until its place is needed. So a blob that is removed, or overwritten
 * through LMDB, is still in the file, perhaps several times.
 *
 * The file is searched without a lock, since that takes long. What was found is looked at again, and overwritten, inside a
 * write transaction: nobody else writes to the file then, and the places hold what they held, or are left alone. Only
 * bytes of values are touched, so that the tree stays whole for readers.
 */
import { closeSync, fdatasyncSync, openSync, readSync, writeSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sha256 } from '../kernel/identifiers.js';
import { keyOfSealed } from '../kernel/sealed.js';
import { sha256Of } from '../kernel/typed-any.js';
import { unavailable } from './lmdb-errors.js';
import { dataFile } from './lmdb-schema.js';
import type { LmdbStore } from './lmdb-store.js';

interface Needle {
  /** What is looked for, and overwritten. */
  readonly bytes: Buffer;
  /** Where it is overwritten; everywhere when absent. What stands in front of a value in a leaf of the tree is its key. */
  readonly behind?: Buffer;
}

interface Place {
  readonly needle: Needle;
  readonly offset: number;
}

const chunkLength = 4 << 20;
/** Where a value begins that is too long for a leaf, and has pages of its own: behind their header. */
const pageHeader = 24;
/** LMDB's pages are as long as the system's, which are this long, or a multiple of it. */
const pageLength = 4_096;
/** So long a value may have pages of its own. */
const ownPages = 1_024;
/** A key of secrets in pieces that no other data has: what is left of it when less than a piece is found is too little to try. */
const pieceLength = 8;

/**
 * @param archived what those are, or were, that left the log: their bytes may still stand in the file
 * @returns how many places were overwritten
 * @throws UnavailableError if the file cannot be read or written
 */
export async function wipeBlobs(
  store: LmdbStore,
  hashes: readonly Sha256[],
  archived: ReadonlyMap<Sha256, Uint8Array>,
): Promise<number> {
  store.refresh();
  const needles = hashes.flatMap((sha256) => {
    const value = store.tables.blobs.get(Buffer.from(sha256, 'hex')) ?? archived.get(sha256);
    // One that is damaged, or was overwritten before, says nothing of where its copies are.
    return value && sha256Of(value) === sha256 ? needlesOf(sha256, Buffer.from(value)) : [];
  });
  if (needles.length === 0) return 0;
  const path = join(store.dir, dataFile);
  try {
    const places = await search(path, needles);
    return store.transact(() => overwrite(path, places));
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
  if (!key) return value.length === 0 ? [] : [{ bytes: value, behind: Buffer.from(sha256, 'hex') }];
  const starts = Array.from({ length: key.length / pieceLength }, (_, index) => index * pieceLength);
  return starts.map((start) => ({ bytes: key.subarray(start, start + pieceLength) }));
}

async function search(path: string, needles: readonly Needle[]): Promise<readonly Place[]> {
  await using file = await open(path, 'r');
  const sought = needles.map(soughtOf);
  const overlap = Math.max(...sought.map((bytes) => bytes.length)) - 1;
  const buffer = Buffer.allocUnsafe(chunkLength + overlap);
  const found = new Map<string, Place>();
  for (let start = 0; ; start += chunkLength) {
    const length = await fill(file, buffer, start);
    const chunk = buffer.subarray(0, length);
    for (const [index, needle] of needles.entries()) {
      const bytes = sought[index] ?? needle.bytes;
      const lead = bytes.length - needle.bytes.length;
      for (let at = chunk.indexOf(bytes); at !== -1; at = chunk.indexOf(bytes, at + 1)) {
        found.set(`${index}:${start + at}`, { needle, offset: start + at + lead });
      }
    }
    if (length < buffer.length) return [...found.values()];
  }
}

/** With its key in front, a short value is not found where it is a part of something else. */
function soughtOf({ bytes, behind }: Needle): Buffer {
  return behind && bytes.length < ownPages ? Buffer.concat([behind, bytes]) : bytes;
}

async function fill(file: FileHandle, buffer: Buffer, start: number): Promise<number> {
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, start + length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return length;
}

/** Inside a write transaction. LMDB reads the file through the page cache, and so sees at once what is written here. */
function overwrite(path: string, places: readonly Place[]): number {
  const file = openSync(path, 'r+');
  const has = (bytes: Buffer, offset: number) => {
    const present = Buffer.alloc(bytes.length);
    return offset >= 0 && readSync(file, present, 0, present.length, offset) === bytes.length && present.equals(bytes);
  };
  const isValue = ({ bytes, behind }: Needle, offset: number) =>
    behind === undefined ||
    has(behind, offset - behind.length) ||
    (bytes.length >= ownPages && offset % pageLength === pageHeader);
  try {
    const there = places.filter(({ needle, offset }) => has(needle.bytes, offset) && isValue(needle, offset));
    for (const { needle, offset } of there) writeSync(file, Buffer.alloc(needle.bytes.length), 0, undefined, offset);
    fdatasyncSync(file);
    return there.length;
  } finally {
    closeSync(file);
  }
}
