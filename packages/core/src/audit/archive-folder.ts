/** Segments as files in a folder: written whole or not at all, and looked at again before anybody relies on them. */
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { UnavailableError } from '../kernel/errors.js';
import { storageProblem, syncPath } from '../kernel/storage.js';

/** What a file is called until it is whole. */
export const draftOf = (name: string) => `.${name}`;

/** It is on disk when this resolves, under the name of a draft. @throws UnavailableError */
export async function writeDraft(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  try {
    await using file = await open(join(folder, draftOf(name)), 'wx', 0o600);
    await file.writeFile(bytes);
    await file.sync();
  } catch (cause) {
    throw unwritable(folder, cause);
  }
}

/** Gives a draft its name, for good. Nobody else's has that name. @throws UnavailableError */
export async function publish(folder: string, name: string): Promise<void> {
  try {
    await rename(join(folder, draftOf(name)), join(folder, name));
    syncPath(folder);
  } catch (cause) {
    throw unwritable(folder, cause);
  }
}

/** @throws UnavailableError if it cannot be read */
export async function readSegmentFile(folder: string, name: string): Promise<Uint8Array> {
  try {
    return await readFile(join(folder, name));
  } catch (cause) {
    throw new UnavailableError(`cannot read ${join(folder, name)}: ${storageProblem(cause, 'archive folder')}`, {
      cause,
    });
  }
}

function unwritable(folder: string, cause: unknown): UnavailableError {
  return new UnavailableError(
    `cannot write to the archive folder ${folder}: ${storageProblem(cause, 'archive folder')}`,
    {
      cause,
    },
  );
}
