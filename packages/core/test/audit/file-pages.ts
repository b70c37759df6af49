/** The bytes of `data.mdb`, as somebody changes them who goes past LMDB. */
import { closeSync, openSync } from 'node:fs';
import { type MetaPage, readMetaPages } from '../../src/event-log/lmdb-meta-pages.js';

const pageBytes = 4096;
const headerBytes = 24;
/** Of the last page of the newest state, and of its transaction: in the first two pages. */
export const inMeta = { lastPage: headerBytes + 120, transaction: headerBytes + 128 } as const;
/** Of a page's transaction. */
export const inPage = { transaction: 8 } as const;

export function start(page: number): number {
  return page * pageBytes;
}

export function metasOf(path: string): readonly [newer: MetaPage, older: MetaPage] {
  const file = openSync(path, 'r');
  try {
    const metas = readMetaPages(file);
    if (!metas) throw new Error(`${path} is no file of LMDB's`);
    return metas;
  } finally {
    closeSync(file);
  }
}

/** Of the first two pages, the one that has the newest state. */
export function newestOf({ transaction }: MetaPage): number {
  return transaction % 2;
}

/** Where the places of a page's nodes stand; and of each node where its data begin. */
export function nodesOf(bytes: Buffer, page: number): readonly { readonly pointer: number; readonly data: number }[] {
  const begin = start(page) + headerBytes;
  return Array.from({ length: bytes.readUInt16LE(start(page) + 20) / 2 }, (_, index) => {
    const pointer = begin + 2 * index;
    const node = begin + bytes.readUInt16LE(pointer);
    return { pointer, data: node + 8 + bytes.readUInt16LE(node + 6) };
  });
}
