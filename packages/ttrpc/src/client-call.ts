/** One call in flight, as the connection sees it. */
import { type DescMessage, fromBinary, type MessageShape } from '@bufbuild/protobuf';
import { type Frame, frameFlags, frameTypes } from './frame.js';
import { ResponseSchema } from './gen/ttrpc_pb.js';
import type { MessageQueue } from './message-queue.js';
import { statusCodes, TtrpcError } from './status.js';

export class ClientCall<O extends DescMessage = DescMessage> {
  /** For people: `containerd.task.v2.Task/State`. */
  readonly name: string;
  readonly messages: MessageQueue<MessageShape<O>>;
  readonly #output: O;
  readonly #isUnary: boolean;

  constructor(name: string, output: O, isUnary: boolean, messages: MessageQueue<MessageShape<O>>) {
    this.name = name;
    this.messages = messages;
    this.#output = output;
    this.#isUnary = isUnary;
  }

  /** @returns whether that was the last frame of the call */
  take(frame: Frame): boolean {
    if (frame.type === frameTypes.response) {
      this.#takeResponse(frame);
      return true;
    }
    if (this.#isUnary) {
      this.fail(new TtrpcError(`${this.name} was answered with a stream of data`, { code: statusCodes.internal }));
      return true;
    }
    if ((frame.flags & frameFlags.noData) === 0 && !this.#push(frame.data)) return true;
    if ((frame.flags & frameFlags.remoteClosed) === 0) return false;
    this.messages.end();
    return true;
  }

  fail(error: TtrpcError): void {
    this.messages.fail(error);
  }

  #takeResponse({ data }: Frame): void {
    let response: MessageShape<typeof ResponseSchema>;
    try {
      response = fromBinary(ResponseSchema, data);
    } catch (cause) {
      this.fail(
        new TtrpcError(`${this.name} was answered with what is no response`, { code: statusCodes.internal, cause }),
      );
      return;
    }
    const { status, payload } = response;
    if (status && status.code !== 0) {
      this.fail(new TtrpcError(status.message, { code: status.code, details: status.details }));
      return;
    }
    // On a stream, a response without a payload is its end and no message.
    if ((this.#isUnary || payload.length > 0) && !this.#push(payload)) return;
    this.messages.end();
  }

  #push(payload: Uint8Array): boolean {
    try {
      this.messages.push(fromBinary(this.#output, payload), payload.length);
      return true;
    } catch (cause) {
      const what = `${this.name} was answered with what is no ${this.#output.typeName}`;
      this.fail(new TtrpcError(what, { code: statusCodes.internal, cause }));
      return false;
    }
  }
}
