/** What a service looks like to who calls it, and to who implements it. */
import type { DescMessage, DescMethod, DescService, MessageInitShape, MessageShape } from '@bufbuild/protobuf';

/** By its name: a value in both directions. Lists, where a key came more than once. */
export type Metadata = Readonly<Record<string, string | readonly string[]>>;

export interface CallOptions {
  readonly metadata?: Metadata;
  /** Milliseconds from now. The server is told, too. */
  readonly timeoutMs?: number | undefined;
  /** Gives the call up. The server hears nothing of it: ttrpc has no word for it. */
  readonly signal?: AbortSignal | undefined;
}

type Input<M> = M extends { readonly input: infer I extends DescMessage } ? I : never;
type Output<M> = M extends { readonly output: infer O extends DescMessage } ? O : never;
type Kind<M> = M extends { readonly methodKind: infer K extends DescMethod['methodKind'] } ? K : never;

interface ClientMethods<I extends DescMessage, O extends DescMessage> {
  unary: (request: MessageInitShape<I>, options?: CallOptions) => Promise<MessageShape<O>>;
  server_streaming: (request: MessageInitShape<I>, options?: CallOptions) => AsyncIterable<MessageShape<O>>;
  client_streaming: (requests: AsyncIterable<MessageInitShape<I>>, options?: CallOptions) => Promise<MessageShape<O>>;
  bidi_streaming: (
    requests: AsyncIterable<MessageInitShape<I>>,
    options?: CallOptions,
  ) => AsyncIterable<MessageShape<O>>;
}

/** A function for each method of a service. */
export type ServiceClient<S extends DescService> = {
  readonly [N in keyof S['method']]: ClientMethods<Input<S['method'][N]>, Output<S['method'][N]>>[Kind<S['method'][N]>];
};

/** What a handler is told beside the request. */
export interface HandlerContext {
  /** Fires at the deadline of the call, and when the connection is gone. */
  readonly signal: AbortSignal;
  readonly metadata: Metadata;
}

type Answer<T> = T | Promise<T>;

interface Handlers<I extends DescMessage, O extends DescMessage> {
  unary: (request: MessageShape<I>, context: HandlerContext) => Answer<MessageInitShape<O>>;
  server_streaming: (request: MessageShape<I>, context: HandlerContext) => AsyncIterable<MessageInitShape<O>>;
  client_streaming: (requests: AsyncIterable<MessageShape<I>>, context: HandlerContext) => Answer<MessageInitShape<O>>;
  bidi_streaming: (
    requests: AsyncIterable<MessageShape<I>>,
    context: HandlerContext,
  ) => AsyncIterable<MessageInitShape<O>>;
}

/** A method that is left out is answered with `unimplemented`. What a handler throws is the call's status. */
export type ServiceHandlers<S extends DescService> = {
  readonly [N in keyof S['method']]?: Handlers<Input<S['method'][N]>, Output<S['method'][N]>>[Kind<S['method'][N]>];
};
