/** The folders of a root: that they are ours alone. */
import { statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { errorMessageOf, FailedPreconditionError, InvalidArgumentError, UnavailableError } from '../kernel/errors.js';
import { findOpenPart } from '../kernel/open-part.js';
import { makeFolders } from '../kernel/storage.js';

const ownerOnly = 0o700;
const writableByOthers = 0o022;

/**
 * Makes the folder where there is none. What lies in it is believed and run, so nobody else may write to it, or to a folder
 * above it.
 *
 * @throws InvalidArgumentError if it is no absolute path
 * @throws UnavailableError if it cannot be made
 * @throws FailedPreconditionError if it belongs to somebody else, or others may write to it, or put another in its place
 */
export function makeOwnFolder(what: string, path: string): void {
  if (!isAbsolute(path)) throw new InvalidArgumentError(`the ${what} must be an absolute path, not ${path}`);
  try {
    makeFolders(path, ownerOnly);
  } catch (cause) {
    throw new UnavailableError(
      `cannot make the ${what} ${path}: ${errorMessageOf(cause)}; run as root, or choose another folder`,
      { cause },
    );
  }
  const found = statSync(path);
  if (!found.isDirectory()) throw new UnavailableError(`the ${what} ${path} is no folder; choose another one`);
  const { uid, mode } = found;
  const self = process.geteuid?.() ?? 0;
  if (uid !== self || (mode & writableByOthers) !== 0) {
    throw new FailedPreconditionError(
      `the ${what} ${path} is open to others; choose one that only you can write to (chown, chmod 700)`,
      { details: { path, uid, mode: mode.toString(8) } },
    );
  }
  const open = findOpenPart(path, self);
  if (!open) return;
  const { path: part, why, command } = open;
  throw new FailedPreconditionError(
    `others can put a folder of theirs in the place of the ${what} ${path}, since ${why}: ${command}, or choose another folder`,
    { details: { path, part } },
  );
}
