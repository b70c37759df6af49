import { DeadlineExceededError } from '../kernel/errors.js';

/**
 * Waits for the work, but no longer than the limit. The work itself cannot be stopped from here: what it gives later is
 * lost, unless somebody keeps the promise.
 *
 * @param limit milliseconds
 * @throws DeadlineExceededError saying that `what` did not end in time
 */
export async function withTimeLimit<T>(work: Promise<T>, limit: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new DeadlineExceededError(`${what} took longer than ${limit} ms`)), limit);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
