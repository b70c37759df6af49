/**
 * How keys and positions become bytes. Integers are unsigned, 64 bits, big-endian, so that the order of the bytes is
 * the order of the numbers; text is UTF-8. lmdb-js hands in the place to write to, and it may be too small: a
 * RangeError makes it find a larger one.
 */
import type { StreamId } from './event-log.js';

export interface KeyEncoder<K> {
  /** Returns where the key ends. */
  writeKey(key: K, target: Buffer, start: number): number;
  readKey(source: Buffer, start: number, end: number): K;
}

export interface ValueEncoder<V> {
  /** The bytes are taken before the next call. */
  encode(value: V): Buffer;
  decode(bytes: Buffer): V;
}

const u64Bytes = 8;

function writeU64(value: number, target: Buffer, start: number): number {
  target.writeUInt32BE(Math.floor(value / 2 ** 32), start);
  return target.writeUInt32BE(value >>> 0, start + 4);
}

function readU64(source: Buffer, start: number): number {
  return source.readUInt32BE(start) * 2 ** 32 + source.readUInt32BE(start + 4);
}

function writeText(text: string, target: Buffer, start: number): number {
  const room = target.byteLength - start;
  if (text.length * 3 > room && Buffer.byteLength(text) > room) throw new RangeError('the key does not fit');
  return start + target.write(text, start);
}

export const integerKeys: KeyEncoder<number> = {
  writeKey: writeU64,
  // Keys that are none stand nowhere in the order, and equal no position.
  readKey: (source, start, end) => (end - start === u64Bytes ? readU64(source, start) : Number.NaN),
};

export const textKeys: KeyEncoder<string> = {
  writeKey: writeText,
  readKey: (source, start, end) => source.toString('utf8', start, end),
};

/** A stream's prefix, then the version. Names hold no NUL, so no stream's keys stand among another's. */
export type StreamKey = [prefix: string, version: number];

export function streamPrefix({ namespace, task }: StreamId): string {
  return `${namespace}\0${task}\0`;
}

/** Total, whatever bytes the key has. */
export function streamOfPrefix(prefix: string): StreamId {
  const [namespace = '', task = ''] = prefix.split('\0');
  return { namespace, task };
}

export const streamKeys: KeyEncoder<StreamKey> = {
  writeKey([prefix, version], target, start) {
    return writeU64(version, target, writeText(prefix, target, start));
  },
  readKey(source, start, end) {
    const split = end - u64Bytes;
    if (split < start) return [source.toString('utf8', start, end), Number.NaN];
    return [source.toString('utf8', start, split), readU64(source, split)];
  },
};

/** Of the Merkle tree: the level, then the place in it. */
export type NodeKey = [level: number, index: number];

export const nodeKeys: KeyEncoder<NodeKey> = {
  writeKey: ([level, index], target, start) => writeU64(index, target, target.writeUInt8(level, start)),
  readKey: (source, start, end) =>
    end - start === 1 + u64Bytes ? [source.readUInt8(start), readU64(source, start + 1)] : [Number.NaN, Number.NaN],
};

const integer = Buffer.alloc(u64Bytes);

export const integerValues: ValueEncoder<number> = {
  encode(value) {
    writeU64(value, integer, 0);
    return integer;
  },
  decode: (bytes) => (bytes.length === u64Bytes ? readU64(bytes, 0) : Number.NaN),
};
