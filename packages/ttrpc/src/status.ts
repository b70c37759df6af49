/** How calls fail: gRPC's codes, which ttrpc shares. */
import type { Any } from '@bufbuild/protobuf/wkt';

export const statusCodes = {
  canceled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const;

export interface TtrpcErrorOptions {
  /** One of `statusCodes`; a peer may send others. */
  readonly code: number;
  readonly cause?: unknown;
  /** What the peer sent along. */
  readonly details?: readonly Any[];
}

/** A call that failed: at the peer, on the way, or because its caller gave it up. */
export class TtrpcError extends Error {
  override readonly name: string = 'TtrpcError';
  /** One of `statusCodes`; a peer may send others. */
  readonly code: number;
  readonly details: readonly Any[];

  constructor(message: string, options: TtrpcErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.details = options.details ?? [];
  }
}

/** There is no connection (any more). Whether the peer did what it was asked for last cannot be told. */
export class TtrpcClosedError extends TtrpcError {
  override readonly name: string = 'TtrpcClosedError';
  constructor(message: string, options: Pick<TtrpcErrorOptions, 'cause'> = {}) {
    super(message, { code: statusCodes.unavailable, ...options });
  }
}

/** The error of a call whose signal fired: its deadline, or its caller. */
export function abortedError(signal: AbortSignal, what: string): TtrpcError {
  const reason: unknown = signal.reason;
  if (reason instanceof DOMException && reason.name === 'TimeoutError') {
    return new TtrpcError(`${what} was not answered before its deadline`, {
      code: statusCodes.deadlineExceeded,
      cause: reason,
    });
  }
  return new TtrpcError(`${what} was cancelled`, { code: statusCodes.canceled, cause: reason });
}
