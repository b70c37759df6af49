/**
 * The file of a segment: gzip of lines. The first one says whose records these are, each other one is a record's stored text
 * as it stood in the log, so any tool can read it:
 *
 *     {"format":"shiplog-segment/1","origin":"5f0c...","first":1,"last":16384}
 *     {"position":1,"namespace":"default","task":"web", ...}
 */
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzipSync, gzip } from 'node:zlib';
import type { Position } from '../event-log/event-log.js';
import type { Segment } from '../event-log/log-base.js';
import { errorMessageOf } from '../kernel/errors.js';
import { sha256Of } from '../kernel/typed-any.js';

/** As long as the records of a segment may be together: whoever reads one that was exchanged is not made to fill the memory by it. */
const mostTextBytes = 256 << 20;

const format = 'shiplog-segment/1';
const extension = '.jsonl.gz';
const payloadExtension = '.payloads';

export interface SegmentHead {
  /** Of the log. */
  readonly origin: string;
  readonly first: Position;
  readonly last: Position;
}

const compress = promisify(gzip);

export function encodeSegment({ origin, first, last }: SegmentHead, texts: readonly string[]): Promise<Buffer> {
  return compress([JSON.stringify({ format, origin, first, last }), ...texts, ''].join('\n'));
}

const digits = 16;

export interface SegmentFiles {
  /** With its records. */
  readonly file: string;
  /** With its payloads. */
  readonly payloadFile: string;
}

/** No two of a name: neither others who archive the same records, nor copies of the log, write over what was archived. */
export function segmentFiles({ origin, first, last }: SegmentHead): SegmentFiles {
  const [from, to] = [first, last].map((position) => String(position).padStart(digits, '0'));
  const stem = `${origin}-${from}-${to}-${randomBytes(digits / 2).toString('hex')}`;
  return { file: `${stem}${extension}`, payloadFile: `${stem}${payloadExtension}` };
}

/** The positions in a file that is named as those of a log are; undefined for any other. */
export function rangeIn(name: string, origin: string): Pick<SegmentHead, 'first' | 'last'> | undefined {
  if (!name.startsWith(`${origin}-`)) return undefined;
  const [, first, last] =
    /^(\d{16})-(\d{16})-[0-9a-f]{16}\.(?:jsonl\.gz|payloads)$/.exec(name.slice(origin.length + 1)) ?? [];
  return first === undefined ? undefined : { first: Number(first), last: Number(last) };
}

export function isPayloadFile(name: string): boolean {
  return name.endsWith(payloadExtension);
}

/** What a file holds. Where something is wrong with it, there may be texts all the same: they tell in which record. */
export interface DecodedSegment {
  readonly texts: readonly string[] | undefined;
  readonly fault: string | undefined;
}

/**
 * Total, whatever the bytes are.
 *
 * @param origin of the log
 */
export function decodeSegment(
  bytes: Uint8Array,
  { first, last, bytes: length, sha256 }: Segment,
  origin: string,
): DecodedSegment {
  let text: string;
  try {
    text = gunzipSync(bytes, { maxOutputLength: mostTextBytes }).toString();
  } catch (error) {
    const cut =
      bytes.length < length ? `it was cut short, ${bytes.length} of ${length} bytes are there` : 'it was changed';
    return { texts: undefined, fault: `${cut} (${errorMessageOf(error)})` };
  }
  const [head = '', ...texts] = text.split('\n');
  if (head !== JSON.stringify({ format, origin, first, last })) {
    return { texts: undefined, fault: `it is another file, and begins with ${JSON.stringify(head.slice(0, 100))}` };
  }
  if (texts.pop() !== '' || texts.length !== last - first + 1) {
    return { texts, fault: `it has ${texts.length} records, where ${last - first + 1} belong` };
  }
  const fault = sha256Of(bytes) === sha256 ? undefined : 'its bytes have another hash';
  return { texts, fault };
}
