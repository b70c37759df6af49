/** Segments as files in a folder: written whole or not at all, and looked at again before anybody relies on them. */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UnavailableError } from '../kernel/errors.js';
import { readStartTime } from '../kernel/process-identity.js';
import { storageProblem } from '../kernel/storage.js';

const draftPrefix = '.segment.';

/** @throws UnavailableError if it cannot be written; nothing of it stays */
export async function writeDraft(folder: string, bytes: Uint8Array): Promise<string> {
  const name = `${draftPrefix}${process.pid}.${readStartTime(process.pid) ?? 0}.${randomUUID()}`;
  const path = join(folder, name);
  try {
    await using file = await open(path, 'wx', 0o600);
    await file.writeFile(bytes);
    await file.sync();
    return name;
  } catch (cause) {
    await rm(path, { force: true }).catch(() => undefined);
    throw unwritable(folder, cause);
  }
}

/** Gives a draft its name, for good. @throws UnavailableError */
export async function publish(folder: string, draft: string, name: string): Promise<void> {
  try {
    await rename(join(folder, draft), join(folder, name));
    await using directory = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
    await directory.sync();
  } catch (cause) {
    throw unwritable(folder, cause);
  }
}

/** Removes drafts whose writers are gone. */
export async function removeLeftDrafts(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const [, pid, startTime] = /^\.segment\.(\d+)\.(\d+)\.[0-9a-f-]+$/.exec(name) ?? [];
    if (pid === undefined || readStartTime(Number(pid)) === Number(startTime)) continue;
    await rm(join(folder, name), { force: true });
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
