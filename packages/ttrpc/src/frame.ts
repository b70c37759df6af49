/**
 * The unit of the wire: a header of ten bytes, and data.
 *
 *     0-3  length of the data, big-endian     4-7  stream, big-endian     8  type     9  flags
 */

export const headerLength = 10;
/** Bytes that the data of one frame may have. */
export const maxDataLength = 4 << 20;
/** A stream's number has 32 bits. */
export const maxStreamId = 0xffff_ffff;

export const frameTypes = { request: 1, response: 2, data: 3 } as const;

export const frameFlags = {
  /** The sender sends no more on this stream. */
  remoteClosed: 1,
  /** Data frames of the sender follow. */
  remoteOpen: 2,
  /** There is no message in this frame, not even an empty one. */
  noData: 4,
} as const;

export interface FrameHeader {
  readonly streamId: number;
  /** One of `frameTypes`; another is of a later version of the protocol. */
  readonly type: number;
  readonly flags: number;
}

export interface Frame extends FrameHeader {
  readonly data: Uint8Array;
}

/** A frame whose data was too long, and was passed over. */
export interface OversizedFrame extends FrameHeader {
  /** Bytes. */
  readonly length: number;
}

export function isOversized(frame: Frame | OversizedFrame): frame is OversizedFrame {
  return 'length' in frame;
}

/** @throws RangeError if the data is longer than a frame can be */
export function encodeFrame({ streamId, type, flags, data }: Frame): Uint8Array {
  if (data.length > maxDataLength) throw new RangeError(`${data.length} bytes are too many for one frame`);
  const bytes = Buffer.allocUnsafe(headerLength + data.length);
  bytes.writeUInt32BE(data.length, 0);
  bytes.writeUInt32BE(streamId, 4);
  bytes.writeUInt8(type, 8);
  bytes.writeUInt8(flags, 9);
  bytes.set(data, headerLength);
  return bytes;
}

/** Cuts a stream of bytes into frames. It keeps less than one frame, however long a frame says it is. */
export class FrameDecoder {
  #chunks: Uint8Array[] = [];
  #length = 0;
  #skip = 0;
  #wanted = headerLength;

  /** The frames that are whole with these bytes. */
  push(chunk: Uint8Array): readonly (Frame | OversizedFrame)[] {
    const frames: (Frame | OversizedFrame)[] = [];
    let rest = this.#skipped(chunk);
    while (rest.length > 0) {
      const taken = rest.subarray(0, this.#wanted - this.#length);
      this.#chunks.push(taken);
      this.#length += taken.length;
      rest = rest.subarray(taken.length);
      if (this.#length < this.#wanted) break;
      const frame = this.#whole();
      if (frame === undefined) continue;
      frames.push(frame);
      rest = this.#skipped(rest);
    }
    return frames;
  }

  /** Whether it is between two frames. */
  get isIdle(): boolean {
    return this.#length === 0 && this.#skip === 0;
  }

  #skipped(bytes: Uint8Array): Uint8Array {
    const skipped = Math.min(this.#skip, bytes.length);
    this.#skip -= skipped;
    return bytes.subarray(skipped);
  }

  /** What is there is as long as was wanted: a header, or a frame; undefined where more of the frame has to come. */
  #whole(): Frame | OversizedFrame | undefined {
    const bytes = this.#chunks.length === 1 ? Buffer.from(this.#chunks[0] as Uint8Array) : Buffer.concat(this.#chunks);
    const length = bytes.readUInt32BE(0);
    const header = { streamId: bytes.readUInt32BE(4), type: bytes.readUInt8(8), flags: bytes.readUInt8(9) };
    const isHeaderOnly = this.#wanted === headerLength;
    if (isHeaderOnly && length > 0 && length <= maxDataLength) {
      this.#chunks = [bytes];
      this.#wanted = headerLength + length;
      return undefined;
    }
    this.#chunks = [];
    this.#length = 0;
    this.#wanted = headerLength;
    if (length > maxDataLength) {
      this.#skip = length;
      return { ...header, length };
    }
    return { ...header, data: bytes.subarray(headerLength) };
  }
}
