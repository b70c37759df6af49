/** The folders of a root: that they are ours alone. */
import { stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { errorMessageOf, FailedPreconditionError, InvalidArgumentError, UnavailableError } from '../kernel/errors.js';
import { makeFolders } from '../kernel/storage.js';

const ownerOnly = 0o700;
const writableByOthers = 0o022;

/**
 * Makes the folder where there is none. What lies in it is believed and run, so nobody else may write to it.
 *
 * @throws InvalidArgumentError if it is no absolute path
 * @throws UnavailableError if it cannot be made
 * @throws FailedPreconditionError if it belongs to somebody else, or others may write to it
 */
export async function makeOwnFolder(what: string, path: string): Promise<void> {
  if (!isAbsolute(path)) throw new InvalidArgumentError(`the ${what} must be an absolute path, not ${path}`);
  try {
    makeFolders(path, ownerOnly);
  } catch (cause) {
    throw new UnavailableError(
      `cannot make the ${what} ${path}: ${errorMessageOf(cause)}; run as root, or choose another folder`,
      { cause },
    );
  }
  const found = await stat(path);
  if (!found.isDirectory()) throw new UnavailableError(`the ${what} ${path} is no folder; choose another one`);
  const { uid, mode } = found;
  if (uid !== process.geteuid?.() || (mode & writableByOthers) !== 0) {
    throw new FailedPreconditionError(
      `the ${what} ${path} is open to others; choose one that only you can write to (chown, chmod 700)`,
      { details: { path, uid, mode: mode.toString(8) } },
    );
  }
}
