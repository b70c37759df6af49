import { constants } from 'node:os';
import { InterruptedError } from '../errors.js';

const interrupting = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Work that only looks on: a signal ends it, and touches no task.
 *
 * @throws InterruptedError
 */
export async function interruptible<T>(
  work: (signal: AbortSignal) => Promise<T>,
  source: NodeJS.EventEmitter = process,
): Promise<T> {
  const controller = new AbortController();
  const listeners = interrupting.map(
    (name) => [name, () => controller.abort(new InterruptedError(constants.signals[name]))] as const,
  );
  for (const [name, listener] of listeners) source.on(name, listener);
  try {
    const result = await work(controller.signal);
    // Work that ends with its signal, without an error, was interrupted all the same.
    controller.signal.throwIfAborted();
    return result;
  } catch (error) {
    controller.signal.throwIfAborted();
    throw error;
  } finally {
    for (const [name, listener] of listeners) source.off(name, listener);
  }
}
