import { randomUUID } from 'node:crypto';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isMissing, namesIn, systemCodeOf } from './small-file.js';

// No ID begins with a dot, and no folder of ours with two.
const draftMark = '..';

const removedMark = `${draftMark}removed.`;

/** The name of a folder that was about to be claimed or removed, by a process that may be gone. */
export function isDraft(name: string): boolean {
  return name.startsWith(draftMark);
}

/**
 * Makes a folder with what `fill` puts in it, whole or not at all: of any number of callers, one gets `true`. The
 * others find it there, complete.
 */
export function claimFolder(path: string, fill: (path: string) => void): boolean {
  const draft = join(dirname(path), `${draftMark}${basename(path)}.${process.pid}`);
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  try {
    fill(draft);
    renameSync(draft, path);
    return true;
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    const taken = systemCodeOf(error) === 'ENOTEMPTY' || systemCodeOf(error) === 'EEXIST';
    if (taken) return false;
    throw error;
  }
}

/**
 * Removes a folder, whole or not at all: who looks into it finds everything or nothing. One that is not there is removed
 * already. If we die on the way, `sweepRemoved` takes what is left.
 */
export function removeFolder(path: string): void {
  const removed = join(dirname(path), `${removedMark}${randomUUID()}`);
  try {
    renameSync(path, removed);
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  remove(removed);
}

/** Takes what removals that were cut short have left in a folder. */
export function sweepRemoved(path: string): void {
  for (const name of namesIn(path)) if (name.startsWith(removedMark)) remove(join(path, name));
}

/** Somebody else may be at it as well. */
function remove(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 3 });
}
