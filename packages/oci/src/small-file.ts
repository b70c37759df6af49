/**
 * Small files on a tmpfs, read and written at once: that takes less time than to hand the work to another thread.
 */
import {
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { isShiplogError, storageProblem, syncPath, UnavailableError } from '@shiplog/core';

/** undefined if there is none. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/**
 * Readers see the old content or the new, never a part. For its owner alone (0600). A state folder may be on a disk,
 * and then a loss of power leaves one of the two as well.
 */
export function replaceFile(path: string, content: string): void {
  const temporary = `${path}.${process.pid}.new`;
  // Of a process that had our pid, or a link that somebody planted.
  rmSync(temporary, { force: true });
  const file = openSync(temporary, 'wx', 0o600);
  try {
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  syncPath(dirname(path));
}

/** One that is not there is removed already. */
export function removeEmptyFolder(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/** What lies in a folder; nothing if there is none. */
export function namesIn(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

// The last two are of a process and of a cgroup that went while its file was read.
const missing: readonly (string | undefined)[] = ['ENOENT', 'ENOTDIR', 'ESRCH', 'ENODEV'];

/** The error says that a file, or a folder on the way to it, is not there. */
export function isMissing(error: unknown): boolean {
  return missing.includes(systemCodeOf(error));
}

/** `ENOENT`, ...; undefined for what is no error of the system. */
export function systemCodeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}

/** What the system said of a folder of ours (a full or a read-only disk, most often), as an error of ours. */
export function storageError(error: unknown, folder: string): unknown {
  if (isShiplogError(error) || systemCodeOf(error) === undefined) return error;
  return new UnavailableError(`${folder} cannot be used: ${storageProblem(error, 'state folder')}`, {
    cause: error,
    details: { folder },
  });
}
