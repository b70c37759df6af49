/** Segments as files in a folder: written whole or not at all, and looked at again before anybody relies on them. */
import { open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { draftName, isLeftDraft } from '../kernel/draft-name.js';
import { UnavailableError } from '../kernel/errors.js';
import { storageProblem, syncPath } from '../kernel/storage.js';

const draftPrefix = '.segment.';

/** Files under temporary names; those that were not given one of their own vanish. */
export class Drafts implements AsyncDisposable {
  readonly #folder: string;
  readonly #unpublished = new Set<string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** It is on disk when this resolves. @throws UnavailableError */
  async write(bytes: Uint8Array): Promise<string> {
    const name = draftName(draftPrefix);
    this.#unpublished.add(name);
    try {
      await using file = await open(join(this.#folder, name), 'wx', 0o600);
      await file.writeFile(bytes);
      await file.sync();
      return name;
    } catch (cause) {
      throw unwritable(this.#folder, cause);
    }
  }

  /** Gives a draft its name, for good. @throws UnavailableError */
  async publish(draft: string, name: string): Promise<void> {
    try {
      await rename(join(this.#folder, draft), join(this.#folder, name));
      this.#unpublished.delete(draft);
      syncPath(this.#folder);
    } catch (cause) {
      throw unwritable(this.#folder, cause);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of this.#unpublished) await rm(join(this.#folder, name), { force: true }).catch(() => undefined);
  }
}

/** Removes drafts whose writers are gone. */
export async function removeLeftDrafts(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (isLeftDraft(name, draftPrefix)) await rm(join(folder, name), { force: true });
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
