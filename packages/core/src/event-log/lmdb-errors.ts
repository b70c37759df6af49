import { isShiplogError, type ShiplogError, UnavailableError } from '../kernel/errors.js';
import { storageCodeOf, storageProblem } from '../kernel/storage.js';

/** Any error that LMDB or the file system threw, as one of ours. */
export function unavailable(what: string, dir: string, error: unknown): ShiplogError {
  if (isShiplogError(error)) return error;
  return new UnavailableError(`${what} the log in ${dir}: ${storageProblem(error, 'root')}`, {
    cause: error,
    details: { dir, code: storageCodeOf(error) },
  });
}
