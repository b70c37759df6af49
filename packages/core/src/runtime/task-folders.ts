import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errorMessageOf, UnavailableError } from '../kernel/errors.js';
import { makeFolders, storageProblem } from '../kernel/storage.js';
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

/** @throws UnavailableError if they can't be made */
export function makeTaskFolders(folders: TaskFolders): void {
  try {
    makeFolders(folders.rootfs, ownerOnly);
    makeFolders(folders.lasting, ownerOnly);
  } catch (cause) {
    const why = storageProblem(cause, 'root and state folder');
    throw new UnavailableError(`cannot make the folders of the task: ${why}`, { cause });
  }
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
  await rm(folders.bundle, { recursive: true, force: true });
  await rm(folders.lasting, { recursive: true, force: true });
}
