/**
 * The CRI log format, as conmon writes it. A record is one line: `TIME STREAM TAG CONTENT\n`. Tag `F`: the content was
 * a whole line (or the rest of one), and its newline is not repeated. Tag `P`: the line goes on in the next record of
 * that stream. The content may hold any byte but a newline, so it is never decoded here.
 */
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

/** Takes the file in pieces cut anywhere, and gives each record once it is whole. */
export class CriLogParser {
  /** A record that is not whole yet, in the pieces that it came in. */
  #begun: Buffer[] = [];

  *push(chunk: Buffer): Generator<CriRecord> {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(newline, start);
      if (end === -1) break;
      const line = this.#finish(chunk.subarray(start, end + 1));
      start = end + 1;
      const record = parseRecord(line);
      if (record) yield record;
    }
    // The reader may use its buffer again, so what is kept is copied.
    if (start < chunk.length) this.#begun.push(Buffer.from(chunk.subarray(start)));
  }

  #finish(rest: Buffer): Buffer {
    if (this.#begun.length === 0) return rest;
    const line = Buffer.concat([...this.#begun, rest]);
    this.#begun = [];
    return line;
  }
}

/** @param line with its newline. Undefined for what is no record: a torn line is stepped around (P8). */
function parseRecord(line: Buffer): CriRecord | undefined {
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
