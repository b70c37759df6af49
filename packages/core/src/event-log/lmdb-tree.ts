/**
 * The Merkle tree over the records' stored bytes (P9): record n is leaf n - 1. It grows in the transaction of the records,
 * by one entry for all that are appended together, and one for each 256.
 */
import { isUtf8 } from 'node:buffer';
import { FailedPreconditionError } from '../kernel/errors.js';
import type { Sha256 } from '../kernel/identifiers.js';
import { type LeafRun, nodesCompleted, runsOf } from '../merkle/grow.js';
import { hashBytes, leafHash, leafHashOfText } from '../merkle/hash.js';
import { type StoredHashes, tileWidth } from '../merkle/tree.js';
import type { Position } from './event-log.js';
import { headOf } from './lmdb-lookup.js';
import { lastKey, type Tables } from './lmdb-schema.js';

/** So many records are hashed before their hashes are stored. */
const chunkSize = 4096;

/** A record that is farther from all others has a key that was damaged. */
const mostMissing = 65_536;

/** How many leaves the tree has. Inside a write transaction: as that sees it. */
export function treeSize({ leaves }: Tables): number {
  for (const { key, value } of leaves.getRange({ start: lastKey, end: 0, reverse: true, limit: 1 })) {
    return key - 1 + Math.floor(value.length / hashBytes);
  }
  return 0;
}

export function storedHashes(tables: Tables): StoredHashes {
  return {
    hashes(level, first, count) {
      const found = level === 0 ? leafHashes(tables, first, count) : nodeHashes(tables, level, first, count);
      if (found.length === count) return found;
      throw new FailedPreconditionError(
        `the log's tree has a hole at level ${level}, behind ${first + found.length}: \`shiplog audit verify\` says more`,
        { details: { level, first, count } },
      );
    },
  };
}

function leafHashes({ leaves }: Tables, first: number, count: number): Sha256[] {
  const tile = first - (first % tileWidth);
  const found: Sha256[] = [];
  let next = first;
  for (const { key, value } of leaves.getRange({ start: tile + 1, end: first + count + 1 })) {
    const { first: at, hashes } = runOf(key, value);
    if (at + hashes.length <= next) continue;
    if (at > next) break;
    const part = hashes.slice(next - at, first + count - at);
    found.push(...part);
    next += part.length;
  }
  return found;
}

function nodeHashes({ tree }: Tables, level: number, first: number, count: number): Sha256[] {
  const found: Sha256[] = [];
  for (const { key, value } of tree.getRange({ start: [level, first], end: [level, first + count] })) {
    if (key[1] !== first + found.length || value.length !== hashBytes) break;
    found.push(value.toString('hex') as Sha256);
  }
  return found;
}

/** An entry of `leaves`. */
export function runOf(key: Position, value: Buffer): LeafRun {
  const hashes: Sha256[] = [];
  for (let at = 0; at + hashBytes <= value.length; at += hashBytes) {
    hashes.push(value.toString('hex', at, at + hashBytes) as Sha256);
  }
  return { first: key - 1, hashes };
}

/** Inside a write transaction. */
export function growTree(tables: Tables, before: number, added: readonly Sha256[]): void {
  const { leaves, tree } = tables;
  for (const { first, hashes } of runsOf(before, added)) {
    leaves.putSync(first + 1, Buffer.from(hashes.join(''), 'hex'));
  }
  try {
    for (const { level, index, hash } of nodesCompleted(storedHashes(tables), before, before + added.length)) {
      tree.putSync([level, index], Buffer.from(hash, 'hex'));
    }
  } catch (error) {
    // A damaged tree stops no append (P8): verification finds the hole, and the node that is missing for it.
    if (!(error instanceof FailedPreconditionError)) throw error;
  }
}

/**
 * Adds records that the tree lacks: all of those of a log from before there was a tree, and what a program from then may
 * have appended since. Inside a write transaction; returns the tree's size.
 */
export function catchUp(tables: Tables): number {
  const head = headOf(tables);
  let size = treeSize(tables);
  const { entryCount } = tables.log.getStats() as { readonly entryCount: number };
  if (head - size > entryCount + mostMissing) {
    throw new FailedPreconditionError(
      `the log has a record at ${head}, far behind all others: \`shiplog audit verify\` says more`,
    );
  }
  while (size < head) {
    const added = hashesOfRecords(tables, size, Math.min(head, size + chunkSize));
    growTree(tables, size, added);
    size += added.length;
  }
  return size;
}

/** Of the records behind `after`, up to and with `until`. A record that is gone has the hash of nothing. */
function hashesOfRecords({ log }: Tables, after: Position, until: Position): Sha256[] {
  const hashes: Sha256[] = [];
  for (const { key, value } of log.getRange({ start: after + 1, end: until + 1 })) {
    while (after + hashes.length + 1 < key) hashes.push(leafHashOfText(''));
    hashes.push(leafHashOfStored(log, key, value));
  }
  return hashes;
}

/** Bytes that are no UTF-8 were read as U+FFFD; a record may hold that character of its own. */
export function leafHashOfStored(log: Tables['log'], position: Position, text: string): Sha256 {
  if (!text.includes('\ufffd')) return leafHashOfText(text);
  const bytes = log.getBinary(position) ?? Buffer.of();
  return isUtf8(bytes) ? leafHashOfText(text) : leafHash(bytes);
}
