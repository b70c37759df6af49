/**
 * Where the last lines of a log begin. The file is read from its end, a block at a time, so that neither its size nor
 * the length of its lines matters.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { type CriRecord, type CriStream, parseRecord, timestampOf } from './cri-log.js';

export interface TailOptions {
  /** Of both streams together; the part of a line that is not ended yet counts as one. */
  readonly lines: number;
  /** As text, RFC 3339 in UTC with nanoseconds: what was written before does not count. */
  readonly since?: string | undefined;
  /** The same for what was written after. */
  readonly until?: string | undefined;
}

export interface Tail {
  /** The byte at which the first record begins. */
  readonly begin: number;
  /** So many records of a stream from there on belong to lines before: the parts of lines may be mingled. */
  readonly skip: Readonly<Record<CriStream, number>>;
}

const blockSize = 64 * 1024;
/** The parts of a line that is mingled with those of the other stream are looked for so much farther, in bytes. */
const reach = 1024 * 1024;
/** No record is longer: conmon cuts at 8 KiB. What is, was never one. */
const maxRecord = 1024 * 1024;
const newline = 0x0a;

export async function findTail(path: string, { lines, since = '', until }: TailOptions): Promise<Tail> {
  await using file = await open(path, 'r');
  const search = new TailSearch(lines);
  const { size } = await file.stat();
  for await (const { offset, line } of linesBackwards(file, size)) {
    const record = parseRecord(line);
    if (!record) continue;
    const time = timestampOf(record.time);
    if (time !== undefined && time < since) break;
    if (time === undefined || until === undefined || time <= until) search.take(record, offset);
    if (search.over(offset)) break;
  }
  return search.found ?? { begin: size, skip: { stdout: 0, stderr: 0 } };
}

/** Takes records from the last one on. */
class TailSearch {
  readonly #wanted: number;
  #lines = 0;
  /** Streams that have a line in the tail whose beginning has not been seen. */
  readonly #open = new Set<CriStream>();
  /** Streams of which all that comes before is too early. */
  readonly #closed = new Set<CriStream>();
  readonly #skipped = { stdout: 0, stderr: 0 };
  #full: number | undefined;
  found: Tail | undefined;

  constructor(wanted: number) {
    this.#wanted = wanted;
  }

  take({ stream, partial }: CriRecord, offset: number): void {
    const goesOn = partial && this.#open.has(stream);
    if (!goesOn && !this.#closed.has(stream)) this.#beginLine(stream, offset);
    if (this.#closed.has(stream)) this.#skipped[stream] += 1;
    else this.found = { begin: offset, skip: { ...this.#skipped } };
  }

  #beginLine(stream: CriStream, offset: number): void {
    this.#open.delete(stream);
    if (this.#lines === this.#wanted) {
      this.#closed.add(stream);
      this.#full ??= offset;
      return;
    }
    this.#lines += 1;
    this.#open.add(stream);
  }

  /** Whether nothing that stands before this byte can belong to the tail. */
  over(offset: number): boolean {
    if (this.#full === undefined) return false;
    return this.#open.size === 0 || offset < this.#full - reach;
  }
}

interface Line {
  readonly offset: number;
  /** With its newline; empty if it is too long to be a record. */
  readonly line: Buffer;
}

/** The lines of a file from its last one on, without an end that has no newline yet. */
async function* linesBackwards(file: FileHandle, size: number): AsyncGenerator<Line> {
  /** What is read of the line at hand, its end; empty until a newline was seen. */
  let rest: Buffer[] = [];
  let length = 0;
  for (let end = size; end > 0; ) {
    const begin = Math.max(0, end - blockSize);
    const block = await readBlock(file, begin, end - begin);
    let lineEnd = block.length;
    for (let index = block.lastIndexOf(newline); index !== -1; ) {
      const piece = block.subarray(index + 1, lineEnd);
      if (rest.length > 0) yield { offset: begin + index + 1, line: join([piece, ...rest]) };
      rest = [block.subarray(index, index + 1)];
      length = 1;
      lineEnd = index;
      index = index === 0 ? -1 : block.lastIndexOf(newline, index - 1);
    }
    if (rest.length > 0 && length <= maxRecord) {
      rest.unshift(block.subarray(0, lineEnd));
      length += lineEnd;
    }
    end = begin;
  }
  if (rest.length > 0) yield { offset: 0, line: join(rest) };
}

function join(pieces: readonly Buffer[]): Buffer {
  const line = Buffer.concat(pieces);
  return line.length > maxRecord ? Buffer.alloc(0) : line;
}

async function readBlock(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const block = Buffer.allocUnsafe(length);
  const { bytesRead } = await file.read(block, 0, length, position);
  return block.subarray(0, bytesRead);
}
