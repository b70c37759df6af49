import { FailedPreconditionError, type ProcessIdentity } from '@shiplog/core';
import { callRuntime, type RuntimeCall } from './backend.js';
import { isAlive } from './host-process.js';

/** Milliseconds between two looks whether there still is a process to be started. */
const lookInterval = 250;

/**
 * Has the runtime start the process of a container. One that died in the meantime reads no start: crun would wait for that
 * for ever, and is ended.
 *
 * @throws FailedPreconditionError if the process was gone
 */
export async function startContainer(call: RuntimeCall, process: ProcessIdentity | null): Promise<void> {
  const gone = new AbortController();
  const look = (): void => {
    if (process && !isAlive(process)) gone.abort();
  };
  const looking = setInterval(look, lookInterval);
  const signal = call.signal ? AbortSignal.any([call.signal, gone.signal]) : gone.signal;
  try {
    await callRuntime({ ...call, signal });
  } catch (cause) {
    if (!gone.signal.aborted || call.signal?.aborted) throw cause;
    throw new FailedPreconditionError(`cannot ${call.action}: its process was gone before it was started`, { cause });
  } finally {
    clearInterval(looking);
  }
}
