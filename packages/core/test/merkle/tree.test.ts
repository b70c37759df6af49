import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Sha256 } from '../../src/kernel/identifiers.js';
import { emptyRoot, leafHash, leafHashOfText, nodeHash } from '../../src/merkle/hash.js';
import { consistencyProof, inclusionProof, multiProof, rootOf } from '../../src/merkle/tree.js';
import { verifyConsistency, verifyInclusion } from '../../src/merkle/verify.js';
import { numbered, rootByDefinition, storedLeaves } from './stored-leaves.js';

/** The leaves and roots that certificate-transparency's own tests have used from its beginning. */
const published: readonly (readonly [leaf: string, rootSoFar: string])[] = [
  ['', '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'],
  ['00', 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'],
  ['10', 'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77'],
  ['2021', 'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7'],
  ['3031', '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4'],
  ['40414243', '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef'],
  ['5051525354555657', 'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c'],
  ['606162636465666768696a6b6c6d6e6f', '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328'],
];

describe('the tree of RFC 6962', () => {
  const leaves = published.map(([leaf]) => Buffer.from(leaf, 'hex'));

  it('has the published roots', () => {
    const stored = storedLeaves(leaves);
    published.forEach(([, root], index) => {
      expect(rootOf(stored, index + 1)).toBe(root);
    });
    expect(rootOf(stored, 0)).toBe(emptyRoot);
    expect(emptyRoot).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });

  it('hashes text as its bytes', () => {
    for (const text of ['', 'größer \u{1f680}', 'x'.repeat(10_000)]) {
      expect(leafHashOfText(text)).toBe(leafHash(Buffer.from(text)));
    }
  });

  it.each([1, 2, 3, 7, 8, 255, 256, 257, 300, 511, 512, 513, 1000])('of %i leaves is the one defined', (count) => {
    const some = numbered(count);
    expect(rootOf(storedLeaves(some), count)).toBe(rootByDefinition(some, nodeHash));
  });
});

describe('proofs', () => {
  const most = 70_000; // Three stored levels.
  const leaves = numbered(most);
  const stored = storedLeaves(leaves);
  const sizes = fc.oneof(fc.integer({ min: 1, max: 600 }), fc.integer({ min: 1, max: most }));

  it('of inclusion hold for every leaf of every tree', () => {
    const anyLeaf = sizes.chain((size) => fc.tuple(fc.integer({ min: 0, max: size - 1 }), fc.constant(size)));
    fc.assert(
      fc.property(anyLeaf, ([index, size]) => {
        const proof = inclusionProof(stored, index, size);
        const hash = leafHash(leaves[index] as Buffer);
        return verifyInclusion({ index, size, leafHash: hash, root: rootOf(stored, size), proof });
      }),
    );
  });

  it('of consistency hold for every tree and every one that it grew from', () => {
    const anyTwo = sizes.chain((size) => fc.tuple(fc.integer({ min: 1, max: size }), fc.constant(size)));
    fc.assert(
      fc.property(anyTwo, ([from, size]) => {
        const proof = consistencyProof(stored, from, size);
        return verifyConsistency({ from, size, fromRoot: rootOf(stored, from), root: rootOf(stored, size), proof });
      }),
    );
  });

  it('of many leaves at once make the root with them, and need no hash more', () => {
    const few = fc.integer({ min: 1, max: 600 });
    const anyLeaves = few.chain((size) =>
      fc.tuple(fc.uniqueArray(fc.integer({ min: 0, max: size - 1 })), fc.constant(size)),
    );
    fc.assert(
      fc.property(anyLeaves, ([some, size]) => {
        const proof = multiProof(
          stored,
          some.toSorted((a, b) => a - b),
          size,
        );
        const known = new Set(some);
        const rootFrom = (start: number, end: number): Sha256 => {
          const isKnown = (index: number) => index >= start && index < end;
          if (!some.some(isKnown)) return proof.next().value as Sha256;
          if (end - start === 1 && known.has(start)) return leafHash(leaves[start] as Buffer);
          const middle = start + 2 ** Math.ceil(Math.log2(end - start) - 1);
          return nodeHash(rootFrom(start, middle), rootFrom(middle, end));
        };
        return rootFrom(0, size) === rootOf(stored, size) && proof.next().done === true;
      }),
    );
  });

  it('of a single leaf among many are its inclusion proof, from left to right', () => {
    for (const index of [0, 1, 300, 69_999]) {
      const proof = [...multiProof(stored, [index], most)];
      expect(proof.toSorted()).toEqual(inclusionProof(stored, index, most).toSorted());
    }
  });

  it.each([[[5]], [[-1]], [[1, 1]], [[2, 1]], [[0.5]]])('of leaves %j in a tree of 5 there is none', (indexes) => {
    expect(() => [...multiProof(stored, indexes, 5)]).toThrow('none of these indexes, or they are out of order');
  });

  it.each([
    [5, 5],
    [6, 5],
    [-1, 5],
    [0.5, 5],
    [0, Number.NaN],
  ])('of leaf %d in a tree of %d there is none', (index, size) => {
    expect(() => inclusionProof(stored, index, size)).toThrow('has none of index');
  });

  it.each([
    [0, 5],
    [6, 5],
    [1.5, 5],
  ])('that a tree of %d grew to %d there is none', (from, size) => {
    expect(() => consistencyProof(stored, from, size)).toThrow('did not grow from one of');
  });
});
