/** What has to be stored when leaves are added to a tree. */
import type { Sha256 } from '../kernel/identifiers.js';
import { rootOfPowerOfTwo } from './hash.js';
import { type StoredHashes, tileWidth } from './tree.js';

/** Leaves that stand side by side, never across a multiple of `tileWidth`. */
export interface LeafRun {
  /** From 0. */
  readonly first: number;
  readonly hashes: readonly Sha256[];
}

/** The root of a whole subtree of `tileWidth ** level` leaves. */
export interface TreeNode {
  readonly level: number;
  /** Among the roots of its level, from 0. */
  readonly index: number;
  readonly hash: Sha256;
}

/** Leaves as runs that no tile's end cuts. */
export function* runsOf(size: number, leaves: readonly Sha256[]): Generator<LeafRun> {
  for (let at = 0; at < leaves.length; ) {
    const first = size + at;
    const run = leaves.slice(at, at + tileWidth - (first % tileWidth));
    yield { first, hashes: run };
    at += run.length;
  }
}

/**
 * The subtrees that are whole once the tree has grown from `before` to `size` leaves, and were not before. All leaves, and
 * each node that this yields, must be stored before the next one is asked for.
 */
export function* nodesCompleted(stored: StoredHashes, before: number, size: number): Generator<TreeNode> {
  let [from, to] = [before, size];
  for (let level = 1; to >= tileWidth; level += 1) {
    from = Math.floor(from / tileWidth);
    to = Math.floor(to / tileWidth);
    for (let index = from; index < to; index += 1) {
      const hash = rootOfPowerOfTwo(stored.hashes(level - 1, index * tileWidth, tileWidth));
      yield { level, index, hash };
    }
  }
}
