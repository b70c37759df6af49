/** Asks a shim for something, within the time that it has for that. */
import { abortError, DeadlineExceededError, type ShiplogError, UnavailableError } from '@shiplog/core';
import type { TaskLayout } from '@shiplog/oci';
import { type CallOptions, statusCodes, TtrpcClosedError, TtrpcError } from '@shiplog/ttrpc';
import type { ShimBackend } from './backend.js';
import type { TaskApi } from './connections.js';
import type { ShimRef } from './record.js';
import { shimError } from './shim-errors.js';

/** Milliseconds after which a call is given up, whatever its caller says. */
const limits = { query: 10_000, change: 60_000, dump: 600_000, wait: undefined } as const;

/** Milliseconds that a change which has begun has to come to its end once its caller gave up. */
const changeGrace = 2000;

/** The name under which containerd's shims look for the namespace of a call. */
const namespaceKey = 'containerd-namespace-ttrpc';

export function metadataOf({ namespace }: Pick<TaskLayout, 'namespace'>): Readonly<Record<string, string>> {
  return { [namespaceKey]: namespace };
}

export interface ShimCall<T> {
  readonly backend: ShimBackend;
  readonly layout: TaskLayout;
  readonly shim: Pick<ShimRef, 'address' | 'version' | 'binary'>;
  /** For people: `start task web`. */
  readonly action: string;
  readonly kind: keyof typeof limits;
  readonly signal: AbortSignal | undefined;
  readonly call: (api: TaskApi, options: CallOptions) => Promise<T>;
}

/** Nobody listens at a shim's address any more. */
export class ShimGoneError extends UnavailableError {
  override readonly name = 'ShimGoneError';
}

/**
 * @throws ShimGoneError if there is no shim (any more)
 * @throws CancelledError | DeadlineExceededError when the signal fired; a change is then given some time to come about, and
 *   is a success if it does
 */
export async function callShim<T>({ backend, layout, shim, action, kind, signal, call }: ShimCall<T>): Promise<T> {
  if (signal?.aborted) throw abortError(signal, 'it began');
  using patience = patienceOf(kind, signal);
  const options: CallOptions = {
    metadata: metadataOf(layout),
    timeoutMs: limits[kind],
    signal: patience.signal,
  };
  try {
    return await call(await backend.connections.api(shim.address, shim.version), options);
  } catch (error) {
    throw translated(error, { action, binary: shim.binary, kind, signal });
  }
}

type Failed = Pick<ShimCall<unknown>, 'action' | 'kind' | 'signal'> & Pick<ShimRef, 'binary'>;

function translated(error: unknown, { action, binary, kind, signal }: Failed): unknown {
  if (error instanceof TtrpcClosedError) {
    return new ShimGoneError(`cannot ${action}: its shim is gone (${error.message})`, { cause: error });
  }
  if (signal?.aborted && error instanceof TtrpcError && error.code === statusCodes.canceled) {
    return abortError(signal, 'the shim answered') satisfies ShiplogError;
  }
  if (error instanceof TtrpcError && error.code === statusCodes.deadlineExceeded) {
    return new DeadlineExceededError(`cannot ${action}: the shim did not answer within ${limits[kind]} ms`, {
      cause: error,
    });
  }
  return shimError(error, action, binary);
}

function patienceOf(
  kind: ShimCall<unknown>['kind'],
  signal: AbortSignal | undefined,
): Disposable & {
  readonly signal: AbortSignal | undefined;
} {
  if ((kind !== 'change' && kind !== 'dump') || !signal) return { signal, [Symbol.dispose]: () => undefined };
  const givenUp = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    timer = setTimeout(() => givenUp.abort(), changeGrace);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  return {
    signal: givenUp.signal,
    [Symbol.dispose]: () => {
      signal.removeEventListener('abort', onAbort);
      clearTimeout(timer);
    },
  };
}
