import { rmSync } from 'node:fs';
import { rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorMessageOf, UnavailableError } from '../kernel/errors.js';
import { assertNoLink, makeFolders, storageProblem } from '../kernel/storage.js';
import type { Backend } from './backends.js';
import type { Call } from './call.js';

/** Where a task lives on the host. */
export interface TaskFolders {
  /** Vanishes with a reboot: the OCI bundle. */
  readonly bundle: string;
  /** Where its rootfs mounts go. */
  readonly rootfs: string;
  /** Stays until the task is deleted: its output. */
  readonly lasting: string;
}

export function taskFolders(backend: Backend, { namespace, task }: Call['stream']): TaskFolders {
  const bundle = join(backend.stateDir, namespace, task);
  return { bundle, rootfs: join(bundle, 'rootfs'), lasting: join(backend.rootDir, namespace, task) };
}

const ownerOnly = 0o700;

/**
 * @throws UnavailableError if they can't be made
 * @throws FailedPreconditionError if a link is in the place of one of them
 */
export function makeTaskFolders(folders: TaskFolders): void {
  assertNoLinks(folders);
  try {
    makeFolders(folders.rootfs, ownerOnly);
    makeFolders(folders.lasting, ownerOnly);
  } catch (cause) {
    const why = storageProblem(cause, 'root and state folder');
    throw new UnavailableError(`cannot make the folders of the task: ${why}`, { cause });
  }
}

/**
 * Before anything is made or removed in them, by us or by a backend.
 *
 * @throws FailedPreconditionError if a link is in the place of one of them, or of a folder that holds them
 */
export function assertNoLinks({ bundle, lasting, rootfs }: TaskFolders): void {
  for (const folder of [bundle, lasting]) {
    for (const path of [dirname(dirname(folder)), dirname(folder), folder]) assertNoLink(path);
  }
  assertNoLink(rootfs);
}

/**
 * Harmless where they are gone.
 *
 * @throws UnavailableError if something is still mounted on the rootfs: what it shows is the user's, so it is never
 * emptied. That is why `rootfs` goes first, and by a call that can only remove an empty folder.
 */
export async function removeTaskFolders(folders: TaskFolders): Promise<void> {
  try {
    await rmdir(folders.rootfs);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw new UnavailableError(`cannot remove ${folders.rootfs}: ${errorMessageOf(cause)}; is it still mounted?`, {
        cause,
      });
    }
  }
  await removeTree(folders.bundle);
  await removeTree(folders.lasting);
}

/** Links are removed, and not followed. A task may have made folders that are deeper than any path is long. */
async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENAMETOOLONG') throw error;
    // Its other half goes from folder to folder by descriptors.
    rmSync(path, { recursive: true, force: true });
  }
}
