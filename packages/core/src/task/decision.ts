import type { ShiplogError } from '../kernel/errors.js';
import type { RequestCommand } from './commands.js';
import type { TaskEvent } from './events.js';
import type { Pending } from './state.js';

/** What `decide` makes of a command. */
export type Decision =
  /** Append these, in this order, in one transaction. */
  | { readonly kind: 'append'; readonly events: readonly TaskEvent[] }
  /** Nothing is to be done: the fact is in the log already, or its request was settled by somebody else. */
  | { readonly kind: 'unchanged' }
  /** Somebody else's request is open. Decide again when its outcome is in the log. */
  | { readonly kind: 'wait'; readonly pending: Pending }
  /** No. */
  | { readonly kind: 'reject'; readonly error: ShiplogError };

export function append(...events: readonly TaskEvent[]): Decision {
  return { kind: 'append', events };
}

export const unchanged: Decision = { kind: 'unchanged' };

export function waitFor(pending: Pending): Decision {
  return { kind: 'wait', pending };
}

export function reject(error: ShiplogError): Decision {
  return { kind: 'reject', error };
}

/** What every request event has of its command. */
export function requestOf({ containerId, requestId, owner }: RequestCommand) {
  return { containerId, requestId, owner };
}
