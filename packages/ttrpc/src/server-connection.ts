/** One peer of a server: checks the order of its frames, and hands them to its calls. */
import type { Socket } from 'node:net';
import { create, fromBinary, type MessageShape, toBinary } from '@bufbuild/protobuf';
import { drained } from './drained.js';
import {
  encodeFrame,
  type Frame,
  type FrameHeader,
  frameFlags,
  frameTypes,
  isOversized,
  maxDataLength,
  type OversizedFrame,
} from './frame.js';
import { type Request, RequestSchema, ResponseSchema } from './gen/ttrpc_pb.js';
import { ServerCall } from './server-call.js';
import type { Registered, Services, TtrpcServerOptions } from './server-options.js';
import { SocketReader } from './socket-reader.js';
import { statusCodes, TtrpcError } from './status.js';

export class ServerConnection implements Disposable {
  readonly #socket: Socket;
  readonly #services: Services;
  readonly #options: Required<TtrpcServerOptions>;
  readonly #reader: SocketReader;
  readonly #calls = new Map<number, ServerCall>();
  #lastId = 0;

  constructor(socket: Socket, services: Services, options: Required<TtrpcServerOptions>) {
    this.#socket = socket;
    this.#services = services;
    this.#options = options;
    this.#reader = new SocketReader(socket, (frame) => this.#take(frame));
    // The close that follows is what counts.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      for (const call of this.#calls.values()) call.abandon();
      this.#calls.clear();
    });
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #take(frame: Frame | OversizedFrame): void {
    const { streamId, type } = frame;
    try {
      if (type === frameTypes.request) this.#begin(frame);
      else if (type === frameTypes.data) this.#continue(frame);
      // Other types are of a later version of the protocol, and may be passed over.
    } catch (error) {
      this.#calls.get(streamId)?.abandon();
      this.#calls.delete(streamId);
      this.#respond(streamId, error);
    }
  }

  #begin(frame: Frame | OversizedFrame): void {
    const { streamId, flags } = frame;
    if (streamId % 2 === 0) throw invalid(`the stream ID ${streamId} is even: those of clients are odd`);
    if (streamId <= this.#lastId) throw invalid(`the stream ID ${streamId} is not above the last one, ${this.#lastId}`);
    this.#lastId = streamId;
    if (isOversized(frame)) throw tooLong(frame);
    if (this.#calls.size >= this.#options.maxCalls) {
      throw new TtrpcError(`there are ${this.#calls.size} calls in flight already`, {
        code: statusCodes.resourceExhausted,
      });
    }
    const request = parseRequest(frame.data);
    const { method, handler } = this.#find(request);
    const call = new ServerCall({
      method,
      handler,
      request,
      isOpen: (flags & frameFlags.remoteOpen) !== 0,
      send: async (answer) => {
        if (!this.#send({ streamId, ...answer })) await drained(this.#socket);
      },
      end: (answer) => this.#end(streamId, answer),
      count: (bytes) => this.#reader.count(bytes),
      onError: this.#options.onError,
    });
    this.#calls.set(streamId, call);
    void call.run();
  }

  #continue(frame: Frame | OversizedFrame): void {
    const { streamId } = frame;
    const call = this.#calls.get(streamId);
    if (!call) throw invalid(`there is no stream ${streamId}, or it has ended`);
    if (isOversized(frame)) throw tooLong(frame);
    call.take(frame);
  }

  #find({ service, method }: Request): Registered {
    const methods = this.#services.get(service);
    if (!methods) throw new TtrpcError(`service ${service} is not served here`, { code: statusCodes.unimplemented });
    const registered = methods.get(method);
    if (!registered)
      throw new TtrpcError(`method ${method} of ${service} is not served here`, { code: statusCodes.unimplemented });
    return registered;
  }

  #end(streamId: number, answer: Omit<Frame, 'streamId'> | TtrpcError): void {
    if (!this.#calls.delete(streamId)) return;
    if (answer instanceof TtrpcError) this.#respond(streamId, answer);
    else this.#send({ streamId, ...answer });
  }

  #respond(streamId: number, error: unknown): void {
    const { code, message, details } = error as TtrpcError;
    const status = { code, message, details: [...details] };
    const data = toBinary(ResponseSchema, create(ResponseSchema, { status }));
    this.#send({ streamId, type: frameTypes.response, flags: 0, data });
  }

  /** @returns false while the peer does not read */
  #send(frame: Frame): boolean {
    if (this.#socket.destroyed) return false;
    const isTaken = this.#socket.write(encodeFrame(frame));
    if (!isTaken) this.#reader.waitForDrain();
    return isTaken;
  }
}

function parseRequest(data: Uint8Array): MessageShape<typeof RequestSchema> {
  try {
    return fromBinary(RequestSchema, data);
  } catch (cause) {
    throw new TtrpcError('a frame of type 1 holds no request', { code: statusCodes.invalidArgument, cause });
  }
}

function invalid(message: string): TtrpcError {
  return new TtrpcError(message, { code: statusCodes.invalidArgument });
}

function tooLong({ length }: OversizedFrame & FrameHeader): TtrpcError {
  return new TtrpcError(`a frame has ${length} bytes, and ${maxDataLength} are allowed`, {
    code: statusCodes.resourceExhausted,
  });
}
