import type { Sha256 } from '../kernel/identifiers.js';
import type { TreeNode } from './grow.js';
import { emptyRoot, nodeHash } from './hash.js';
import { tileHeight } from './tree.js';

interface Subtree {
  readonly height: number;
  readonly hash: Sha256;
}

/** Makes a tree from its leaves, one by one, in memory that grows with its height only. */
export class TreeBuilder {
  /** Whole subtrees from left to right, each higher than the next. */
  readonly #subtrees: Subtree[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** @param onNode hears of each node that a log stores, as it comes */
  add(leaf: Sha256, onNode?: (node: TreeNode) => void): void {
    this.#size += 1;
    let added: Subtree = { height: 0, hash: leaf };
    for (let left = this.#subtrees.at(-1); left?.height === added.height; left = this.#subtrees.at(-1)) {
      this.#subtrees.pop();
      added = { height: left.height + 1, hash: nodeHash(left.hash, added.hash) };
      if (onNode && added.height % tileHeight === 0) {
        onNode({ level: added.height / tileHeight, index: this.#size / 2 ** added.height - 1, hash: added.hash });
      }
    }
    this.#subtrees.push(added);
  }

  root(): Sha256 {
    const [first, ...rest] = this.#subtrees.map(({ hash }) => hash).reverse();
    return first === undefined ? emptyRoot : rest.reduce((right, left) => nodeHash(left, right), first);
  }
}
