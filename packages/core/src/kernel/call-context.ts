import { CancelledError, DeadlineExceededError, type ShiplogError } from './errors.js';
import { defaultNamespace, type Namespace, parseNamespace, type Sha256 } from './identifiers.js';

/** Who asks, as far as the caller tells; the rest is read from the process. */
export interface ActorInput {
  /** What the embedding program says of its user. Never a secret: it is kept and printed, as all of this is. */
  readonly user?: string;
  /** Why it is asked for: a ticket, a change request. */
  readonly ticket?: string;
  /** The command in words, without arguments that may hold secrets: `shiplog run web`. */
  readonly command?: string;
  /**
   * The command line, free of secrets. When absent, the program and its script alone: nobody knows which of the other
   * words are secrets.
   */
  readonly argv?: readonly string[];
  /** Ties all events of one request together; made when absent. */
  readonly requestId?: string;
}

/** That an event is in the log. Given when it is on disk; `proveInclusion` proves it to whoever has a checkpoint. */
export interface Receipt {
  /** Of the log. */
  readonly origin: string;
  readonly position: number;
  /** Of the stored bytes: leaf `position - 1` of the log's Merkle tree. */
  readonly leafHash: Sha256;
  readonly namespace: string;
  readonly task: string;
  /** The topic: of the request first, of its fact or failure then. */
  readonly type: string;
}

/** Goes with every call, as Go's `context.Context` does in containerd. */
export interface CallContext {
  /** `default` when absent. */
  readonly namespace?: string;
  readonly actor?: ActorInput;
  /**
   * Told of each event that this call has put into the log, before it returns. A call that changes nothing, as it finds
   * its work done, puts none.
   */
  readonly onReceipt?: (receipt: Receipt) => void;
  /** Ends the waiting of this call. What has begun on the machine is still brought to its outcome in the log. */
  readonly signal?: AbortSignal;
  /** Milliseconds since the epoch after which the call fails with `deadline-exceeded`. */
  readonly deadline?: number;
}

/** @throws InvalidArgumentError if the namespace is no identifier. */
export function namespaceOf(context: CallContext | undefined): Namespace {
  return context?.namespace === undefined ? defaultNamespace : parseNamespace(context.namespace);
}

// setTimeout fires at once for a longer delay.
const maxTimerDelay = 2 ** 31 - 1;

/** One signal for the caller's own and its deadline; whichever comes first is the cause. */
export function signalOf(context: CallContext, now: number): AbortSignal | undefined {
  if (context.deadline === undefined) return context.signal;
  const delay = Math.min(Math.max(0, context.deadline - now), maxTimerDelay);
  const timeout = AbortSignal.timeout(delay);
  return context.signal ? AbortSignal.any([context.signal, timeout]) : timeout;
}

/** The error for a signal that fired: its deadline or its caller. */
export function abortError(signal: AbortSignal, what: string): ShiplogError {
  const reason: unknown = signal.reason;
  if (reason instanceof DOMException && reason.name === 'TimeoutError') {
    return new DeadlineExceededError(`the deadline passed before ${what}`, { cause: reason });
  }
  return new CancelledError(`the call was cancelled before ${what}`, { cause: reason });
}
