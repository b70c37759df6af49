import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { abortError } from '@shiplog/core';
import { systemCodeOf } from './small-file.js';

export interface Search<T> {
  /** What is looked for comes with a change of this file; its folder is there already. */
  readonly file: string;
  /** undefined while it is not there; what it throws ends the search. */
  look(): T | undefined;
  /** Milliseconds between two looks for what changes no file. */
  readonly lookInterval: number;
  /** Cheaper than a look: whether nothing can have changed but with a change of the file. Absent where only a look tells. */
  isUnchanged?(): boolean;
  readonly signal?: AbortSignal | undefined;
  /** For people, behind "before": `the process ended`. */
  readonly what: string;
}

/** Milliseconds, where the host has no watch left to give. */
const unwatchedInterval = 20;

/**
 * Looks at once, at every change of the file, and every now and then.
 *
 * @throws CancelledError | DeadlineExceededError when the signal fired
 */
export function untilFound<T>({ file, look, lookInterval, isUnchanged, signal, what }: Search<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void): void => {
      watcher?.close();
      clearInterval(timer);
      signal?.removeEventListener('abort', onAbort);
      settle();
    };
    const onAbort = (): void => finish(() => reject(abortError(signal as AbortSignal, what)));
    const check = (): void => {
      try {
        const found = look();
        if (found !== undefined) finish(() => resolve(found));
      } catch (error) {
        finish(() => reject(error));
      }
    };
    const watcher = watchFile(file, check);
    const glance = (): void => {
      if (!isUnchanged?.()) check();
    };
    const timer = watcher
      ? setInterval(glance, lookInterval)
      : setInterval(check, Math.min(unwatchedInterval, lookInterval));
    if (signal?.aborted) return onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    // Only now: what was written before the watch stood is seen here, what is written after it by the watch.
    check();
  });
}

function watchFile(path: string, onChange: () => void): FSWatcher | undefined {
  try {
    const name = basename(path);
    const watcher = watch(dirname(path), (_event, changed) => (changed === name ? onChange() : undefined));
    watcher.on('error', onChange);
    return watcher;
  } catch (error) {
    if (['ENOSPC', 'EMFILE', 'ENOENT'].includes(systemCodeOf(error) ?? '')) return undefined;
    throw error;
  }
}
