import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Sha256 } from '../../src/kernel/identifiers.js';
import { leafHash } from '../../src/merkle/hash.js';
import { consistencyProof, inclusionProof, rootOf } from '../../src/merkle/tree.js';
import {
  type ConsistencyClaim,
  type InclusionClaim,
  verifyConsistency,
  verifyInclusion,
} from '../../src/merkle/verify.js';
import { numbered, storedLeaves } from './stored-leaves.js';

interface Vector {
  readonly name: string;
  readonly proof: readonly string[] | null;
  readonly wantErr: boolean;
}
interface InclusionVector extends Vector {
  readonly leafIdx: number;
  readonly treeSize: number;
  readonly root: string;
  readonly leafHash: string;
}
interface ConsistencyVector extends Vector {
  readonly size1: number;
  readonly size2: number;
  readonly root1: string;
  readonly root2: string;
}

function vectors<T extends Vector>(kind: string): T[] {
  const url = new URL(`../../../../test/fixtures/rfc6962/${kind}.jsonl`, import.meta.url);
  const lines = readFileSync(url, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as T);
}

const hex = (base64: string) => Buffer.from(base64, 'base64').toString('hex') as Sha256;

/** Where a root makes no difference the vectors have words in its place; ours are always hashes. */
const root = (base64: string) =>
  base64.startsWith('ZG9uJ3QgY2Fy') ? leafHash(Buffer.from(base64, 'base64')) : hex(base64);

describe('the published vectors', () => {
  it.each(vectors<InclusionVector>('inclusion'))('$name', (vector) => {
    const { leafIdx: index, treeSize: size, root, leafHash, proof, wantErr } = vector;
    const claim = { index, size, root: hex(root), leafHash: hex(leafHash), proof: (proof ?? []).map(hex) };
    expect(verifyInclusion(claim)).toBe(!wantErr);
  });

  it.each(vectors<ConsistencyVector>('consistency'))('$name', (vector) => {
    const { size1: from, size2: size, root1, root2, proof, wantErr } = vector;
    const claim = { from, size, fromRoot: root(root1), root: root(root2), proof: (proof ?? []).map(hex) };
    expect(verifyConsistency(claim)).toBe(!wantErr);
  });
});

const leaves = numbered(700);
const stored = storedLeaves(leaves);

const inclusions: fc.Arbitrary<InclusionClaim> = fc
  .integer({ min: 1, max: leaves.length })
  .chain((size) => fc.tuple(fc.integer({ min: 0, max: size - 1 }), fc.constant(size)))
  .map(([index, size]) => ({
    index,
    size,
    leafHash: leafHash(leaves[index] as Buffer),
    root: rootOf(stored, size),
    proof: inclusionProof(stored, index, size),
  }));

const consistencies: fc.Arbitrary<ConsistencyClaim> = fc
  .integer({ min: 2, max: leaves.length })
  .chain((size) => fc.tuple(fc.integer({ min: 1, max: size - 1 }), fc.constant(size)))
  .map(([from, size]) => ({
    from,
    size,
    fromRoot: rootOf(stored, from),
    root: rootOf(stored, size),
    proof: consistencyProof(stored, from, size),
  }));

function flipped(hash: string, bit: number): Sha256 {
  const bytes = Buffer.from(hash, 'hex');
  const at = Math.floor(bit / 8) % bytes.length;
  bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit % 8));
  return bytes.toString('hex') as Sha256;
}

/** Everything that a forger could do to a proof: flip, drop, add, swap. Undefined where it changes nothing. */
function forgeProof(proof: readonly Sha256[], how: number, at: number): readonly Sha256[] | undefined {
  const copy = [...proof];
  const index = copy.length === 0 ? 0 : at % copy.length;
  switch (how) {
    case 0:
      if (copy[index] === undefined) return undefined;
      copy[index] = flipped(copy[index], at);
      return copy;
    case 1:
      return copy.length === 0 ? undefined : copy.toSpliced(index, 1);
    case 2:
      return copy.toSpliced(at % (copy.length + 1), 0, leafHash(Buffer.from(`added ${at}`)));
    case 3:
      return copy.length === 0 ? undefined : copy.toSpliced(index, 0, copy[index] as Sha256);
    default: {
      const other = (index + 1) % Math.max(1, copy.length);
      if (copy[index] === copy[other]) return undefined;
      [copy[index], copy[other]] = [copy[other] as Sha256, copy[index] as Sha256];
      return copy;
    }
  }
}

const forgery = fc.tuple(fc.integer({ min: 0, max: 4 }), fc.nat(100_000));

describe('forged proofs of inclusion fail', () => {
  it('with another proof', () => {
    fc.assert(
      fc.property(inclusions, forgery, (claim, [how, at]) => {
        const proof = forgeProof(claim.proof, how, at);
        return proof === undefined || !verifyInclusion({ ...claim, proof });
      }),
    );
  });

  it('with another leaf, root or place', () => {
    fc.assert(
      fc.property(inclusions, fc.nat(255), fc.integer({ min: 0, max: 800 }), (claim, bit, number) => {
        expect(verifyInclusion({ ...claim, leafHash: flipped(claim.leafHash, bit) })).toBe(false);
        expect(verifyInclusion({ ...claim, root: flipped(claim.root, bit) })).toBe(false);
        if (number !== claim.index) expect(verifyInclusion({ ...claim, index: number })).toBe(false);
      }),
    );
  });

  it('for a leaf of another tree, and for a node that poses as a leaf', () => {
    const claim = { index: 0, size: 2, root: rootOf(stored, 4), proof: [rootOf(storedLeaves(leaves.slice(2, 4)), 2)] };
    expect(verifyInclusion({ ...claim, leafHash: leafHash(leaves[0] as Buffer) })).toBe(false);
    expect(verifyInclusion({ ...claim, root: rootOf(stored, 2), leafHash: leafHash(leaves[0] as Buffer) })).toBe(false);
  });
});

describe('forged proofs of consistency fail', () => {
  it('with another proof', () => {
    fc.assert(
      fc.property(consistencies, forgery, (claim, [how, at]) => {
        const proof = forgeProof(claim.proof, how, at);
        return proof === undefined || !verifyConsistency({ ...claim, proof });
      }),
    );
  });

  it('with another root, or of another tree', () => {
    fc.assert(
      fc.property(consistencies, fc.nat(255), (claim, bit) => {
        expect(verifyConsistency({ ...claim, fromRoot: flipped(claim.fromRoot, bit) })).toBe(false);
        expect(verifyConsistency({ ...claim, root: flipped(claim.root, bit) })).toBe(false);
        expect(verifyConsistency({ ...claim, from: claim.size, size: claim.from })).toBe(false);
      }),
    );
  });

  it('for a history that was rewritten in one record', () => {
    fc.assert(
      fc.property(consistencies, fc.nat(), (claim, at) => {
        const rewritten = storedLeaves(leaves.with(at % claim.from, Buffer.from('other')));
        const proof = consistencyProof(rewritten, claim.from, claim.size);
        return !verifyConsistency({ ...claim, root: rootOf(rewritten, claim.size), proof });
      }),
      { numRuns: 30 },
    );
  });
});

it('whatever is claimed, the answer is no, and never an error', () => {
  const junk = fc.anything() as fc.Arbitrary<never>;
  const lists = fc.array(junk);
  fc.assert(
    fc.property(junk, junk, junk, junk, lists as fc.Arbitrary<never[]>, (a, b, c, d, proof) => {
      expect(verifyInclusion({ index: a, size: b, leafHash: c, root: d, proof })).toBe(false);
      expect(verifyConsistency({ from: a, size: b, fromRoot: c, root: d, proof })).toBe(false);
    }),
  );
});
