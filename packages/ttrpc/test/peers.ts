/** Both ends of connections, and raw peers for what no sound one would send. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, fromBinary, type Message, toBinary } from '@bufbuild/protobuf';
import { StringValueSchema } from '@bufbuild/protobuf/wkt';
import { encodeFrame, type Frame, FrameDecoder, type OversizedFrame } from '../src/frame.js';
import { type Request, RequestSchema, type Response, ResponseSchema } from '../src/gen/ttrpc_pb.js';

export class Folder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'ttrpc-'));
  readonly socket = join(this.path, 'sock');
  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export const text = (value: string): Uint8Array => toBinary(StringValueSchema, create(StringValueSchema, { value }));

export function request(method: string, value = '', more: Partial<Omit<Request, keyof Message>> = {}): Uint8Array {
  const message = create(RequestSchema, { service: 'test.Echo', method, payload: text(value), ...more });
  return toBinary(RequestSchema, message);
}

export function response(value: string): Uint8Array {
  return toBinary(ResponseSchema, create(ResponseSchema, { payload: text(value) }));
}

export const parseRequest = (frame: Frame): Request => fromBinary(RequestSchema, frame.data);
export const parseResponse = (frame: Frame): Response => fromBinary(ResponseSchema, frame.data);
export const parseText = (data: Uint8Array): string => fromBinary(StringValueSchema, data).value;

/** A peer that says what the test has it say. */
export class RawPeer implements Disposable {
  readonly socket: Socket;
  readonly #decoder = new FrameDecoder();
  readonly #frames: Frame[] = [];
  #arrival = Promise.withResolvers<void>();

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      this.#frames.push(...(this.#decoder.push(chunk) as Frame[]));
      this.#wake();
    });
    socket.on('close', () => this.#wake());
  }

  static async connect(path: string): Promise<RawPeer> {
    const socket = connect(path);
    await once(socket, 'connect');
    return new RawPeer(socket);
  }

  /** The server side of the next connection to a path. */
  static async accept(path: string): Promise<{ next: () => Promise<RawPeer>; [Symbol.dispose](): void }> {
    const waiting: ((peer: RawPeer) => void)[] = [];
    const accepted: RawPeer[] = [];
    const server = createServer((socket) => {
      const peer = new RawPeer(socket);
      const take = waiting.shift();
      if (take) take(peer);
      else accepted.push(peer);
    });
    server.listen(path);
    await once(server, 'listening');
    return {
      next: () => {
        const peer = accepted.shift();
        return peer ? Promise.resolve(peer) : new Promise((resolve) => waiting.push(resolve));
      },
      [Symbol.dispose]: () => void server.close(),
    };
  }

  send(frame: Partial<Frame>): void {
    this.socket.write(encodeFrame({ streamId: 1, type: 1, flags: 0, data: new Uint8Array(), ...frame }));
  }

  /** A header that announces more than comes. */
  announce(length: number, { streamId = 1, type = 1 }: Partial<OversizedFrame> = {}): void {
    const header = Buffer.alloc(10);
    header.writeUInt32BE(length, 0);
    header.writeUInt32BE(streamId, 4);
    header.writeUInt8(type, 8);
    this.socket.write(header);
  }

  async next(): Promise<Frame> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame) return frame;
      if (this.socket.destroyed) throw new Error('the peer has closed the connection');
      await this.#arrival.promise;
    }
  }

  #wake(): void {
    this.#arrival.resolve();
    this.#arrival = Promise.withResolvers();
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}
