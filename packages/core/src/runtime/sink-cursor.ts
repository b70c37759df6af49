import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { UnavailableError } from '../kernel/errors.js';
import { storageProblem } from '../kernel/storage.js';
import type { SinkCursor } from './event-sink.js';

const ownerOnly = 0o600;

/**
 * A position in a file. A file that is not there, or holds none, is the beginning: what comes twice does a sink no harm.
 *
 * @param folder exists
 */
export function fileCursor(folder: string): SinkCursor {
  const file = join(folder, 'cursor');
  return {
    read() {
      try {
        const position = Number(readFileSync(file, 'utf8'));
        return Number.isSafeInteger(position) && position > 0 ? position : 0;
      } catch {
        return 0;
      }
    },
    async write(position) {
      try {
        const draft = `${file}.${process.pid}`;
        const descriptor = openSync(draft, 'w', ownerOnly);
        try {
          writeSync(descriptor, `${position}\n`);
          fsyncSync(descriptor);
        } finally {
          closeSync(descriptor);
        }
        renameSync(draft, file);
      } catch (cause) {
        throw new UnavailableError(`cannot write the cursor ${file}: ${storageProblem(cause, 'root')}`, { cause });
      }
    },
  };
}
