/** Folders of ours on the host, and what to do when the disk below them is in the way. */
import { closeSync, existsSync, fsyncSync, lstatSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { getSystemErrorName } from 'node:util';
import { errorMessageOf, FailedPreconditionError } from './errors.js';

/**
 * Like `mkdir -p`. Node.js's own never comes back from a folder such as `/proc/none/x`, and says ENOENT where the disk is
 * read-only.
 */
export function makeFolders(path: string, mode = 0o777): void {
  const above = dirname(path);
  if (!existsSync(above)) makeFolders(above, mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // A read-only disk says so also of a folder that is there.
    if (storageCodeOf(error) !== 'EEXIST' && !existsSync(path)) throw error;
  }
}

/**
 * Of a folder of ours that is there or not: what is written or removed in it must not be elsewhere.
 *
 * @throws FailedPreconditionError if a link is in its place
 */
export function assertNoLink(path: string): void {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return;
  throw new FailedPreconditionError(`${path} is a symbolic link, and has to be a folder of our own: remove it`, {
    details: { path },
  });
}

/** A file's bytes are on disk when it returns, or a folder's names: a file that was made has its own in the folder (P1). */
export function syncPath(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/**
 * The names of what is in a folder, and its own, and those of the folders above it up to `top`, are on disk when it
 * returns: of folders that were made, and of what was made in them.
 */
export function syncNames(folder: string, top = '/'): void {
  for (let above = folder; ; above = dirname(above)) {
    try {
      syncPath(above);
    } catch (error) {
      // Who may not read a folder has made nothing in it.
      if (storageCodeOf(error) !== 'EACCES') throw error;
    }
    if (above === top || above === dirname(above)) return;
  }
}

const permission = (what: string) =>
  `permission denied: run as the user who owns the ${what}, or choose another ${what}`;

/** For the errors that a user can do something about. */
const advice: Readonly<Record<string, (what: string) => string>> = {
  ENOSPC: () => 'the disk is full: free some space, then try again',
  EDQUOT: () => 'the disk quota is used up: free some space, then try again',
  EFBIG: () => 'the file may not grow that far: raise the limit on file sizes, then try again',
  EROFS: (what) => `the file system is read-only: mount it writable, or choose another ${what}`,
  EACCES: permission,
  EPERM: permission,
  ENOTDIR: (what) => `a part of the path is no directory: choose another ${what}`,
  // What LMDB makes of a write that came out short.
  EIO: () => 'the disk is full, or has an error: free some space, or check it, then try again',
};

/** What stands in the way, and what to do about it. @param what of the user's it lies in: `root`, `state folder` */
export function storageProblem(error: unknown, what: string): string {
  return advice[storageCodeOf(error)]?.(what) ?? errorMessageOf(error);
}

/** `ENOSPC`, ...; empty for what is no error of the system. lmdb-js gives errno's number, Node.js its name. */
export function storageCodeOf(error: unknown): string {
  const code: unknown = (error as { code?: unknown } | undefined)?.code;
  if (typeof code === 'string') return code;
  return typeof code === 'number' && code > 0 ? getSystemErrorName(-code) : '';
}
