/**
 * The first two pages of `data.mdb`: each begins a state of the whole file, and LMDB goes on from the newer one. What is
 * written here of LMDB's file is that of lmdb-js's (`MDB_DATA_VERSION` 2, 64 bits, little-endian).
 */
import { readSync } from 'node:fs';

/** Of every page. */
export const pageHeaderBytes = 24;

const magic = 0xbeefc0de;
const dataVersion = 2;
const metaBytes = 136;
const pageSizes = { least: 512, most: 32_768 };
/** In the meta page, behind its header. */
const at = { magic: 0, version: 4, free: 24, main: 72, lastPage: 120, transaction: 128 } as const;

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

/** The newer one; undefined where there are not two: this is no file of LMDB's, or not one of ours. */
export function readMetaPage(file: number): MetaPage | undefined {
  const first = readMeta(file, 0);
  const second = first && readMeta(file, first.pageSize);
  if (!first || !second) return undefined;
  return second.transaction > first.transaction ? second : first;
}

function readMeta(file: number, start: number): MetaPage | undefined {
  const meta = Buffer.alloc(metaBytes);
  if (readSync(file, meta, 0, metaBytes, start + pageHeaderBytes) < metaBytes) return undefined;
  if (meta.readUInt32LE(at.magic) !== magic || meta.readUInt32LE(at.version) !== dataVersion) return undefined;
  const pageSize = meta.readUInt32LE(at.free);
  const isSize = pageSize >= pageSizes.least && pageSize <= pageSizes.most && Number.isInteger(Math.log2(pageSize));
  if (!isSize) return undefined;
  return {
    pageSize,
    lastPage: readU64(meta, at.lastPage),
    transaction: readU64(meta, at.transaction),
    free: readTableHead(meta, at.free),
    main: readTableHead(meta, at.main),
  };
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

export function readU64(bytes: Buffer, start: number): number {
  return Number(bytes.readBigUInt64LE(start));
}
