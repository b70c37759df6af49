import type { Sha256 } from '../kernel/identifiers.js';
import type { TreeNode } from './grow.js';
import { emptyRoot, nodeHash, rootOfPowerOfTwo } from './hash.js';
import { tileHeight, tileWidth } from './tree.js';

interface Subtree {
  readonly height: number;
  readonly hash: Sha256;
}

/** Makes a tree from its leaves, one by one, in memory that grows with its height only. */
export class TreeBuilder {
  /** Whole subtrees of tiles from left to right, each higher than the next. */
  readonly #subtrees: Subtree[] = [];
  /** Leaves that fill no tile yet. */
  #leaves: Sha256[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** @param onNode hears of each node that a log stores, as it comes */
  add(leaf: Sha256, onNode?: (node: TreeNode) => void): void {
    this.#size += 1;
    this.#leaves.push(leaf);
    if (this.#leaves.length < tileWidth) return;
    let added: Subtree = { height: tileHeight, hash: rootOfPowerOfTwo(this.#leaves) };
    this.#leaves = [];
    this.#tell(added, onNode);
    for (let left = this.#subtrees.at(-1); left?.height === added.height; left = this.#subtrees.at(-1)) {
      this.#subtrees.pop();
      added = { height: left.height + 1, hash: nodeHash(left.hash, added.hash) };
      this.#tell(added, onNode);
    }
    this.#subtrees.push(added);
  }

  root(): Sha256 {
    const subtrees = this.#subtrees.map(({ hash }) => hash);
    for (let at = 0; at < this.#leaves.length; ) {
      const width = 2 ** Math.floor(Math.log2(this.#leaves.length - at));
      subtrees.push(rootOfPowerOfTwo(this.#leaves.slice(at, at + width)));
      at += width;
    }
    const [first, ...rest] = subtrees.reverse();
    return first === undefined ? emptyRoot : rest.reduce((right, left) => nodeHash(left, right), first);
  }

  #tell({ height, hash }: Subtree, onNode: ((node: TreeNode) => void) | undefined): void {
    if (height % tileHeight !== 0) return;
    onNode?.({ level: height / tileHeight, index: this.#size / 2 ** height - 1, hash });
  }
}
