/** Where a mount goes: paths as the kernel names them, and the making of those that are missing. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  realpathSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { errorMessageOf, FailedPreconditionError, InvalidArgumentError, NotFoundError } from '../kernel/errors.js';
import type { Mount } from './mount.js';
import { resolveInRoot } from './resolve-in-root.js';

/** As the kernel names it. The last step is not followed: on a dead FUSE mount even a look fails. */
export function mountRoot(target: string): string {
  if (!isAbsolute(target) || target.includes('\0')) {
    throw new InvalidArgumentError(`mount target ${JSON.stringify(target)} is not an absolute path`);
  }
  const path = resolve(target);
  if (path === '/') throw new InvalidArgumentError('nothing is mounted on / itself: give a folder of your own');
  const parent = dirname(path);
  return existsSync(parent) ? join(realpathSync(parent), basename(path)) : path;
}

/** Where in the root a mount's own target is; it need not be there yet. */
export function mountPointOf(root: string, mount: Mount): string {
  const details = { type: mount.type, target: mount.target };
  if (mount.target.includes('\0')) throw new InvalidArgumentError('a mount target has a zero byte in it', { details });
  if (lstatSync(root, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new FailedPreconditionError(`${root} is a symbolic link: give the folder that it leads to`, { details });
  }
  return resolveInRoot(root, mount.target);
}

/** Takes away what was made; fails where something is in it by now. */
export type Unmake = () => void;

/**
 * Makes a mount point that is missing: an empty file where the source of a bind mount is a file, else a folder.
 *
 * @param mayMake only in what was mounted on the root before; the folder below it has to stay empty
 * @returns undefined if it was there
 * @throws NotFoundError if it may not be made
 * @throws FailedPreconditionError if it cannot be made: the file system is read-only, or a file is in the way
 */
export function makeMountPoint(path: string, mount: Mount, mayMake: boolean): Unmake | undefined {
  if (existsSync(path)) return undefined;
  const details = { type: mount.type, target: mount.target };
  if (!mayMake) {
    throw new NotFoundError(`mount point ${path} does not exist: make it before something is mounted there`, {
      details,
    });
  }
  try {
    const asFile = isFileSource(mount);
    const top = mkdirSync(asFile ? dirname(path) : path, { recursive: true });
    if (asFile) writeFileSync(path, '', { flag: 'wx' });
    return () => {
      if (asFile) unlinkSync(path);
      if (top === undefined) return;
      for (let folder = asFile ? dirname(path) : path; folder.length >= top.length; folder = dirname(folder)) {
        rmdirSync(folder);
      }
    };
  } catch (cause) {
    throw new FailedPreconditionError(
      `cannot make the mount point ${path}: ${errorMessageOf(cause)}; make it in the root file system`,
      { cause, details },
    );
  }
}

function isFileSource({ type, source, options }: Mount): boolean {
  const binds = [type, ...options].some((word) => word === 'bind' || word === 'rbind');
  return binds && (statSync(source, { throwIfNoEntry: false })?.isDirectory() ?? true) === false;
}
