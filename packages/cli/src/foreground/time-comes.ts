import { setTimeout as delay } from 'node:timers/promises';
import { type Timestamp, timestampToNanos } from '@shiplog/core';

/** No timer takes more than 24 days, so a longer time is waited for in turns. */
const longestDelay = 2 ** 31 - 1;

/** Resolves when the time has passed; rejects when the signal fires before. */
export async function timeComes(time: Timestamp, signal: AbortSignal): Promise<void> {
  const end = Number(timestampToNanos(time) / 1_000_000n) + 1;
  for (let left = end - Date.now(); left > 0; left = end - Date.now()) {
    await delay(Math.min(left, longestDelay), undefined, { signal });
  }
}
