/** The pages of one state of `data.mdb`, as lmdb-js's LMDB has them; and whether what is in them makes sense. */
import { fstatSync, readSync } from 'node:fs';
import { FreeList } from './lmdb-free-list.js';
import {
  integerKey,
  type MetaPage,
  pageHeaderBytes,
  pageTransactionAt,
  readTableHead,
  readU64,
  type TableHead,
  tableHeadBytes,
} from './lmdb-meta-pages.js';

const kinds = { branch: 0x01, leaf: 0x02, overflow: 0x04 } as const;
/** In the header of a page; bounds, and the offsets behind them, are counted from the header's end. */
const at = { page: 0, transaction: pageTransactionAt, flags: 18, lower: 20, upper: 22 } as const;
const nodeBytes = 8;
const nodeFlags = { bigData: 0x01, table: 0x02 } as const;
/** Where data is too large for a page: LMDB's `MDB_ovpage`. */
const overflowRef = { bytes: 24, page: 0, pages: 16 } as const;
const mostDepth = 32;
const freePages = 'free pages';
const tableHeads = 'tables';

class Fault extends Error {}

interface Counts {
  branchPages: number;
  leafPages: number;
  overflowPages: number;
  entries: number;
}

/** A table, while its pages are looked at. */
interface Table {
  readonly name: string;
  readonly head: TableHead;
  readonly counts: Counts;
}

/** A page of a tree, and what is to be in it: keys from the first one on, and before the second, where there are bounds. */
interface Branch {
  readonly page: number;
  /** 1 of a leaf. */
  readonly depth: number;
  readonly from?: Key | undefined;
  readonly before?: Key | undefined;
}

/** Where it stands: to cut out each of many takes long. */
interface Key {
  readonly page: Buffer;
  readonly start: number;
  readonly end: number;
}

interface Node {
  readonly offset: number;
  /** Its data begin where it ends. */
  readonly key: Key;
}

export class PageCheck {
  readonly #file: number;
  readonly #meta: MetaPage;
  /** In the file; it may be shorter than the state that it holds, where the last pages are free. */
  readonly #pages: number;
  /** Of each page whether it is in use. */
  readonly #used: Uint8Array;
  readonly #free: FreeList;
  /** Of the pages that are in use, when the last one was written. */
  #newest = 0;

  constructor(file: number, meta: MetaPage) {
    this.#file = file;
    this.#meta = meta;
    this.#pages = Math.min(meta.lastPage + 1, Math.floor(fstatSync(file).size / meta.pageSize));
    this.#used = new Uint8Array(this.#pages);
    this.#free = new FreeList(meta.lastPage);
  }

  /** What is wrong with the first page that is; undefined where all hang together. */
  all(): string | undefined {
    return faultOf(() => this.#all());
  }

  /** The same of the root of each table alone. */
  roots(): string | undefined {
    return faultOf(() => this.#roots());
  }

  #all(): void {
    for (const table of this.#tables()) this.#whole(table);
    const wrong = this.#free.wrong((page) => this.#used[page] === 1);
    if (wrong !== undefined) throw new Fault(`${freePages}: ${wrong}`);
    if (this.#meta.lastPage >= this.#pages && !this.#free.has(this.#meta.lastPage)) {
      throw new Fault(`page ${this.#meta.lastPage} is not there: the file has ${this.#pages}`);
    }
    // Each transaction writes the pages that lead to what it changed: else this is an older state that passes for the newest.
    if (this.#newest < this.#meta.transaction) throw new Fault('no page is of its last transaction');
  }

  #roots(): void {
    for (const table of this.#tables()) for (const root of rootsOf(table)) this.#look(table, root);
  }

  /** Those whose heads are in the file. */
  #tables(): readonly Table[] {
    const heads = new Map<string, TableHead>([[freePages, this.#meta.free]]);
    this.#whole(tableOf(tableHeads, this.#meta.main), heads);
    return Array.from(heads, ([name, head]) => {
      if (name !== freePages && head.flags !== 0) throw new Fault(`${name}: it has flags that none of ours has`);
      return tableOf(name, head);
    });
  }

  /** @param heads those of the tables that stand in this one are put there */
  #whole(table: Table, heads?: Map<string, TableHead>): void {
    const { name, head, counts } = table;
    if ((head.flags & ~integerKey) !== 0) throw new Fault(`${name}: it has flags that none of ours has`);
    const next = rootsOf(table);
    for (let branch = next.pop(); branch; branch = next.pop()) next.push(...this.#look(table, branch, heads).reverse());
    for (const key of Object.keys(counts) as (keyof Counts)[]) {
      if (counts[key] !== head[key]) throw new Fault(`${name}: ${key} are ${counts[key]}, where ${head[key]} belong`);
    }
  }

  /** Returns the pages below it, in the order of their keys. */
  #look(table: Table, { page: number, depth, from, before }: Branch, heads?: Map<string, TableHead>): Branch[] {
    const { name, counts } = table;
    const { page, nodes } = this.#nodesOf(name, number, depth);
    if (depth > 1) counts.branchPages += 1;
    else counts.leafPages += 1;
    const below: Branch[] = [];
    let last = from;
    for (const [index, node] of nodes.entries()) {
      // The first key of a branch is never looked at.
      const isBound = depth > 1 && index === 0;
      const order = isBound || last === undefined ? 1 : compare(name, node.key, last);
      // A page may begin with the very key that leads to it.
      const isBehind = order > 0 || (order === 0 && index === 0);
      if (!isBehind || (before && !isBound && compare(name, node.key, before) >= 0)) {
        throw new Fault(`${name}: page ${number} has a key out of order`);
      }
      if (!isBound) last = node.key;
      if (depth === 1) this.#leaf(table, number, page, node, heads);
      else {
        const bounds = { from: isBound ? from : node.key, before: nodes[index + 1]?.key ?? before };
        below.push({ page: childOf(page, node.offset), depth: depth - 1, ...bounds });
      }
    }
    return below;
  }

  /** What a page of a tree holds, of which nothing reaches out of it. */
  #nodesOf(name: string, number: number, depth: number): { readonly page: Buffer; readonly nodes: readonly Node[] } {
    const page = this.#page(name, number, 1);
    const wanted = depth > 1 ? kinds.branch : kinds.leaf;
    if (page.readUInt16LE(at.flags) !== wanted || depth < 1 || depth > mostDepth)
      throw new Fault(`${name}: page ${number} is of another kind`);
    const written = readU64(page, at.transaction);
    // LMDB would take it for one of the transaction that it is in, and write to it.
    if (written > this.#meta.transaction) throw new Fault(`${name}: page ${number} is of a transaction to come`);
    this.#newest = Math.max(this.#newest, written);
    const [lower, upper] = [page.readUInt16LE(at.lower), page.readUInt16LE(at.upper)];
    if (lower > upper || pageHeaderBytes + upper > page.length || lower % 2 !== 0) {
      throw new Fault(`${name}: page ${number} has no sensible bounds`);
    }
    if (lower === 0) throw new Fault(`${name}: page ${number} is empty`);
    const nodes: Node[] = [];
    for (let index = 0; index < lower / 2; index += 1) {
      const offset = pageHeaderBytes + page.readUInt16LE(pageHeaderBytes + 2 * index);
      const inPage = offset >= pageHeaderBytes + upper && offset + nodeBytes <= page.length;
      const keyBytes = inPage ? page.readUInt16LE(offset + 6) : 0;
      const data = inPage ? offset + nodeBytes + keyBytes : page.length + 1;
      // The first key of a branch may be empty.
      if (data > page.length || (keyBytes === 0 && !(depth > 1 && index === 0))) {
        throw new Fault(`${name}: page ${number} has a node that reaches out of it`);
      }
      nodes.push({ offset, key: { page, start: offset + nodeBytes, end: data } });
    }
    return { page, nodes };
  }

  #leaf(
    { name, counts }: Table,
    number: number,
    page: Buffer,
    { offset, key }: Node,
    heads: Map<string, TableHead> | undefined,
  ): void {
    const data = key.end;
    const size = page.readUInt32LE(offset);
    const flags = page.readUInt16LE(offset + 4);
    counts.entries += 1;
    const isBig = flags === nodeFlags.bigData;
    const isTable = flags === nodeFlags.table && size === tableHeadBytes && heads !== undefined;
    if (!isBig && !isTable && (flags !== 0 || heads !== undefined))
      throw new Fault(`${name}: page ${number} has a node of another kind`);
    if (data + (isBig ? overflowRef.bytes : size) > page.length) {
      throw new Fault(`${name}: page ${number} has data that reach out of it`);
    }
    if (isTable) heads.set(`table ${textOf(key)}`, readTableHead(page, data));
    if (isBig) {
      const ref = page.subarray(data, data + overflowRef.bytes);
      counts.overflowPages += this.#overflow(
        name,
        readU64(ref, overflowRef.page),
        size,
        readU64(ref, overflowRef.pages),
      );
    }
    if (name === freePages)
      this.#free.add(isBig ? this.#overflowData(page, data, size) : page.subarray(data, data + size));
  }

  #overflow(name: string, first: number, size: number, pages: number): number {
    const count = Math.floor((pageHeaderBytes - 1 + size) / this.#meta.pageSize) + 1;
    const page = this.#page(name, first, count);
    if (page.readUInt16LE(at.flags) !== kinds.overflow || page.readUInt32LE(at.lower) !== count || pages !== count) {
      throw new Fault(`${name}: page ${first} is none of data`);
    }
    return count;
  }

  #overflowData(page: Buffer, data: number, size: number): Buffer {
    const bytes = Buffer.allocUnsafe(size);
    readSync(this.#file, bytes, 0, size, readU64(page, data) * this.#meta.pageSize + pageHeaderBytes);
    return bytes;
  }

  /** The first of some pages that stand together. */
  #page(name: string, number: number, count: number): Buffer {
    if (!(number > 1 && number + count <= this.#pages)) {
      throw new Fault(`${name}: page ${number + count - 1} is not there: the file has ${this.#pages}`);
    }
    for (let each = number; each < number + count; each += 1) {
      if (this.#used[each] === 1) throw new Fault(`${name}: page ${each} is used twice`);
      this.#used[each] = 1;
    }
    const { pageSize } = this.#meta;
    const page = Buffer.allocUnsafe(pageSize);
    const read = readSync(this.#file, page, 0, pageSize, number * pageSize);
    if (read < pageSize || readU64(page, at.page) !== number) throw new Fault(`${name}: page ${number} is another one`);
    return page;
  }
}

function tableOf(name: string, head: TableHead): Table {
  return { name, head, counts: { branchPages: 0, leafPages: 0, overflowPages: 0, entries: 0 } };
}

/** None of an empty table. */
function rootsOf({ head: { root, depth } }: Table): Branch[] {
  return root === undefined ? [] : [{ page: root, depth }];
}

/** LMDB's order, in which the keys of free pages are numbers. */
function compare(name: string, key: Key, other: Key): number {
  if (name !== freePages) return compareBytes(key, other);
  return key.end - key.start === 8 ? readU64(key.page, key.start) - readU64(other.page, other.start) : -1;
}

/** Of few bytes, for which a call of `Buffer.compare` takes several times as long. */
function compareBytes(key: Key, other: Key): number {
  const [length, otherLength] = [key.end - key.start, other.end - other.start];
  for (let at = 0; at < Math.min(length, otherLength); at += 1) {
    const difference = (key.page[key.start + at] ?? 0) - (other.page[other.start + at] ?? 0);
    if (difference !== 0) return difference;
  }
  return length - otherLength;
}

/** Names end with a NUL. */
function textOf({ page, start, end }: Key): string {
  return page.toString('utf8', start, end).replaceAll('\0', '');
}

function childOf(page: Buffer, offset: number): number {
  return page.readUInt32LE(offset) + page.readUInt16LE(offset + 4) * 2 ** 32;
}

function faultOf(look: () => void): string | undefined {
  try {
    look();
    return undefined;
  } catch (fault) {
    if (fault instanceof Fault) return fault.message;
    throw fault;
  }
}
