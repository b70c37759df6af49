/** Checks proofs, without the log that they are about. RFC 9162, 2.1.3.2 and 2.1.4.2, whose trees are RFC 6962's. */
import type { Sha256 } from '../kernel/identifiers.js';
import { nodeHash } from './hash.js';
import { isCount } from './tree.js';

/** Of a leaf in the tree of the first `size` leaves. */
export interface InclusionClaim {
  /** From 0. */
  readonly index: number;
  readonly size: number;
  readonly leafHash: Sha256;
  readonly root: Sha256;
  readonly proof: readonly Sha256[];
}

/** Whether the tree with that root has that leaf at that place. Total: whatever is claimed, the answer is yes or no. */
export function verifyInclusion({ index, size, leafHash, root, proof }: InclusionClaim): boolean {
  if (!(isCount(index) && isCount(size) && index < size && areHashes([leafHash, root, ...proof]))) return false;
  let [node, last, hash] = [index, size - 1, leafHash];
  for (const step of proof) {
    if (last === 0) return false;
    if (isOdd(node) || node === last) {
      hash = nodeHash(step, hash);
      while (!isOdd(node) && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      hash = nodeHash(hash, step);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && hash === root;
}

/** Of two trees of one log. */
export interface ConsistencyClaim {
  readonly from: number;
  readonly size: number;
  readonly fromRoot: Sha256;
  readonly root: Sha256;
  readonly proof: readonly Sha256[];
}

/** Whether the second tree begins with all of the first one's leaves. Total, too. */
export function verifyConsistency({ from, size, fromRoot, root, proof }: ConsistencyClaim): boolean {
  // An empty tree proves nothing: every log began with it.
  if (!(isCount(from) && isCount(size) && from > 0 && from <= size)) return false;
  if (!areHashes([fromRoot, root, ...proof])) return false;
  if (from === size) return proof.length === 0 && fromRoot === root;
  const steps = isPowerOfTwo(from) ? [fromRoot, ...proof] : proof;
  const [first, ...rest] = steps;
  if (first === undefined || proof.length === 0) return false;
  let [node, last] = [from - 1, size - 1];
  while (isOdd(node)) [node, last] = [half(node), half(last)];
  let [older, newer] = [first, first];
  for (const step of rest) {
    if (last === 0) return false;
    if (isOdd(node) || node === last) {
      older = nodeHash(step, older);
      newer = nodeHash(step, newer);
      while (!isOdd(node) && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      newer = nodeHash(newer, step);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && older === fromRoot && newer === root;
}

/** Positions may be larger than what bitwise operators take. */
function isOdd(value: number): boolean {
  return value % 2 === 1;
}

function half(value: number): number {
  return Math.floor(value / 2);
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value));
}

function areHashes(values: readonly unknown[]): boolean {
  return values.every((value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value));
}
