import type { DescMethod } from '@bufbuild/protobuf';

export interface TtrpcServerOptions {
  /** Calls in flight on one connection; more are refused with `resource exhausted`. 10,000 when absent. */
  readonly maxCalls?: number;
  /** Told of what handlers threw that was no TtrpcError; the caller only hears `unknown` and its message. */
  readonly onError?: (error: unknown) => void;
}

/** A method, and what answers it. */
export interface Registered {
  readonly method: DescMethod;
  readonly handler: unknown;
}

/** By the name of the service, and that of the method. */
export type Services = ReadonlyMap<string, ReadonlyMap<string, Registered>>;
