import { errorCodeOf } from '../kernel/errors.js';

/** Undefined in place of a NotFoundError. */
export async function unlessNotFound<T>(promise: Promise<T> | undefined): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (errorCodeOf(error) === 'not-found') return undefined;
    throw error;
  }
}
