import { errorCodeOf } from '@shiplog/core';

/** For a delete after the end was seen: that somebody else was faster is as good, and takes no exit code away. */
export async function unlessDeleted(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (errorCodeOf(error) !== 'not-found') throw error;
  }
}
