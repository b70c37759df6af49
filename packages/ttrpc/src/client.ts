import { connect, type Socket } from 'node:net';
import {
  create,
  type DescMessage,
  type DescMethod,
  type DescService,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { ClientCall } from './client-call.js';
import { drained } from './drained.js';
import {
  encodeFrame,
  type Frame,
  frameFlags,
  frameTypes,
  isOversized,
  maxDataLength,
  maxStreamId,
  type OversizedFrame,
} from './frame.js';
import { RequestSchema } from './gen/ttrpc_pb.js';
import { MessageQueue } from './message-queue.js';
import { encodeMetadata } from './metadata.js';
import type { CallOptions, ServiceClient } from './service.js';
import { SocketReader } from './socket-reader.js';
import { abortedError, statusCodes, TtrpcClosedError, TtrpcError } from './status.js';

/** A longer delay fires at once. */
const maxTimerDelay = 2 ** 31 - 1;

const noBytes = new Uint8Array();

interface InFlight {
  readonly call: ClientCall;
  /** Of what it holds outside of the connection. */
  release(): void;
}

/**
 * A connection to a ttrpc server. It keeps this process alive only while a call is in flight.
 *
 * What comes on a stream and is not read holds back everything else on the connection: read streams, or leave them.
 */
export class TtrpcClient implements Disposable {
  readonly #socket: Socket;
  readonly #reader: SocketReader;
  readonly #calls = new Map<number, InFlight>();
  readonly #closed = Promise.withResolvers<void>();
  #nextId = 1;
  #closedBy: TtrpcClosedError | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#reader = new SocketReader(socket, (frame) => this.#take(frame));
    socket.unref();
    socket.on('error', (cause) => this.#end(new TtrpcClosedError(`the connection broke: ${cause.message}`, { cause })));
    socket.on('close', () => {
      const where = this.#reader.isCutOff ? ' in the middle of a frame' : '';
      this.#end(new TtrpcClosedError(`the peer closed the connection${where}`));
    });
  }

  /**
   * @param path of a unix socket; one that begins with a zero byte is in the abstract namespace
   * @throws TtrpcClosedError if nobody listens there
   */
  static connect(path: string, { signal, timeoutMs }: Omit<CallOptions, 'metadata'> = {}): Promise<TtrpcClient> {
    return new Promise((resolve, reject) => {
      const limit = anyOf(signal, timeoutMs);
      if (limit?.aborted) return reject(abortedError(limit, `the connection to ${path}`));
      const socket = connect(path);
      const done = (): void => limit?.removeEventListener('abort', onAbort);
      const onAbort = (): void => {
        socket.destroy();
        reject(abortedError(limit as AbortSignal, `the connection to ${path}`));
      };
      limit?.addEventListener('abort', onAbort, { once: true });
      socket.once('error', (cause) => {
        done();
        reject(new TtrpcClosedError(`nobody answers at ${path}: ${cause.message}`, { cause }));
      });
      socket.once('connect', () => {
        done();
        socket.removeAllListeners('error');
        resolve(new TtrpcClient(socket));
      });
    });
  }

  /** Resolves when the connection has ended, whoever ended it. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  get isClosed(): boolean {
    return this.#closedBy !== undefined;
  }

  /** A function for each method of a service. */
  service<S extends DescService>(service: S): ServiceClient<S> {
    const methods = Object.entries(service.method).map(([name, method]) => [name, this.#caller(method)]);
    return Object.fromEntries(methods) as ServiceClient<S>;
  }

  /** Ends all calls that are in flight with a TtrpcClosedError. */
  [Symbol.dispose](): void {
    this.#end(new TtrpcClosedError('the connection was closed by this side'));
  }

  #caller(method: DescMethod): unknown {
    type Init = MessageInitShape<DescMessage>;
    switch (method.methodKind) {
      case 'unary':
        return async (request: Init, options?: CallOptions) => first(this.#call(method, request, options), method);
      case 'server_streaming':
        return (request: Init, options?: CallOptions) => this.#call(method, request, options);
      case 'client_streaming':
        return async (requests: AsyncIterable<Init>, options?: CallOptions) =>
          first(this.#stream(method, requests, options), method);
      default:
        return (requests: AsyncIterable<Init>, options?: CallOptions) => this.#stream(method, requests, options);
    }
  }

  /** The request goes with the first frame. */
  #call<O extends DescMessage>(
    method: DescMethod & { output: O },
    request: MessageInitShape<DescMessage>,
    options: CallOptions = {},
  ): AsyncIterable<MessageShape<O>> {
    const flags = method.methodKind === 'unary' ? 0 : frameFlags.remoteClosed;
    const payload = toBinary(method.input, create(method.input, request));
    return this.#begin(method, { flags, payload }, options).call.messages;
  }

  #stream<O extends DescMessage>(
    method: DescMethod & { output: O },
    requests: AsyncIterable<MessageInitShape<DescMessage>>,
    options: CallOptions = {},
  ): AsyncIterable<MessageShape<O>> {
    const { call, id } = this.#begin(method, { flags: frameFlags.remoteOpen, payload: noBytes }, options);
    this.#sendAll(method, id, requests).catch((error: unknown) => {
      call.messages.fail(error);
      this.#forget(id);
    });
    return call.messages;
  }

  async #sendAll(
    method: DescMethod,
    streamId: number,
    requests: AsyncIterable<MessageInitShape<DescMessage>>,
  ): Promise<void> {
    const { data: type } = frameTypes;
    try {
      for await (const request of requests) {
        // The server has said its last word.
        if (!this.#calls.has(streamId)) return;
        const data = toBinary(method.input, create(method.input, request));
        assertLength(data, nameOf(method));
        if (!this.#send({ streamId, type, flags: 0, data })) await drained(this.#socket);
      }
    } finally {
      const flags = frameFlags.remoteClosed | frameFlags.noData;
      if (this.#calls.has(streamId)) this.#send({ streamId, type, flags, data: noBytes });
    }
  }

  #begin<O extends DescMessage>(
    method: DescMethod & { output: O },
    { flags, payload }: { readonly flags: number; readonly payload: Uint8Array },
    options: CallOptions,
  ): { readonly call: ClientCall<O>; readonly id: number } {
    const name = nameOf(method);
    const limit = anyOf(options.signal, options.timeoutMs);
    if (limit?.aborted) throw abortedError(limit, name);
    if (this.#closedBy) throw this.#closedBy;
    if (this.#nextId > maxStreamId) throw new TtrpcClosedError('this connection has had all its calls: connect again');
    const request = create(RequestSchema, {
      service: method.parent.typeName,
      method: method.name,
      payload,
      timeoutNano: BigInt(Math.max(0, Math.ceil(options.timeoutMs ?? 0))) * 1_000_000n,
      metadata: encodeMetadata(options.metadata ?? {}),
    });
    const data = toBinary(RequestSchema, request);
    assertLength(data, name);
    const id = this.#nextId;
    this.#nextId += 2;
    const onAbort = (): void => {
      call.fail(abortedError(limit as AbortSignal, name));
      this.#forget(id);
    };
    const messages = new MessageQueue<MessageShape<O>>(
      (bytes) => this.#reader.count(bytes),
      () => this.#forget(id),
    );
    const call = new ClientCall(name, method.output, method.methodKind === 'unary', messages);
    limit?.addEventListener('abort', onAbort, { once: true });
    this.#calls.set(id, { call: call as ClientCall, release: () => limit?.removeEventListener('abort', onAbort) });
    this.#socket.ref();
    this.#send({ streamId: id, type: frameTypes.request, flags, data });
    return { call, id };
  }

  #forget(id: number): void {
    this.#calls.get(id)?.release();
    if (!this.#calls.delete(id)) return;
    if (this.#calls.size === 0) this.#socket.unref();
  }

  #take(frame: Frame | OversizedFrame): void {
    const { streamId, type } = frame;
    if (streamId % 2 === 0 || streamId >= this.#nextId) {
      this.#end(new TtrpcClosedError(`the peer does not speak ttrpc: it sent a frame of stream ${streamId}`));
      return;
    }
    const call = this.#calls.get(streamId)?.call;
    // An answer that came too late for its caller, or what a later version of the protocol has to say.
    if (!call || (type !== frameTypes.response && type !== frameTypes.data)) return;
    if (isOversized(frame)) {
      const what = `the answer to ${call.name} has ${frame.length} bytes, and ${maxDataLength} are allowed`;
      call.fail(new TtrpcError(what, { code: statusCodes.resourceExhausted }));
      this.#forget(streamId);
    } else if (call.take(frame)) {
      this.#forget(streamId);
    }
  }

  #send(frame: Frame): boolean {
    return this.#socket.write(encodeFrame(frame));
  }

  #end(reason: TtrpcClosedError): void {
    if (this.#closedBy) return;
    this.#closedBy = reason;
    for (const [id, { call }] of this.#calls) {
      call.fail(reason);
      this.#forget(id);
    }
    this.#socket.destroy();
    this.#closed.resolve();
  }
}

function nameOf(method: DescMethod): string {
  return `${method.parent.typeName}/${method.name}`;
}

function assertLength({ length }: Uint8Array, name: string): void {
  if (length <= maxDataLength) return;
  const what = `the request to ${name} has ${length} bytes, and ${maxDataLength} are allowed`;
  throw new TtrpcError(what, { code: statusCodes.resourceExhausted });
}

function anyOf(signal: AbortSignal | undefined, timeoutMs: number | undefined): AbortSignal | undefined {
  if (timeoutMs === undefined) return signal;
  const timeout = AbortSignal.timeout(Math.min(Math.max(0, Math.ceil(timeoutMs)), maxTimerDelay));
  return signal ? AbortSignal.any([signal, timeout]) : timeout;
}

async function first<T>(messages: AsyncIterable<T>, method: DescMethod): Promise<T> {
  for await (const message of messages) return message;
  throw new TtrpcError(`${nameOf(method)} was answered with nothing`, { code: statusCodes.internal });
}
