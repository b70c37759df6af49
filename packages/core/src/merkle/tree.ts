/**
 * Roots and proofs of RFC 6962, 2.1, over stored hashes. What is stored are the leaves and every eighth level above them
 * (the tiles of C2SP's tlog-tiles): 257 hashes for 256 leaves; what lies between is made from at most 256 of them.
 */
import { InvalidArgumentError } from '../kernel/errors.js';
import type { Sha256 } from '../kernel/identifiers.js';
import { emptyRoot, nodeHash, rootOfPowerOfTwo } from './hash.js';

export const tileHeight = 8;
export const tileWidth = 2 ** tileHeight;

export interface StoredHashes {
  /**
   * `count` hashes from `first` on (from 0) of a stored level: 0 are the leaves, level n are the roots of whole subtrees
   * of `tileWidth ** n` leaves. They never reach across a multiple of `tileWidth`.
   *
   * @throws FailedPreconditionError if one of them is not there
   */
  hashes(level: number, first: number, count: number): readonly Sha256[];
}

/** The root of the tree of the first `size` leaves. */
export function rootOf(stored: StoredHashes, size: number): Sha256 {
  return size === 0 ? emptyRoot : rangeRoot(stored, 0, size);
}

/**
 * The hashes that lead from a leaf to the root of the tree of the first `size` leaves, RFC 6962, 2.1.1.
 *
 * @param index of the leaf, from 0
 * @throws InvalidArgumentError if that tree has no such leaf
 */
export function inclusionProof(stored: StoredHashes, index: number, size: number): Sha256[] {
  if (!(isCount(index) && isCount(size) && index < size)) {
    throw new InvalidArgumentError(`a tree of ${size} records has none of index ${index}`);
  }
  const proof: Sha256[] = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const middle = start + powerBelow(end - start);
    if (index < middle) {
      proof.push(rangeRoot(stored, middle, end));
      end = middle;
    } else {
      proof.push(rangeRoot(stored, start, middle));
      start = middle;
    }
  }
  return proof.reverse();
}

/**
 * The hashes that show that the tree of the first `from` leaves is where the tree of the first `size` leaves began,
 * RFC 6962, 2.1.2. Empty where both are the same.
 *
 * @throws InvalidArgumentError if the first one is empty, or larger than the second
 */
export function consistencyProof(stored: StoredHashes, from: number, size: number): Sha256[] {
  if (!(isCount(from) && isCount(size) && from > 0 && from <= size)) {
    throw new InvalidArgumentError(`a tree of ${size} records did not grow from one of ${from}`);
  }
  const proof: Sha256[] = [];
  let [start, end] = [0, size];
  while (end > from) {
    const middle = start + powerBelow(end - start);
    if (from <= middle) {
      proof.push(rangeRoot(stored, middle, end));
      end = middle;
    } else {
      proof.push(rangeRoot(stored, start, middle));
      start = middle;
    }
  }
  if (start > 0) proof.push(rangeRoot(stored, start, end));
  return proof.reverse();
}

/**
 * What is needed beside some leaves to make the root of the tree of the first `size` leaves: the roots of the largest subtrees
 * that have none of them, from left to right. Of a single leaf these are the hashes of its inclusion proof.
 *
 * @param indexes of the leaves, from 0, ascending and without doubles
 * @throws InvalidArgumentError if they are not, or if that tree has no such leaf
 */
export function* multiProof(stored: StoredHashes, indexes: readonly number[], size: number): Generator<Sha256> {
  const isSound = (index: number, at: number) => isCount(index) && index < size && index > (indexes[at - 1] ?? -1);
  if (!(isCount(size) && indexes.every(isSound))) {
    throw new InvalidArgumentError(`a tree of ${size} records has none of these indexes, or they are out of order`);
  }
  if (size > 0) yield* rootsBeside(stored, indexes, [0, size], [0, indexes.length]);
}

/** Of the leaves from `start` up to `end`, where the indexes from `first` up to `last` are. */
function* rootsBeside(
  stored: StoredHashes,
  indexes: readonly number[],
  [start, end]: readonly [number, number],
  [first, last]: readonly [number, number],
): Generator<Sha256> {
  if (last - first === end - start) return;
  if (first === last) {
    yield rangeRoot(stored, start, end);
    return;
  }
  const middle = start + powerBelow(end - start);
  const split = firstFrom(indexes, middle, first, last);
  yield* rootsBeside(stored, indexes, [start, middle], [first, split]);
  yield* rootsBeside(stored, indexes, [middle, end], [split, last]);
}

/** Where in a part of the list the first index is that is not below. */
function firstFrom(indexes: readonly number[], index: number, first: number, last: number): number {
  let [low, high] = [first, last];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((indexes[middle] ?? 0) < index) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Of the leaves from `start` up to `end`; `start` is a multiple of the largest power of two in their number. */
function rangeRoot(stored: StoredHashes, start: number, end: number): Sha256 {
  const count = end - start;
  const height = Math.log2(count);
  if (Number.isInteger(height)) return subtreeRoot(stored, height, start / count);
  const middle = start + powerBelow(count);
  return nodeHash(rangeRoot(stored, start, middle), rangeRoot(stored, middle, end));
}

function subtreeRoot(stored: StoredHashes, height: number, index: number): Sha256 {
  const width = 2 ** (height % tileHeight);
  return rootOfPowerOfTwo(stored.hashes(Math.floor(height / tileHeight), index * width, width));
}

/** The largest power of two below a number from 2. */
function powerBelow(count: number): number {
  let power = 2 ** Math.floor(Math.log2(count));
  if (power >= count) power /= 2;
  return power;
}

export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
