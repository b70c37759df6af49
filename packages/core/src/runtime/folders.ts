/** The two folders of a root: that they are ours alone, and that they belong together. */
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { errorMessageOf, FailedPreconditionError, InvalidArgumentError, UnavailableError } from '../kernel/errors.js';
import { makeFolders, storageProblem } from '../kernel/storage.js';

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

const originFile = 'origin';

/** Whose a state folder is. */
interface Binding {
  readonly origin: string;
  readonly root: string;
}

/**
 * Ties a state folder to the log whose tasks live in it. With another's, running tasks would seem to be gone, and tasks
 * of one name would meet. A folder without a task, as after a reboot, is tied anew.
 *
 * @param origin of the log in `root`
 * @throws FailedPreconditionError if tasks of another log live in it
 */
export async function bindState(state: string, origin: string, root: string): Promise<void> {
  const path = join(state, originFile);
  const bound = await readBinding(path);
  if (bound?.origin === origin) return;
  if (bound && (await hasTasks(state))) {
    throw new FailedPreconditionError(
      `tasks of the root ${bound.root} live in the state folder ${state}; open that root, or choose another state folder`,
      { details: { state, root: bound.root } },
    );
  }
  try {
    // Whole or not at all: another process may be reading it.
    const draft = `${path}.${process.pid}`;
    await rm(draft, { force: true });
    await writeFile(draft, JSON.stringify({ origin, root } satisfies Binding), { mode: 0o600, flag: 'wx' });
    await rename(draft, path);
  } catch (cause) {
    const why = storageProblem(cause, 'state folder');
    throw new UnavailableError(`cannot write to the state folder ${state}: ${why}`, { cause });
  }
}

async function readBinding(path: string): Promise<Binding | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Binding;
  } catch {
    return undefined;
  }
}

/** `STATE/RUNTIME/NAMESPACE/TASK`; names that begin with a dot are a backend's own. */
async function hasTasks(state: string): Promise<boolean> {
  const below = async (path: string) =>
    (await readdir(path, { withFileTypes: true }))
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => join(path, name));
  for (const runtime of await below(state)) {
    for (const namespace of await below(runtime)) if ((await below(namespace)).length > 0) return true;
  }
  return false;
}
