/** The hashes of RFC 6962, 2.1: a leaf can never pass for a node, since each begins with a byte of its own. */
import { hash } from 'node:crypto';
import type { Sha256 } from '../kernel/identifiers.js';

export const hashBytes = 32;

/** Of a tree without leaves. */
export const emptyRoot = hash('sha256', '', 'hex') as Sha256;

/** Grows with the largest leaf, and is never given away. */
let leaf = Buffer.alloc(4096);
/** Its beginnings, by their length: making one takes as long as a fifth of a hash. */
let beginnings: Buffer[] = [];

/** SHA-256(0x00 || the text in UTF-8). */
export function leafHashOfText(text: string): Sha256 {
  const most = 1 + 3 * text.length;
  if (most > leaf.length) {
    leaf = Buffer.alloc(most);
    beginnings = [];
  }
  const length = 1 + leaf.write(text, 1);
  beginnings[length] ??= leaf.subarray(0, length);
  return hash('sha256', beginnings[length], 'hex') as Sha256;
}

/** SHA-256(0x00 || bytes). */
export function leafHash(bytes: Uint8Array): Sha256 {
  return hash('sha256', Buffer.concat([Buffer.of(0), bytes]), 'hex') as Sha256;
}

const node = Buffer.alloc(1 + 2 * hashBytes, 1);

/** SHA-256(0x01 || left || right). */
export function nodeHash(left: Sha256, right: Sha256): Sha256 {
  node.write(left, 1, 'hex');
  node.write(right, 1 + hashBytes, 'hex');
  return hash('sha256', node, 'hex') as Sha256;
}

/** The root above some hashes of equal height; their number is a power of two. */
export function rootOfPowerOfTwo(hashes: readonly Sha256[]): Sha256 {
  if (hashes.length === 1) return hashes[0] as Sha256;
  // Level by level in place, and in bytes.
  const level = Buffer.from(hashes.join(''), 'hex');
  for (let width = hashes.length; width > 1; width /= 2) {
    for (let at = 0; at < width / 2; at += 1) {
      level.copy(node, 1, 2 * at * hashBytes, 2 * (at + 1) * hashBytes);
      level.write(hash('sha256', node, 'binary'), at * hashBytes, 'binary');
    }
  }
  return level.toString('hex', 0, hashBytes) as Sha256;
}
