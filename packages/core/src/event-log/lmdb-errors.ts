import { getSystemErrorName } from 'node:util';
import { errorMessageOf, isShiplogError, type ShiplogError, UnavailableError } from '../kernel/errors.js';

/** What to do, for the errors that a user can do something about. */
const advice: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: free some space, then try again',
  EDQUOT: 'the disk quota is used up: free some space, then try again',
  EFBIG: 'the file may not grow that far: raise the limit on file sizes, then try again',
  EROFS: 'the file system is read-only: mount it writable, or choose another root',
  EACCES: 'permission denied: run as the user who owns the root, or choose another root',
  EPERM: 'permission denied: run as the user who owns the root, or choose another root',
  ENOTDIR: 'a part of the path is no directory: choose another root',
  // What LMDB makes of a write that came out short.
  EIO: 'the disk is full, or has an error: free some space, or check it, then try again',
};

/** lmdb-js gives `code` as errno's number, Node as its name. */
function codeOf(error: unknown): string {
  const code: unknown = (error as { code?: unknown } | undefined)?.code;
  if (typeof code === 'string') return code;
  return typeof code === 'number' && code > 0 ? getSystemErrorName(-code) : '';
}

/** Any error that LMDB or the file system threw, as one of ours. */
export function unavailable(what: string, dir: string, error: unknown): ShiplogError {
  if (isShiplogError(error)) return error;
  const code = codeOf(error);
  const why = advice[code] ?? errorMessageOf(error);
  return new UnavailableError(`${what} the log in ${dir}: ${why}`, { cause: error, details: { dir, code } });
}
