/**
 * Whether the pages of `data.mdb` hang together. LMDB believes what it finds in them: a page that is not there, or an offset that
 * points out of one, ends the process. So whoever has reason for doubt looks here first.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import {
  integerKey,
  type MetaPage,
  pageHeaderBytes,
  readMetaPage,
  readMetaPages,
  readTableHead,
  readU64,
  type TableHead,
  tableHeadBytes,
} from './lmdb-meta-pages.js';

const kinds = { branch: 0x01, leaf: 0x02, overflow: 0x04 } as const;
/** In the header of a page; bounds, and the offsets behind them, are counted from the header's end. */
const at = { page: 0, flags: 18, lower: 20, upper: 22 } as const;
const nodeBytes = 8;
const nodeFlags = { bigData: 0x01, table: 0x02 } as const;
/** Where data is too large for a page: LMDB's `MDB_ovpage`. */
const overflowRefBytes = 24;
const mostDepth = 32;
const attempts = 5;

/** What is wrong with the first page that is; undefined where all hang together. @throws what the file system does */
export function pageFault(path: string): string | undefined {
  const file = openSync(path, constants.O_RDONLY);
  try {
    for (let attempt = 1; ; attempt += 1) {
      const metas = readMetaPages(file);
      if (!metas) return 'its first two pages are not those of a log';
      const [meta] = metas;
      const fault = turnFault(metas) ?? new PageCheck(file, meta).run();
      if (fault === undefined) return undefined;
      // Where somebody writes meanwhile, pages of the state that was looked at are used again.
      if (readMetaPage(file)?.transaction === meta.transaction) return fault;
      if (attempt === attempts) return undefined;
    }
  } finally {
    closeSync(file);
  }
}

/** Transaction n writes the first page if n is even, the second one if not: so there are the last two, or none yet. */
function turnFault([newer, older]: readonly [MetaPage, MetaPage]): string | undefined {
  const isNew = newer.transaction === 0 && older.transaction === 0;
  if (isNew || newer.transaction - older.transaction === 1) return undefined;
  return `it ends with transactions ${older.transaction} and ${newer.transaction}`;
}

/** Whether the file is shorter than its newest state; it may be, where nothing is on its last pages. */
export function isShort(path: string): boolean | undefined {
  const file = openSync(path, constants.O_RDONLY);
  try {
    const meta = readMetaPage(file);
    return meta && fstatSync(file).size < (meta.lastPage + 1) * meta.pageSize;
  } finally {
    closeSync(file);
  }
}

class Fault extends Error {}

interface Counts {
  branchPages: number;
  leafPages: number;
  overflowPages: number;
  entries: number;
}

class PageCheck {
  readonly #file: number;
  readonly #meta: MetaPage;
  readonly #seen = new Set<number>();
  readonly #pages: number;

  constructor(file: number, meta: MetaPage) {
    this.#file = file;
    this.#meta = meta;
    this.#pages = Math.min(meta.lastPage + 1, Math.floor(fstatSync(file).size / meta.pageSize));
  }

  run(): string | undefined {
    try {
      this.#table('free pages', this.#meta.free);
      const tables = this.#table('tables', this.#meta.main);
      for (const [name, head] of tables) {
        if (head.flags !== 0) throw new Fault(`table ${name} has flags that none of ours has`);
        this.#table(`table ${name}`, head);
      }
      return undefined;
    } catch (fault) {
      if (fault instanceof Fault) return fault.message;
      throw fault;
    }
  }

  /** Returns the tables whose heads stand in it. */
  #table(name: string, head: TableHead): readonly (readonly [name: string, head: TableHead])[] {
    const counts: Counts = { branchPages: 0, leafPages: 0, overflowPages: 0, entries: 0 };
    const tables: [string, TableHead][] = [];
    if ((head.flags & ~integerKey) !== 0) throw new Fault(`${name}: it has flags that none of ours has`);
    if (head.root !== undefined) this.#visit(name, head.root, head.depth, counts, tables);
    for (const key of Object.keys(counts) as (keyof Counts)[]) {
      if (counts[key] !== head[key]) throw new Fault(`${name}: ${key} are ${counts[key]}, where ${head[key]} belong`);
    }
    return tables;
  }

  #visit(name: string, number: number, depth: number, counts: Counts, tables: [string, TableHead][]): void {
    const page = this.#page(name, number, 1);
    const flags = page.readUInt16LE(at.flags);
    const wanted = depth > 1 ? kinds.branch : kinds.leaf;
    if (flags !== wanted || depth < 1 || depth > mostDepth)
      throw new Fault(`${name}: page ${number} is of another kind`);
    const [lower, upper] = [page.readUInt16LE(at.lower), page.readUInt16LE(at.upper)];
    if (lower > upper || pageHeaderBytes + upper > page.length || lower % 2 !== 0) {
      throw new Fault(`${name}: page ${number} has no sensible bounds`);
    }
    const offsets = Array.from(
      { length: lower / 2 },
      (_, index) => pageHeaderBytes + page.readUInt16LE(pageHeaderBytes + 2 * index),
    );
    if (offsets.length === 0) throw new Fault(`${name}: page ${number} is empty`);
    if (depth > 1) counts.branchPages += 1;
    else counts.leafPages += 1;
    for (const [index, offset] of offsets.entries()) {
      const inPage = offset >= pageHeaderBytes + upper && offset + nodeBytes <= page.length;
      const data = inPage ? offset + nodeBytes + page.readUInt16LE(offset + 6) : page.length + 1;
      // The first key of a branch is never looked at, and may be empty.
      const isKeyed = inPage && (page.readUInt16LE(offset + 6) > 0 || (depth > 1 && index === 0));
      if (!isKeyed || data > page.length) throw new Fault(`${name}: page ${number} has a node that reaches out of it`);
      if (depth > 1) this.#visit(name, childOf(page, offset), depth - 1, counts, tables);
      else this.#leaf(name, number, page, offset, data, counts, tables);
    }
  }

  #leaf(
    name: string,
    number: number,
    page: Buffer,
    offset: number,
    data: number,
    counts: Counts,
    tables: [string, TableHead][],
  ): void {
    const size = page.readUInt32LE(offset);
    const flags = page.readUInt16LE(offset + 4);
    counts.entries += 1;
    const isBig = flags === nodeFlags.bigData;
    const isTable = flags === nodeFlags.table && size === tableHeadBytes && name === 'tables';
    if (!isBig && !isTable && flags !== 0) throw new Fault(`${name}: page ${number} has a node of another kind`);
    if (data + (isBig ? overflowRefBytes : size) > page.length) {
      throw new Fault(`${name}: page ${number} has data that reach out of it`);
    }
    if (isTable) tables.push([page.toString('utf8', offset + nodeBytes, data), readTableHead(page, data)]);
    if (isBig) counts.overflowPages += this.#overflow(name, readU64(page, data), size);
  }

  #overflow(name: string, first: number, size: number): number {
    const count = Math.floor((pageHeaderBytes - 1 + size) / this.#meta.pageSize) + 1;
    const page = this.#page(name, first, count);
    if (page.readUInt16LE(at.flags) !== kinds.overflow || page.readUInt32LE(at.lower) !== count) {
      throw new Fault(`${name}: page ${first} is none of data`);
    }
    return count;
  }

  /** The first of some pages that stand together. */
  #page(name: string, number: number, count: number): Buffer {
    if (!(number > 1 && number + count <= this.#pages)) {
      throw new Fault(`${name}: page ${number + count - 1} is not there: the file has ${this.#pages}`);
    }
    if (this.#seen.has(number)) throw new Fault(`${name}: page ${number} is used twice`);
    this.#seen.add(number);
    const { pageSize } = this.#meta;
    const page = Buffer.allocUnsafe(pageSize);
    const read = readSync(this.#file, page, 0, pageSize, number * pageSize);
    if (read < pageSize || readU64(page, at.page) !== number) throw new Fault(`${name}: page ${number} is another one`);
    return page;
  }
}

function childOf(page: Buffer, offset: number): number {
  return page.readUInt32LE(offset) + page.readUInt16LE(offset + 4) * 2 ** 32;
}
