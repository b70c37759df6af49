/** One call at the server: from its request to its answer. */
import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type Message,
  type MessageInitShape,
  toBinary,
} from '@bufbuild/protobuf';
import { type Frame, frameFlags, frameTypes, maxDataLength } from './frame.js';
import { type Request, ResponseSchema } from './gen/ttrpc_pb.js';
import { MessageQueue } from './message-queue.js';
import { decodeMetadata } from './metadata.js';
import type { HandlerContext } from './service.js';
import { statusCodes, TtrpcError } from './status.js';

type Answer = Omit<Frame, 'streamId'>;
type Init = MessageInitShape<DescMessage>;
type OneAnswer = (request: unknown, context: HandlerContext) => Init | Promise<Init>;
type ManyAnswers = (request: unknown, context: HandlerContext) => AsyncIterable<Init>;

export interface ServerCallOptions {
  readonly method: DescMethod;
  readonly handler: unknown;
  readonly request: Request;
  /** Whether data frames of the client follow. */
  readonly isOpen: boolean;
  /** Resolves when the peer has room for more, or is gone. */
  send(answer: Answer): Promise<void>;
  /** The last word; nothing is sent after it. */
  end(answer: Answer | TtrpcError): void;
  /** Told of bytes that came and were not read yet, or, negative, were read. */
  count(bytes: number): void;
  onError(error: unknown): void;
}

const noBytes = new Uint8Array();

/** A longer delay fires at once. */
const maxTimerDelay = 2 ** 31 - 1;

export class ServerCall {
  readonly #options: ServerCallOptions;
  readonly #requests: MessageQueue<Message>;
  readonly #ended = new AbortController();
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(options: ServerCallOptions) {
    this.#options = options;
    this.#requests = new MessageQueue(options.count, () => undefined);
    this.#timer = this.#startTimer(options.request.timeoutNano);
  }

  /** Until the handler has ended, or the call was abandoned. */
  async run(): Promise<void> {
    try {
      await this.#answer();
    } catch (error) {
      this.#options.end(this.#statusOf(error));
    } finally {
      clearTimeout(this.#timer);
      this.#ended.abort();
    }
  }

  take({ flags, data }: Frame): void {
    if (!isClientStream(this.#options.method)) {
      throw new TtrpcError(`${this.#name} takes no stream of data`, { code: statusCodes.invalidArgument });
    }
    if ((flags & frameFlags.noData) === 0) this.#requests.push(this.#parse(data), data.length);
    if ((flags & frameFlags.remoteClosed) !== 0) this.#requests.end();
  }

  /** Nobody waits for the answer any more. */
  abandon(): void {
    clearTimeout(this.#timer);
    this.#ended.abort();
    this.#requests.fail(new TtrpcError(`the caller of ${this.#name} is gone`, { code: statusCodes.canceled }));
  }

  async #answer(): Promise<void> {
    const { method, handler, request, isOpen, end } = this.#options;
    const context = { signal: this.#ended.signal, metadata: decodeMetadata(request.metadata) };
    const isStream = isClientStream(method);
    if (isStream) {
      if (request.payload.length > 0) this.#requests.push(this.#parse(request.payload), request.payload.length);
      if (!isOpen) this.#requests.end();
    }
    const input = isStream ? this.#requests : this.#parse(request.payload);
    if (method.methodKind === 'unary' || method.methodKind === 'client_streaming') {
      const message = await (handler as OneAnswer)(input, context);
      const payload = this.#encode(message);
      const data = toBinary(ResponseSchema, create(ResponseSchema, { payload }));
      end({ type: frameTypes.response, flags: 0, data: this.#checked(data) });
      return;
    }
    for await (const message of (handler as ManyAnswers)(input, context)) {
      if (this.#ended.signal.aborted) return;
      const data = this.#checked(this.#encode(message));
      await this.#options.send({ type: frameTypes.data, flags: 0, data });
    }
    end({ type: frameTypes.data, flags: frameFlags.remoteClosed | frameFlags.noData, data: noBytes });
  }

  get #name(): string {
    return `${this.#options.method.parent.typeName}/${this.#options.method.name}`;
  }

  #parse(payload: Uint8Array): Message {
    const { input } = this.#options.method;
    try {
      return fromBinary(input, payload);
    } catch (cause) {
      const what = `${this.#name} was called with what is no ${input.typeName}`;
      throw new TtrpcError(what, { code: statusCodes.invalidArgument, cause });
    }
  }

  #encode(message: Init): Uint8Array {
    return toBinary(this.#options.method.output, create(this.#options.method.output, message));
  }

  #checked(data: Uint8Array): Uint8Array {
    if (data.length <= maxDataLength) return data;
    const what = `the answer of ${this.#name} has ${data.length} bytes, and ${maxDataLength} are allowed`;
    throw new TtrpcError(what, { code: statusCodes.resourceExhausted });
  }

  #statusOf(error: unknown): TtrpcError {
    if (error instanceof TtrpcError) return error;
    this.#options.onError(error);
    return new TtrpcError(error instanceof Error ? error.message : String(error), {
      code: statusCodes.unknown,
      cause: error,
    });
  }

  /** @param nanos nanoseconds; 0 for no deadline */
  #startTimer(nanos: bigint): NodeJS.Timeout | undefined {
    if (nanos <= 0n) return undefined;
    const millis = Math.min(Number(nanos / 1_000_000n), maxTimerDelay);
    return setTimeout(() => {
      this.#options.end(new TtrpcError(`the deadline of ${this.#name} passed`, { code: statusCodes.deadlineExceeded }));
      this.abandon();
    }, millis).unref();
  }
}

function isClientStream({ methodKind }: DescMethod): boolean {
  return methodKind === 'client_streaming' || methodKind === 'bidi_streaming';
}
