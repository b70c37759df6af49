import { errorCodeOf } from '@shiplog/core';

/** For a signal to what may end by itself meanwhile; what else is wrong, the next step will say. */
export async function unlessEnded(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    const code = errorCodeOf(error);
    if (code !== 'not-found' && code !== 'failed-precondition') throw error;
  }
}
