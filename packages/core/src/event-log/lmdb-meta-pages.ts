/**
 * The first two pages of `data.mdb`: each begins a state of the whole file, and LMDB goes on from the newer one. What is
 * written here of LMDB's file is that of lmdb-js's (`MDB_DATA_VERSION` 2, 64 bits, little-endian).
 */
import { readSync } from 'node:fs';

/** Of every page. */
export const pageHeaderBytes = 24;
/** In the header: the number of the transaction that wrote the page. */
export const pageTransactionAt = 8;

const magic = 0xbeefc0de;
const dataVersion = 2;
/** LMDB's `MDB_INTEGERKEY`, among the flags of a table. */
export const integerKey = 0x08;
const metaBytes = 136;
const pageSizes = { least: 512, most: 32_768 };
/** As much as no log has, and every address space: LMDB could map no more. */
const mostBytes = 2 ** 44;
/** In the header of the page. */
const flags = { at: 18, meta: 0x08 } as const;
/** In the meta page, behind its header. */
const at = { magic: 0, version: 4, mapSize: 16, free: 24, main: 72, lastPage: 120, transaction: 128 } as const;

/** LMDB's `MDB_db`: one table, as the file has it. */
export interface TableHead {
  readonly flags: number;
  readonly depth: number;
  readonly branchPages: number;
  readonly leafPages: number;
  readonly overflowPages: number;
  readonly entries: number;
  /** Undefined of an empty table. */
  readonly root: number | undefined;
}

export const tableHeadBytes = 48;

export interface MetaPage {
  readonly pageSize: number;
  readonly lastPage: number;
  readonly transaction: number;
  /** Pages that are free, by the transaction that freed them. */
  readonly free: TableHead;
  /** The heads of all tables, by name. */
  readonly main: TableHead;
}

/** The newer one; undefined where there are not two that LMDB could open: this is no file of LMDB's, or not one of ours. */
export function readMetaPage(file: number): MetaPage | undefined {
  return readMetaPages(file)?.[0];
}

/** Both, the newer one first. */
export function readMetaPages(file: number): readonly [newer: MetaPage, older: MetaPage] | undefined {
  const first = readMeta(file, 0);
  const second = first && readMeta(file, first.pageSize);
  if (!first || second?.pageSize !== first.pageSize) return undefined;
  return second.transaction > first.transaction ? [second, first] : [first, second];
}

function readMeta(file: number, start: number): MetaPage | undefined {
  const page = Buffer.alloc(pageHeaderBytes + metaBytes);
  if (readSync(file, page, 0, page.length, start) < page.length) return undefined;
  const meta = page.subarray(pageHeaderBytes);
  if (meta.readUInt32LE(at.magic) !== magic || meta.readUInt32LE(at.version) !== dataVersion) return undefined;
  const pageSize = meta.readUInt32LE(at.free);
  const isSize = pageSize >= pageSizes.least && pageSize <= pageSizes.most && Number.isInteger(Math.log2(pageSize));
  const lastPage = readU64(meta, at.lastPage);
  const free = readTableHead(meta, at.free);
  const isMapped = readU64(meta, at.mapSize) <= mostBytes && lastPage * pageSize < mostBytes;
  // Flags of the environment stand here, too; none is ours.
  if (page.readUInt16LE(flags.at) !== flags.meta || !isSize || !isMapped || (free.flags & ~integerKey) !== 0)
    return undefined;
  return { pageSize, lastPage, transaction: readU64(meta, at.transaction), free, main: readTableHead(meta, at.main) };
}

export function readTableHead(bytes: Buffer, start: number): TableHead {
  const root = bytes.readBigUInt64LE(start + 40);
  return {
    flags: bytes.readUInt16LE(start + 4),
    depth: bytes.readUInt16LE(start + 6),
    branchPages: readU64(bytes, start + 8),
    leafPages: readU64(bytes, start + 16),
    overflowPages: readU64(bytes, start + 24),
    entries: readU64(bytes, start + 32),
    root: root === 2n ** 64n - 1n ? undefined : Number(root),
  };
}

/** Which transaction wrote a page. */
export function readPageTransaction(file: number, start: number): number {
  const number = Buffer.alloc(8);
  readSync(file, number, 0, number.length, start + pageTransactionAt);
  return readU64(number, 0);
}

export function readU64(bytes: Buffer, start: number): number {
  return bytes.readUInt32LE(start) + bytes.readUInt32LE(start + 4) * 2 ** 32;
}
