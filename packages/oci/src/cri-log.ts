/**
 * The CRI log format, as conmon writes it. A record is one line: `TIME STREAM TAG CONTENT\n`. Tag `F`: the content was
 * a whole line (or the rest of one), and its newline is not repeated. Tag `P`: the line goes on in the next record of
 * that stream. The content may hold any byte but a newline, so it is never decoded here.
 */
import { type Timestamp, timestampFromNanos } from '@shiplog/core';

export type CriStream = 'stdout' | 'stderr';

export interface CriRecord {
  /** RFC 3339, as the monitor wrote it. */
  readonly time: string;
  readonly stream: CriStream;
  /** The line goes on in the stream's next record. */
  readonly partial: boolean;
  /** What the process wrote: ends in a newline unless it is partial. */
  readonly bytes: Uint8Array;
}

const newline = 0x0a;
const space = 0x20;
const nothing = Buffer.alloc(0);
/** Makes a line of whatever follows that is no record. */
const tooLong = Buffer.from(' ');

/** No record is longer: conmon cuts at 8 KiB. What is, was never one. */
const maxRecord = 1024 * 1024;

/** Takes the file in pieces cut anywhere, and gives each record once it is whole. */
export class CriLogParser {
  /** A record that is not whole yet, in the pieces that it came in. */
  #begun: Buffer[] = [];
  #begunLength = 0;
  readonly #onDamage: () => void;

  /** @param onDamage told of each line that is no record: it is stepped around (P8) */
  constructor(onDamage: () => void = () => {}) {
    this.#onDamage = onDamage;
  }

  *push(chunk: Buffer): Generator<CriRecord> {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(newline, start);
      if (end === -1) break;
      const line = this.#finish(chunk.subarray(start, end + 1));
      start = end + 1;
      const record = parseRecord(line);
      if (record) yield record;
      else this.#onDamage();
    }
    // The reader may use its buffer again, so what is kept is copied.
    if (start < chunk.length) this.#keep(chunk.subarray(start));
  }

  #keep(rest: Buffer): void {
    this.#begunLength += rest.length;
    // Of what is too long to be a record the beginning is enough to know that it is none.
    if (this.#begunLength > maxRecord) this.#begun = [tooLong];
    else this.#begun.push(Buffer.from(rest));
  }

  #finish(rest: Buffer): Buffer {
    if (this.#begun.length === 0) return rest;
    const line = Buffer.concat([...this.#begun, rest]);
    this.#begun = [];
    this.#begunLength = 0;
    return line;
  }
}

/** @param line with its newline. Undefined for what is no record. */
export function parseRecord(line: Buffer): CriRecord | undefined {
  const timeEnd = line.indexOf(space);
  const streamEnd = line.indexOf(space, timeEnd + 1);
  if (timeEnd <= 0 || streamEnd === -1 || line[streamEnd + 2] !== space) return undefined;
  const stream = line.toString('latin1', timeEnd + 1, streamEnd);
  const tag = line.toString('latin1', streamEnd + 1, streamEnd + 2);
  if ((stream !== 'stdout' && stream !== 'stderr') || (tag !== 'F' && tag !== 'P')) return undefined;
  const partial = tag === 'P';
  const content = line.subarray(streamEnd + 3, partial ? line.length - 1 : line.length);
  return { time: line.toString('latin1', 0, timeEnd), stream, partial, bytes: content.length > 0 ? content : nothing };
}

/** A record's time as the log of events has times; undefined for what is no time. */
export function timestampOf(time: string): Timestamp | undefined {
  if (utc.test(time)) return `${time.slice(0, 29)}Z` as Timestamp;
  const match = zoned.exec(time);
  const seconds = match ? Date.parse(`${match[1]}${match[3]}`) : Number.NaN;
  if (!match || Number.isNaN(seconds)) return undefined;
  return timestampFromNanos(BigInt(seconds) * 1_000_000n + BigInt((match[2] ?? '').padEnd(9, '0')));
}

const utc = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}(?:Z|\+00:00)$/;
const zoned = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;
