import { constants } from 'node:os';
import { getSystemErrorMessage } from 'node:util';
import { isShiplogError, type ShiplogError, UnavailableError } from '../kernel/errors.js';
import { storageCodeOf, storageProblem } from '../kernel/storage.js';

/** What LMDB itself says of a file, as one of ours: its pages do not hang together. Any other error is given back as it is. */
export function damagedFile(dir: string, error: unknown): unknown {
  if (!(error instanceof Error) || !error.message.startsWith('MDB_')) return error;
  return new UnavailableError(
    `the log in ${dir} is damaged (${error.message}): \`shiplog audit verify\` says more; put a copy back`,
    { cause: error, details: { dir } },
  );
}

/** Any error that LMDB or the file system threw, as one of ours. */
export function unavailable(what: string, dir: string, error: unknown): ShiplogError {
  if (isShiplogError(error)) return error;
  const told = withCode(error);
  return new UnavailableError(`${what} the log in ${dir}: ${storageProblem(told, 'root')}`, {
    cause: error,
    details: { dir, code: storageCodeOf(told) },
  });
}

/** Of the copying of a file lmdb-js gives the system's words alone. */
function withCode(error: unknown): unknown {
  if (!(error instanceof Error) || storageCodeOf(error) !== '') return error;
  const words = error.message.toLowerCase();
  const code = Object.entries(constants.errno).find(([, number]) => getSystemErrorMessage(-number) === words)?.[0];
  return code === undefined ? error : Object.assign(new Error(error.message, { cause: error }), { code });
}
