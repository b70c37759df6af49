import { errorCodeOf } from '@shiplog/core';

/** What the log keeps of what is not there any more. @throws what `past` throws, where it never was */
export async function unlessGone<T>(present: () => Promise<T>, past: () => T): Promise<T> {
  try {
    return await present();
  } catch (error) {
    if (errorCodeOf(error) !== 'not-found') throw error;
    return past();
  }
}
