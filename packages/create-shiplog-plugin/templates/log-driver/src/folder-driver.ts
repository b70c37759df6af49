import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InvalidArgumentError, type LogDriver, type LoggedProcess } from '@shiplog/core/plugin';

const name = /^folder:\/\/([a-z0-9][a-z0-9-]*)$/;

/** Says where output goes; the runtime's monitor writes it there, for as long as the task lives. */
export class FolderDriver implements LogDriver {
  readonly schemes = ['folder'];
  readonly #base: string;

  constructor(base: string) {
    this.#base = base;
  }

  resolve(uri: string, { namespace, task, exec }: LoggedProcess): string {
    const folder = name.exec(uri)?.[1];
    if (folder === undefined) throw new InvalidArgumentError(`${uri} names no folder: use folder://NAME`);
    // IDs may have dots and hyphens in them: joined by one of these, those of two processes could read the same.
    const file = exec === '' ? ['task.log'] : ['execs', `${exec}.log`];
    return pathToFileURL(join(this.#base, folder, namespace, task, ...file)).href;
  }
}
