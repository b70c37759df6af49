import { randomUUID } from 'node:crypto';
import type { Actor, StreamId } from '../event-log/event-log.js';
import { type CallContext, namespaceOf, type Receipt, signalOf } from '../kernel/call-context.js';
import type { Timestamp } from '../kernel/clock.js';
import type { Namespace, TaskId } from '../kernel/identifiers.js';
import { actorOf } from './actor.js';

/** One call of a user on one task: who asks, about what, for how long. */
export interface Call {
  readonly stream: StreamId & { readonly namespace: Namespace; readonly task: TaskId };
  readonly actor: Actor;
  readonly signal: AbortSignal | undefined;
  readonly onReceipt?: ((receipt: Receipt) => void) | undefined;
  /** When the task that is meant was asked for, where the call comes from a handle on it: not its namesake's. */
  readonly incarnation?: Timestamp | undefined;
}

/** @throws InvalidArgumentError if the context's namespace is no identifier. */
export function callOn(task: TaskId, context: CallContext = {}): Call {
  return {
    stream: { namespace: namespaceOf(context), task },
    actor: actorOf(context.actor, context.actor?.requestId ?? randomUUID()),
    signal: signalOf(context, Date.now()),
    onReceipt: context.onReceipt,
  };
}

/** The context that a backend gets: the deadline is in the signal already. */
export function backendContext(call: Call): CallContext {
  const { namespace } = call.stream;
  return call.signal ? { namespace, signal: call.signal } : { namespace };
}
