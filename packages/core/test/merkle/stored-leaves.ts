import type { Sha256 } from '../../src/kernel/identifiers.js';
import { leafHash, rootOfPowerOfTwo } from '../../src/merkle/hash.js';
import { type StoredHashes, tileWidth } from '../../src/merkle/tree.js';

/** Hashes as a log stores them, made from leaves. */
export function storedLeaves(leaves: readonly Uint8Array[]): StoredHashes {
  const levels: Sha256[][] = [leaves.map(leafHash)];
  for (let below = levels[0] ?? []; below.length >= tileWidth; ) {
    const above: Sha256[] = [];
    for (let at = 0; at + tileWidth <= below.length; at += tileWidth) {
      above.push(rootOfPowerOfTwo(below.slice(at, at + tileWidth)));
    }
    levels.push(above);
    below = above;
  }
  return {
    hashes(level, first, count) {
      const found = levels[level]?.slice(first, first + count) ?? [];
      if (found.length !== count) throw new Error(`level ${level} has no ${count} hashes from ${first} on`);
      return found;
    },
  };
}

/** Straight from RFC 6962, 2.1, and slow. */
export function rootByDefinition(leaves: readonly Uint8Array[], node: (l: Sha256, r: Sha256) => Sha256): Sha256 {
  if (leaves.length === 1) return leafHash(leaves[0] as Uint8Array);
  let half = 1;
  while (half * 2 < leaves.length) half *= 2;
  return node(rootByDefinition(leaves.slice(0, half), node), rootByDefinition(leaves.slice(half), node));
}

export const numbered = (count: number): Buffer[] =>
  Array.from({ length: count }, (_, index) => Buffer.from(`leaf ${index}`));
