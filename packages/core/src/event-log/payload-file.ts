/**
 * The payloads of a segment, in a file beside its records: one behind the other, each gzip of its own, so that one can be
 * overwritten and the others stay. In front of each a line says what it is:
 *
 *     SHA-256 LENGTH NEWLINE gzip of the payload, LENGTH bytes, NEWLINE
 */
import { closeSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Sha256 } from '../kernel/identifiers.js';
import { sha256Of } from '../kernel/typed-any.js';

/** Where the gzip of a payload stands in its file, in bytes. */
export interface PayloadPlace {
  readonly offset: number;
  readonly length: number;
}

export interface EncodedPayloads {
  readonly bytes: Buffer;
  readonly places: ReadonlyMap<Sha256, PayloadPlace>;
}

export function encodePayloads(payloads: Iterable<readonly [sha256: Sha256, bytes: Uint8Array]>): EncodedPayloads {
  const parts: Buffer[] = [];
  const places = new Map<Sha256, PayloadPlace>();
  let end = 0;
  for (const [sha256, bytes] of payloads) {
    const packed = gzipSync(bytes);
    const head = Buffer.from(`${sha256} ${packed.length}\n`);
    places.set(sha256, { offset: end + head.length, length: packed.length });
    parts.push(head, packed, Buffer.from('\n'));
    end += head.length + packed.length + 1;
  }
  return { bytes: Buffer.concat(parts, end), places };
}

/** Whose bytes a file has, overwritten ones, too; undefined for what is no such file. */
export function hashesInPayloads(bytes: Uint8Array): readonly Sha256[] | undefined {
  const hashes: Sha256[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(0x0a, at);
    const [sha256 = '', length = ''] = Buffer.from(bytes.subarray(at, end)).toString('latin1').split(' ');
    if (end < at || !/^[0-9a-f]{64}$/.test(sha256) || !/^\d+$/.test(length)) return undefined;
    hashes.push(sha256 as Sha256);
    at = end + 1 + Number(length) + 1;
  }
  return hashes;
}

/** As large as one may be, in bytes: whoever reads a file that was exchanged is not made to fill the memory by it. */
export const mostPayloadBytes = 256 << 20;

/**
 * Undefined where other bytes stand there, or none.
 *
 * @throws what the file system does
 */
export function readPayload(path: string, sha256: Sha256, place: PayloadPlace): Uint8Array | undefined {
  const file = openSync(path, 'r');
  try {
    return payloadIn(file, sha256, place);
  } finally {
    closeSync(file);
  }
}

/** Whether its bytes can be read there. */
export function isPayloadIn(path: string, { sha256, ...place }: PayloadPlace & { readonly sha256: Sha256 }): boolean {
  try {
    return readPayload(path, sha256, place) !== undefined;
  } catch {
    return false;
  }
}

/** The same of a file that is open. @throws what the file system does */
export function payloadIn(file: number, sha256: Sha256, { offset, length }: PayloadPlace): Uint8Array | undefined {
  const packed = Buffer.alloc(length);
  if (readSync(file, packed, 0, length, offset) < length) return undefined;
  const bytes = tryUnpack(packed);
  return bytes && sha256Of(bytes) === sha256 ? bytes : undefined;
}

function tryUnpack(packed: Uint8Array): Uint8Array | undefined {
  try {
    return gunzipSync(packed, { maxOutputLength: mostPayloadBytes });
  } catch {
    return undefined;
  }
}

/** Overwrites one in a file that is open for it, and it is on disk when this returns. @throws what the file system does */
export function wipeIn(file: number, { offset, length }: PayloadPlace): void {
  writeSync(file, Buffer.alloc(length), 0, length, offset);
  fsyncSync(file);
}
