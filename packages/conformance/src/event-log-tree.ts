import { consistencyProof, inclusionProof, leafHash, rootOf, verifyConsistency, verifyInclusion } from '@shiplog/core';
import { expect } from 'vitest';
import type { LogRule } from './event-log-harness.js';

export const treeRules: readonly LogRule[] = [
  {
    name: 'T1 an append answers the leaf hash of each record, and the tree has it (L5)',
    async check(bench) {
      const { records, leafHashes } = await bench.append('web', '/a', '/b');
      const text = JSON.stringify(records[1]);
      expect(leafHashes[1]).toBe(leafHash(Buffer.from(text)));
      expect(bench.log.tree.hashes(0, 0, 2)).toEqual(leafHashes);
    },
  },
  {
    name: 'T2 an append that is refused leaves nothing in the tree (L3)',
    async check(bench) {
      const { leafHashes } = await bench.append('web', '/a');
      await expect(bench.append('web', '/a', '/poison')).rejects.toThrow('poisoned');
      const after = await bench.append('web', '/b');
      expect(bench.log.tree.hashes(0, 0, 2)).toEqual([...leafHashes, ...after.leafHashes]);
      expect(() => bench.log.tree.hashes(0, 2, 1)).toThrow('hole');
    },
  },
  {
    name: 'T3 every record is proved in every tree behind it, and every tree in those that grew from it',
    async check(bench) {
      const leaves: string[] = [];
      for (const count of [1, 2, 300, 1, 511, 1]) {
        const types = Array.from({ length: count }, (_, index) => `/fill/${index}`);
        leaves.push(...(await bench.append('web', ...types)).leafHashes);
      }
      const { tree } = bench.log;
      const size = leaves.length;
      const root = rootOf(tree, size);
      for (const index of [0, 2, 255, 256, 302, 511, 512, 814, 815]) {
        const proof = inclusionProof(tree, index, size);
        expect(verifyInclusion({ index, size, root, proof, leafHash: leaves[index] as never })).toBe(true);
      }
      for (const from of [1, 3, 256, 303, 512, 815, 816]) {
        const proof = consistencyProof(tree, from, size);
        expect(verifyConsistency({ from, size, fromRoot: rootOf(tree, from), root, proof })).toBe(true);
      }
    },
  },
  {
    name: 'T4 appends that come at once are in the tree in the order of their positions',
    async check(bench) {
      const appended = await Promise.all(Array.from({ length: 20 }, (_, index) => bench.append(`task${index}`, '/a')));
      const inOrder = appended.sort((a, b) => (a.records[0]?.position ?? 0) - (b.records[0]?.position ?? 0));
      expect(bench.log.tree.hashes(0, 0, 20)).toEqual(inOrder.flatMap(({ leafHashes }) => leafHashes));
    },
  },
];
