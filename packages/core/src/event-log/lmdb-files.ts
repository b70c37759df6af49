/**
 * The folder and the files, made and looked at before LMDB opens them. lmdb-js 3.5 uses freed memory when LMDB cannot
 * open a file, and the process may die of it; so whatever commonly stands in the way is found here, and told.
 *
 * The lock file is never opened here: closing it would drop the locks that LMDB holds on it for this whole process.
 */
import {
  accessSync,
  constants,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { draftName, isLeftDraft } from '../kernel/draft-name.js';
import { NotFoundError, UnavailableError } from '../kernel/errors.js';
import { makeFolders, storageCodeOf, syncPath } from '../kernel/storage.js';
import { unavailable } from './lmdb-errors.js';
import { isShort, pageFault, rootFault } from './lmdb-page-check.js';
import { dataFile, lockFile, openEnvironment, shownFile } from './lmdb-schema.js';

/** Of a folder in which a new log is made. */
const draftPrefix = '.new-';
/** Enough for LMDB's table of 1024 readers. */
const lockBytes = 128 * 1024;
/** What LMDB needs to begin a file, beside two files for locks. */
const neededBytes = 384 * 1024;

/** Returns the folder's own path, without symbolic links. @throws NotFoundError, UnavailableError */
export function prepareFiles(dir: string, readOnly: boolean): string {
  const there = existsSync(join(dir, dataFile));
  if (readOnly && !there) throw new NotFoundError(`there is no log in ${dir}`);
  try {
    if (!readOnly) makeFolders(dir, 0o700);
    const path = realpathSync(dir);
    if (!readOnly) accessSync(there ? join(path, dataFile) : path, constants.W_OK);
    if (!readOnly) removeLeftDrafts(path);
    if (there) checkData(path);
    else makeDataFile(path);
    checkLockFile(path, readOnly);
    return path;
  } catch (error) {
    throw unavailable('cannot open', dir, error);
  }
}

function checkData(dir: string): void {
  const path = join(dir, dataFile);
  const short = isShort(path);
  if (short === undefined) {
    throw new UnavailableError(`${path} is not a log: put the log back, or choose another root`);
  }
  const fault = short ? pageFault(path) : rootFault(path);
  if (fault === undefined) return;
  const what = short ? 'was cut short' : 'is damaged';
  throw new UnavailableError(`${path} ${what} (${fault}): put a copy back, or choose another root`);
}

/**
 * LMDB's first pages, whole and on disk before the file has its name: a power cut in the middle of writing them would leave
 * a file that nobody can open.
 */
function makeDataFile(dir: string): void {
  checkSpace(dir);
  const draft = join(dir, draftName(draftPrefix));
  mkdirSync(draft, { mode: 0o700 });
  try {
    makeLockFile(draft, join(draft, lockFile));
    void openEnvironment(draft, false).close();
    syncPath(join(draft, dataFile));
    linkSync(join(draft, dataFile), join(dir, dataFile));
  } catch (error) {
    if (storageCodeOf(error) !== 'EEXIST') throw error; // Else somebody was first.
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Those whose makers were killed. */
function removeLeftDrafts(dir: string): void {
  for (const name of readdirSync(dir)) {
    if (isLeftDraft(name, draftPrefix)) rmSync(join(dir, name), { recursive: true, force: true });
  }
}

function checkSpace(dir: string): void {
  const { bavail, bsize } = statfsSync(dir);
  if (bavail * bsize < neededBytes) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
}

function checkLockFile(dir: string, readOnly: boolean): void {
  const path = join(dir, lockFile);
  // Also who only reads writes to them: whoever looks at a log that came from elsewhere is not to write anywhere else.
  for (const name of [lockFile, shownFile]) {
    if (!lstatSync(join(dir, name), { throwIfNoEntry: false })?.isSymbolicLink()) continue;
    throw new UnavailableError(`${join(dir, name)} is a symbolic link, which is not followed: remove it`);
  }
  if (!readOnly && !existsSync(path)) makeLockFile(dir, path);
  try {
    accessSync(existsSync(path) ? path : dir, constants.W_OK);
  } catch (error) {
    // On a read-only file system a reader does without.
    if (!readOnly || (error as NodeJS.ErrnoException).code !== 'EROFS') throw error;
  }
}

/** With all its blocks: LMDB maps it into memory, and a hole that a full disk cannot fill kills the process. */
function makeLockFile(dir: string, path: string): void {
  const whole = join(dir, `.${lockFile}.${process.pid}`);
  try {
    writeFileSync(whole, Buffer.alloc(lockBytes), { mode: 0o600 });
    linkSync(whole, path);
  } catch (error) {
    if (!existsSync(path)) throw error; // Else somebody was first.
  } finally {
    rmSync(whole, { force: true });
  }
}
