import { Writable } from 'node:stream';
import type { OutputStream } from '../src/output/output.js';

/** A stream that keeps what is written on it. */
export class MemoryStream extends Writable implements OutputStream {
  readonly isTTY: boolean;
  readonly columns: number;
  #chunks: Buffer[] = [];

  constructor({ isTTY = false, columns = 80 }: { isTTY?: boolean; columns?: number } = {}) {
    super({ decodeStrings: true });
    this.isTTY = isTTY;
    this.columns = columns;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.#chunks.push(Buffer.from(chunk));
    done();
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get text(): string {
    return this.bytes.toString();
  }
}

/** A pipe whose reader has gone. */
export class BrokenPipe extends Writable {
  override _write(_chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  }
}
